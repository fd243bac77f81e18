// SPDX-License-Identifier: Apache-2.0

import KVClient
import Linearizability
import Raft
import RaftSimulation

// What a user does when its connection fails, or a member did nothing.
extension KVUser {
    enum Failure {
        case refused, lost, late
    }

    func fail(_ failure: Failure, _ turn: inout UserTurn) {
        let endpoint = "member \(member)"
        // Whatever has left as a whole may be executed.
        for what in expected.prefix(connection?.outstandingSent ?? 0) {
            guard case .call(let id) = what,
                let place = open.firstIndex(where: { $0.id == id }), open[place].effect == .write
            else { continue }
            open[place].isInDoubt = true
        }
        drop(&turn)
        if let echo, open.isEmpty {
            sessions.finish(echo.protection)
            self.echo = nil
            member += 1
            return rest(&turn)
        }
        guard !open.isEmpty else {
            if case .talking = state { rest(&turn) }
            return
        }
        if open.count == 1 || open.contains(where: \.protection.isRepeatable) {
            let error: ClientError =
                switch failure {
                case _ where open[0].isInDoubt:
                    .outcomeUnknown(endpoint: endpoint, reason: "")
                case .refused: .cannotConnect(endpoint: endpoint, reason: "")
                case .lost: .connectionLost(endpoint: endpoint, reason: "")
                case .late: .timeout(endpoint: endpoint, milliseconds: 0)
                }
            let isRepeatable = open.contains(where: \.protection.isRepeatable)
            if isRepeatable { endUnprotected(&turn) }
            if tryAgain(after: error, isRepeatable ? .read : open[0].effect, &turn) { return }
        }
        giveUp(&turn)
    }

    private func endUnprotected(_ turn: inout UserTurn) {
        while let place = open.firstIndex(where: { !$0.protection.isRepeatable }) {
            end(place, nil, isUnknown: false, &turn)
        }
    }

    func giveUp(_ turn: inout UserTurn) {
        while let call = open.first {
            sessions.finish(call.protection)
            end(0, nil, isUnknown: false, &turn)
        }
        leave(&turn)
        rest(&turn)
    }

    /// Closes the connection and turns to the next member.
    func leave(_ turn: inout UserTurn) {
        drop(&turn)
        member += 1
    }

    private func drop(_ turn: inout UserTurn) {
        connection = nil
        expected.removeAll()
        turn.disconnect()
    }

    func tryAgain(
        after error: ClientError, _ effect: CommandEffect, _ turn: inout UserTurn
    ) -> Bool {
        let decision = policy.decision(
            after: error, effect: effect, attempt: attempt, endpointCount: turn.members,
            random: random.next())
        guard case .tryNextEndpoint(let delay) = decision else { return false }
        attempt += 1
        for call in open { front.history.leaveSequence(call.id) }
        leave(&turn)
        state = .waiting
        turn.wake(after: .milliseconds(UInt64(delay)))
        return true
    }
}
