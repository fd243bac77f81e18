// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Servers and users, for a world that is not generic.
extension Machines where Machine: ~Copyable {
    var hasFront: Bool { front != nil }

    func tell(_ server: Int, _ event: ServerEvent) {
        guard let server = seats[server].server else { return }
        switch event {
        case .turn(let now, let time): server.beginTurn(at: now, clusterTime: time)
        case .ready: server.ready()
        case .connected(let connection): server.connected(connection)
        case .received(let bytes, let connection): server.received(bytes, on: connection)
        case .disconnected(let connection): server.disconnected(connection)
        }
    }

    func takeRound(of server: Int) -> ServerRound? {
        guard let server = seats[server].server else { return nil }
        if let (token, operation) = server.takeOperation() { return .operate(token, operation) }
        if let (token, batch) = server.takeBatch() {
            recorder?.asks(batch, of: Machine.Command.self)
            return .propose(token, batch, digests: batch.digests)
        }
        guard let read = server.takeRead() else { return nil }
        return .read(read.token, read.consistency)
    }

    func finish(_ round: UInt64, ordinal: Int, of server: Int, _ end: ServerCommandEnd) {
        let station = stations[server]
        let result: Result<Applied<Machine.Output>, ProposalError> =
            switch end {
            case .output(let place, let index):
                station.outputs[place].outcome.result(at: index)
            case .failed(let error): .failure(error)
            }
        station.server?.finish(round, [ProposalResult(ordinal: ordinal, result: result)])
    }

    func finish(operation: UInt64, of server: Int, _ end: ServerCommandEnd) {
        let station = stations[server]
        let result: Result<SessionID, ProposalError> =
            switch end {
            case .output(let place, _): station.outputs[place].outcome.session
            case .failed(let error): .failure(error)
            }
        station.server?.finish(operation, operation: result)
    }

    func finishRead(_ round: UInt64, of server: Int, _ error: ReadError?) {
        let station = stations[server]
        if let error {
            station.server?.fail(round, error)
        } else {
            station.server?.answer(
                round, from: station.applier.machine, at: station.applier.index)
        }
    }

    func flush(_ server: Int) -> [ServerOutput] {
        seats[server].server?.flush() ?? []
    }

    func take(_ event: UserEvent, by user: Int, _ turn: inout UserTurn) {
        users[user].take(event, &turn)
    }

    func verdict(within bounds: TimeBounds) -> SimulationFailure? {
        front?.timeBounds = bounds
        return front?.verdict()
    }
}
