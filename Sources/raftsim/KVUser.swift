// SPDX-License-Identifier: Apache-2.0

import KVClient
import Linearizability
import RESP
import Raft
import RaftSimulation

/// A user: makes one call after the other, or several at once, with the client's own connection and retry
/// policy, and tells the history what it saw.
///
/// Some of its writes it protects by a session or a token. Those it sends again, to whatever member, until it
/// is answered or out of patience; and now and then once more when it was answered, to compare.
final class KVUser: SimulatedUser {
    struct Open {
        let id: OperationID
        let call: KVCall
        /// Unique.
        let name: String
        let effect: CommandEffect
        var protection: KVProtection
        /// What was acknowledged with it when it was last sent.
        var acknowledges: UInt64 = 0
        /// Whether it may have taken effect.
        var isInDoubt = false
    }

    /// What a reply that is still to come answers.
    enum Expected {
        case hello
        case session
        case call(OperationID)
        /// What was answered before.
        case echo(Echo)
        /// A number of the session that was acknowledged.
        case acknowledged(SessionID)
    }

    /// A protected write that was answered.
    struct Echo {
        let command: [[UInt8]]
        let protection: KVProtection
        let answer: Value
    }

    enum State {
        /// Waits until it makes the next calls.
        case resting
        /// Waits until it tries the same calls again.
        case waiting
        case connecting
        case talking
    }

    let number: Int
    private let pipeline: Int
    let front: KVFront
    var random: SplitMix64
    let policy: RetryPolicy
    /// How long it waits for a connection or for replies.
    private let patience: Interval
    private let speaksRESP3: Bool
    /// Never waits for a write, and so reads where nothing can be written: in a minority, under a leader
    /// that is none any more.
    private let onlyReads: Bool

    var state = State.resting
    var member: Int
    var connection: Connection?
    var expected: [Expected] = []
    var open: [Open] = []
    /// Kept until the others of the pipeline are answered.
    var echo: Echo?
    var sessions: KVSessionOfUser
    var attempt = 1

    init(number: Int, pipeline: Int, front: KVFront, random: SplitMix64) {
        self.number = number
        self.pipeline = pipeline
        self.front = front
        self.random = random
        policy = RetryPolicy(rounds: Int(1 + self.random.next(below: 4)))
        patience = .milliseconds([200, 1000, 3500, 10_000][Int(self.random.next(below: 4))])
        speaksRESP3 = self.random.next(below: 2) == 0
        onlyReads = self.random.next(below: 3) == 0
        member = number
        sessions = KVSessionOfUser(random: random.split("sessions"))
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

    func rest(_ turn: inout UserTurn) {
        state = .resting
        turn.rest()
    }

    private func begin(_ turn: inout UserTurn) {
        let count = 1 + Int(random.next(below: UInt64(max(1, pipeline))))
        let sequence = front.nextSequence()
        while open.count < count, let ticket = turn.nextCall() {
            var stream = ticket.random
            let firstKey = front.firstKey(atCall: ticket.number)
            let name = "v\(number).\(ticket.number);"
            let call = KVCall.draw(
                &stream, keys: firstKey..<firstKey + front.keyCount, name: name,
                onlyReads: onlyReads)
            let effect = CommandEffect(of: call.arguments)
            open.append(
                Open(
                    id: front.history.call(
                        client: number, call.request, in: sequence,
                        at: turn.now.nanoseconds),
                    call: call, name: name, effect: effect,
                    protection: effect == .write ? sessions.protect(name) : .none))
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
        if open.contains(where: { $0.protection.awaitsSession }), sessions.session == nil {
            say(sessions.opening, .session)
        } else {
            sendCalls()
        }
        flush(&turn)
        // Some leave in the middle of it.
        if open.allSatisfy(\.protection.isRepeatable), random.next(below: 64) == 0 {
            fail(.lost, &turn)
        }
    }

    private func sendCalls() {
        for place in open.indices {
            if open[place].protection.awaitsSession {
                open[place].protection = sessions.number() ?? .token(open[place].name)
            }
            open[place].acknowledges = sessions.session?.finishedThrough ?? 0
            say(
                sessions.words(open[place].call.arguments, open[place].protection),
                .call(open[place].id))
        }
    }

    private func say(_ words: [[UInt8]], _ reply: Expected) {
        if connection?.send(words) == true { expected.append(reply) }
    }

    private func connected(_ turn: inout UserTurn) {
        connection = Connection()
        if speaksRESP3 { say([Array("HELLO".utf8), Array("3".utf8)], .hello) }
        if let echo, open.isEmpty {
            repeatCall(echo, &turn)
        } else {
            send(&turn)
        }
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
                guard case .reply(let value) = event, !expected.isEmpty else { continue }
                guard take(value, expected.removeFirst(), &turn) else { return }
            }
        } catch {
            front.nonsense = front.nonsense ?? "to user \(number): \(error)"
        }
        if case .talking = state, expected.isEmpty { goOn(&turn) }
    }

