// SPDX-License-Identifier: Apache-2.0

import KVClient
import Linearizability
import RESP
import Raft
import RaftSimulation

/// A user: makes one call after the other, or several at once, with the client's own connection and retry
/// policy, and tells the history what it saw.
final class KVUser: SimulatedUser {
    private struct Open {
        let id: OperationID
        let call: KVCall
        let effect: CommandEffect
    }

    private enum State {
        /// Waits until it makes the next calls.
        case resting
        /// Waits until it tries the same call again.
        case waiting
        case connecting
        case talking
    }

    private let number: Int
    private let pipeline: Int
    private let front: KVFront
    private var random: SplitMix64
    private let policy: RetryPolicy
    /// How long it waits for a connection or for replies.
    private let patience: Interval
    private let speaksRESP3: Bool

    private var state = State.resting
    private var member: Int
    private var connection: Connection?
    /// How many replies to the preamble are still to come.
    private var preambleReplies = 0
    private var open: [Open] = []
    private var attempt = 1

    init(number: Int, pipeline: Int, front: KVFront, random: SplitMix64) {
        self.number = number
        self.pipeline = pipeline
        self.front = front
        self.random = random
        policy = RetryPolicy(rounds: Int(1 + self.random.next(below: 4)))
        patience = .milliseconds([200, 1000, 3500, 10_000][Int(self.random.next(below: 4))])
        speaksRESP3 = self.random.next(below: 2) == 0
        member = number
    }

    func take(_ event: UserEvent, _ turn: inout UserTurn) {
        switch event {
        case .started: rest(&turn)
        case .connected: connected(&turn)
        case .refused: fail(.refused, &turn)
        case .disconnected: fail(.lost, &turn)
        case .received(let bytes): receive(bytes, &turn)
        case .woken:
            switch state {
            case .resting: begin(&turn)
            case .waiting: send(&turn)
            case .connecting, .talking: fail(.late, &turn)
            }
        }
    }

    // MARK: Calls

    private func rest(_ turn: inout UserTurn) {
        state = .resting
        turn.rest()
    }

    private func begin(_ turn: inout UserTurn) {
        let count = 1 + Int(random.next(below: UInt64(max(1, pipeline))))
        while open.count < count, let ticket = turn.nextCall() {
            var stream = ticket.random
            let firstKey = front.firstKey(atCall: ticket.number)
            let call = KVCall.draw(
                &stream, keys: firstKey..<firstKey + front.keyCount,
                name: "v\(number).\(ticket.number);")
            open.append(
                Open(
                    id: front.history.call(
                        client: number, call.request, at: turn.now.nanoseconds),
                    call: call, effect: CommandEffect(of: call.arguments)))
        }
        attempt = 1
        // Out of calls: the user has gone home.
        if !open.isEmpty { send(&turn) }
    }

    private func send(_ turn: inout UserTurn) {
        turn.wake(after: patience)
        guard connection != nil else {
            state = .connecting
            return turn.connect(to: member % turn.members)
        }
        state = .talking
        for call in open { _ = connection?.send(call.call.arguments) }
        flush(&turn)
    }

    private func connected(_ turn: inout UserTurn) {
        connection = Connection()
        if speaksRESP3 {
            _ = connection?.send([Array("HELLO".utf8), Array("3".utf8)])
            preambleReplies = 1
        }
        send(&turn)
    }

    private func flush(_ turn: inout UserTurn) {
        guard let count = connection?.outputCount, count > 0 else { return }
        let bytes =
            connection?.withOutput { output in
                output.withUnsafeBytes { Array($0) }
            } ?? []
        connection?.consumeOutput(count)
        turn.send(bytes)
    }

    // MARK: Answers

    private func receive(_ bytes: [UInt8], _ turn: inout UserTurn) {
        connection?.receive(bytes)
        do throws(ConnectionError) {
            while let event = try connection?.nextEvent() {
                switch event {
                case .push: break
                case .reply(let value):
                    if preambleReplies > 0 {
                        preambleReplies -= 1
                    } else if !take(value, &turn) {
                        return
                    }
                }
            }
        } catch {
            front.nonsense = front.nonsense ?? "to user \(number): \(error)"
        }
        if open.isEmpty, case .talking = state { rest(&turn) }
    }

    /// - Returns: Whether the user goes on reading.
    private func take(_ value: Value, _ turn: inout UserTurn) -> Bool {
        guard let first = open.first else { return true }
        if case .error = value,
            let error = ClientError(reply: value, from: "member \(member)")
        {
            switch error {
            case .outcomeUnknown: end(first, nil, isUnknown: true, &turn)
            case .notExecuted:
                if open.count == 1, tryAgain(after: error, first.effect, &turn) { return false }
                end(first, nil, isUnknown: false, &turn)
            case .server(let text) where text.hasSuffix("not executed"):
                end(first, nil, isUnknown: false, &turn)
            case .server, .cannotConnect, .protocolError, .timeout, .connectionLost:
                answer(value, to: first, &turn)
            }
        } else {
            answer(value, to: first, &turn)
        }
        return true
    }

    private func answer(_ value: Value, to first: Open, _ turn: inout UserTurn) {
        guard let answer = KeyValueAnswer(value) else {
            let words = first.call.arguments.map { String(decoding: $0, as: UTF8.self) }
            front.nonsense =
                front.nonsense ?? "\(value) to \(words.joined(separator: " ")) of user \(number)"
            return end(first, nil, isUnknown: true, &turn)
        }
        end(first, answer, isUnknown: false, &turn)
    }

    private func end(
        _ call: Open, _ answer: KeyValueAnswer?, isUnknown: Bool, _ turn: inout UserTurn
    ) {
        open.removeFirst()
        if let answer {
            front.history.return(call.id, answer, at: turn.now.nanoseconds)
        } else if isUnknown {
            front.history.returnUnknown(call.id)
        } else {
            front.history.certainlyNotExecuted(call.id)
        }
        turn.ended(isAcknowledged: answer != nil)
    }

    // MARK: Failures

    private enum Failure {
        case refused, lost, late
    }

    private func fail(_ failure: Failure, _ turn: inout UserTurn) {
        let endpoint = "member \(member)"
        // Whatever has left as a whole may be executed.
        let sent = max(0, (connection?.outstandingSent ?? 0) - preambleReplies)
        connection = nil
        preambleReplies = 0
        turn.disconnect()
        guard !open.isEmpty else { return }
        if open.count == 1 {
            let isInDoubt = sent > 0 && open[0].effect == .write
            let error: ClientError =
                switch failure {
                case _ where isInDoubt: .outcomeUnknown(endpoint: endpoint, reason: "")
                case .refused: .cannotConnect(endpoint: endpoint, reason: "")
                case .lost: .connectionLost(endpoint: endpoint, reason: "")
                case .late: .timeout(endpoint: endpoint, milliseconds: 0)
                }
            if tryAgain(after: error, open[0].effect, &turn) { return }
        }
        for (place, call) in open.enumerated() {
            end(call, nil, isUnknown: place < sent && call.effect == .write, &turn)
        }
        member += 1
        rest(&turn)
    }

    private func tryAgain(
        after error: ClientError, _ effect: CommandEffect, _ turn: inout UserTurn
    ) -> Bool {
        let decision = policy.decision(
            after: error, effect: effect, attempt: attempt, endpointCount: turn.members,
            random: random.next())
        guard case .tryNextEndpoint(let delay) = decision else { return false }
        attempt += 1
        member += 1
        connection = nil
        preambleReplies = 0
        turn.disconnect()
        state = .waiting
        turn.wake(after: .milliseconds(UInt64(delay)))
        return true
    }
}
