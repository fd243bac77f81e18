// SPDX-License-Identifier: Apache-2.0

import RESP
import Raft
import RaftSimulation

// What replies mean to a user whose writes may be sent again.
extension KVUser {
    /// Takes the reply to a protected write: it ends, or stays open to be sent again.
    func takeProtected(_ value: Value, at place: Int, _ turn: inout UserTurn) {
        let call = open[place]
        sessions.answered(call.protection, call.acknowledges, value)
        guard case .error(let text) = value else {
            keepForRepeat(call, value)
            return answer(value, to: place, &turn)
        }
        switch text.prefix(while: { $0 != " " }) {
        case "NOSESSION":
            guard case .number(let id, _) = call.protection else { fallthrough }
            // No attempt was executed: it may have another number in another session.
            sessions.end(id)
            open[place].isInDoubt = false
            open[place].protection = .awaitsSession
        case "INDOUBT" where text.hasPrefix("INDOUBT the session has ended"):
            if case .number(let id, _) = call.protection { sessions.end(id) }
            end(place, nil, isUnknown: true, &turn)
        case "INDOUBT": open[place].isInDoubt = true
        case "CLUSTERDOWN", "BUSY", "LOADING": break
        default:
            keepForRepeat(call, value)
            answer(value, to: place, &turn)
        }
    }

    /// Now and then a write is sent once more though it was answered.
    private func keepForRepeat(_ call: Open, _ value: Value) {
        guard echo == nil, random.next(below: 6) == 0 else {
            return sessions.finish(call.protection)
        }
        echo = Echo(command: call.call.arguments, protection: call.protection, answer: value)
    }

    /// What comes of a repeat is the first answer, if anything is known.
    func compare(_ value: Value, with echo: Echo) {
        guard value != echo.answer, !tellsNothing(value) else { return }
        let words = echo.command.map { String(decoding: $0, as: UTF8.self) }
        front.wrongRepeat =
            front.wrongRepeat
            ?? SimulationFailure(
                property: "every reply to a repeat equals the first",
                found: "\(value) to \(words.joined(separator: " ")) of user \(number)",
                expected: "\(echo.answer), by \(echo.protection)")
    }

    /// A number that was acknowledged is carried out no more, nor its reply known, as long as there is a session.
    func checkAcknowledged(_ value: Value, _ id: SessionID) {
        if case .error(let text) = value {
            if text.hasPrefix("ACKNOWLEDGED ") || tellsNothing(value) { return }
            if text.hasPrefix("NOSESSION ") { return sessions.end(id) }
        }
        front.wrongRepeat =
            front.wrongRepeat
            ?? SimulationFailure(
                property: "what is acknowledged is kept no more", found: "\(value)",
                expected: "that it was acknowledged in session \(id) of user \(number)")
    }

    private func tellsNothing(_ value: Value) -> Bool {
        guard case .error(let text) = value else { return false }
        return ["INDOUBT", "CLUSTERDOWN", "BUSY", "LOADING"].contains {
            text.hasPrefix($0 + " ")
        }
    }
}