    /// Everything that was sent is answered.
    private func goOn(_ turn: inout UserTurn) {
        if let echo, open.isEmpty {
            if random.next(below: 2) == 0 { return repeatCall(echo, &turn) }
            // By another member.
            leave(&turn)
            state = .connecting
            turn.wake(after: patience)
            return turn.connect(to: member % turn.members)
        }
        guard !open.isEmpty else {
            guard let (id, words) = sessions.drawAcknowledged() else { return rest(&turn) }
            turn.wake(after: patience)
            say(words, .acknowledged(id))
            return flush(&turn)
        }
        // What is still open was not executed, or it is not known, but may be sent again.
        let error = ClientError.connectionLost(endpoint: "member \(member)", reason: "")
        if !tryAgain(after: error, .read, &turn) { giveUp(&turn) }
    }

    private func repeatCall(_ echo: Echo, _ turn: inout UserTurn) {
        self.echo = nil
        state = .talking
        turn.wake(after: patience)
        say(sessions.words(echo.command, echo.protection), .echo(echo))
        flush(&turn)
        sessions.finish(echo.protection)
    }

    /// - Returns: Whether the user goes on reading.
    private func take(_ value: Value, _ what: Expected, _ turn: inout UserTurn) -> Bool {
        switch what {
        case .hello: return true
        case .echo(let echo):
            compare(value, with: echo)
            return true
        case .acknowledged(let id):
            checkAcknowledged(value, id)
            return true
        case .session:
            if !sessions.begin(value) {
                // Then by tokens.
                for place in open.indices where open[place].protection.awaitsSession {
                    open[place].protection = .token(open[place].name)
                }
            }
            sendCalls()
            flush(&turn)
            return true
        case .call(let id):
            guard let place = open.firstIndex(where: { $0.id == id }) else { return true }
            return take(value, at: place, &turn)
        }
    }

    private func take(_ value: Value, at place: Int, _ turn: inout UserTurn) -> Bool {
        if open[place].protection.isRepeatable {
            takeProtected(value, at: place, &turn)
            return true
        }
        guard case .error = value else {
            answer(value, to: place, &turn)
            return true
        }
        switch ClientError(reply: value, from: "member \(member)") {
        case .outcomeUnknown?: end(place, nil, isUnknown: true, &turn)
        case .notExecuted(let endpoint, let message)?:
            let error = ClientError.notExecuted(endpoint: endpoint, message: message)
            if open.count == 1, tryAgain(after: error, open[place].effect, &turn) { return false }
            end(place, nil, isUnknown: false, &turn)
        case .server(let text)? where text.hasSuffix("not executed"):
            end(place, nil, isUnknown: false, &turn)
        case nil, .server?, .cannotConnect?, .replyGone?, .protocolError?, .timeout?,
            .connectionLost?, .cancelled?:
            answer(value, to: place, &turn)
        }
        return true
    }

    func answer(_ value: Value, to place: Int, _ turn: inout UserTurn) {
        guard let answer = KeyValueAnswer(value) else {
            let words = open[place].call.arguments.map { String(decoding: $0, as: UTF8.self) }
            front.nonsense =
                front.nonsense ?? "\(value) to \(words.joined(separator: " ")) of user \(number)"
            return end(place, nil, isUnknown: true, &turn)
        }
        end(place, answer, isUnknown: false, &turn)
    }

    func end(
        _ place: Int, _ answer: KeyValueAnswer?, isUnknown: Bool, _ turn: inout UserTurn
    ) {
        let call = open.remove(at: place)
        if let answer {
            front.history.return(call.id, answer, at: turn.now.nanoseconds)
        } else if isUnknown || call.isInDoubt {
            front.history.returnUnknown(call.id)
        } else {
            front.history.certainlyNotExecuted(call.id)
        }
        turn.ended(isAcknowledged: answer != nil)
    }
}
