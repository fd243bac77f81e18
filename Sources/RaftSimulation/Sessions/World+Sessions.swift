// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Clients with sessions, and what the judge makes of their commands.
extension World {
    /// Clients with sessions are numbered after the others.
    private func number(_ client: Int) -> Int { clients.count + client }

    func startSessions() {
        guard machines.hasSessions else { return }
        for client in sessionClients.indices { planSession(client) }
    }

    private func planSession(_ client: Int, after idle: Interval = Interval(nanoseconds: 0)) {
        let pause = profile.sessions.pause.draw(&sessionClients[client].random)
        heap.push(.session(client), at: now + idle + pause)
    }

    func continueSession(_ client: Int) {
        guard !isSettling else { return }
        events += 1
        let place = sessionClients[client].random.next(below: UInt64(members.count))
        let member = members[Int(place)]
        guard member.isServing else { return planSession(client) }
        switch sessionClients[client].next() {
        case .operate(let operation):
            sessionClients[client].operation = operate(
                operation, on: member, for: .session(client))
        case .propose(let stamp): propose(stamp, client, on: member)
        case .idle(let time):
            mark(.sessionIdle)
            return planSession(client, after: time)
        case .nothing: break
        }
        planSession(client)
    }

    private func propose(_ stamp: SessionStamp, _ client: Int, on member: SimulatedMember) {
        let (batch, digests) = machines.sessionBatch(number(client), stamp)
        // Known before it is made: it may end at once.
        sessionClients[client].proposed(stamp, as: calls.calls.count)
        _ = propose(batch, digests, on: member) { _ in .session(client) }
    }

    /// Makes a call that is an operation on sessions.
    func operate(
        _ operation: SessionOperation, on member: SimulatedMember, for origin: CallJudge.Origin
    ) -> Int {
        let batch = ProposalBatch(operation)
        let digest = batch.commands.map { CRC32C.checksum(Array($0), in: 0..<$0.count) }
        return propose(batch, digest, on: member) { _ in origin }.lowerBound
    }

    /// Tells a client with a session what it got.
    func tellSession(_ client: Int, _ call: Int, _ outcome: RecordOutcome?, digest: UInt32) {
        guard
            let wrong = sessionClients[client].ended(call, outcome, digest: digest)
        else { return }
        fail("every reply to a repeat equals the first", found: wrong, expected: "the same")
    }

    /// An entry was committed: its commands of sessions are judged.
    func judgeSessions(_ entry: LogEntry, _ reference: ReferenceEntry) {
        sessionJudge.begin(entry)
        guard entry.kind == .commands, reference.hasSessions,
            let records = try? CommandRecord.all(in: entry)
        else { return }
        for (ordinal, record) in records.enumerated() {
            let outcome = reference.outcomes[ordinal]
            if let operation = record.operation {
                sessionJudge.committed(operation, outcome)
            } else if let stamp = record.stamp {
                note(outcome)
                sessionJudge.committed(
                    SessionJudge.Record(
                        stamp: stamp, client: client(of: record), outcome: outcome,
                        digest: reference.outputs[ordinal])
                ) { machines.sessionDigest(number($0), times: $1) }
            }
        }
    }

    private func client(of record: CommandRecord) -> Int? {
        guard let call = calls.call(record.sequence, in: record.stream),
            case .session(let client) = calls.calls[call].origin
        else { return nil }
        return client
    }

    private func note(_ outcome: RecordOutcome) {
        switch outcome {
        case .executed: mark(.sessionCommand)
        case .repeated: mark(.repeatAnswered)
        case .refused(.sessionEnded): mark(.repeatRefused)
        case .refused(.rejected(.sessionEnded)): mark(.firstUseRefused)
        case .refused(.acknowledged): mark(.acknowledgedRefused)
        case .refused, .session: break
        }
    }
}
