// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Commands of sessions, for a world that is not generic.
extension Machines where Machine: ~Copyable {
    var hasSessions: Bool { workload.sessions != nil }

    func sessionBatch(
        _ client: Int, _ stamp: SessionStamp
    ) -> (batch: ProposalBatch, digests: [UInt32]) {
        guard let sessions = workload.sessions else {
            preconditionFailure("client \(client) has nothing to call in a session")
        }
        var batch = ProposalBatch()
        let command = sessions.command(client)
        batch.append(command, as: stamp)
        recorder?.asks([command])
        return (batch, batch.digests)
    }

    func tokenBatch(
        _ number: Int, _ token: CommandToken
    ) -> (batch: ProposalBatch, digests: [UInt32]) {
        guard let sessions = workload.sessions else {
            preconditionFailure("there is no command \(number) for a token")
        }
        var batch = ProposalBatch()
        let command = sessions.command(number)
        batch.append(command, as: token)
        recorder?.asks([command])
        return (batch, batch.digests)
    }

    func sessionDigest(_ client: Int, times: Int) -> UInt32 {
        workload.sessions.map { Self.digest(of: .executed($0.output(client, times))) } ?? 0
    }

    func outcome(_ output: Int, of member: Int) -> RecordOutcome {
        stations[member].outputs[output].outcome.record
    }
}

extension CommandOutcome {
    var record: RecordOutcome {
        switch self {
        case .executed: .executed
        case .repeated(_, let index): .repeated(index)
        case .refused(let error): .refused(error)
        case .session(let id): .session(id)
        }
    }

    /// What the machine gave, now or the first time.
    var output: Output? {
        switch self {
        case .executed(let output), .repeated(let output, _): output
        case .refused, .session: nil
        }
    }
}
