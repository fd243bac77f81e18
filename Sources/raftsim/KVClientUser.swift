// SPDX-License-Identifier: Apache-2.0

import KVClient
import Linearizability
import RESP
import Raft
import RaftSimulation

/// A user of the client that ships: makes one call after the other, or several at once, and tells the history
/// what the client told it.
///
/// What is sent to whom, under which stamp, and when it is sent again is the client's business
/// (``ClientCore``). The user believes every word of it: a call that is said to have had no effect counts as
/// such, so the judge of histories finds out if that is not true.
final class KVClientUser: SimulatedUser {
    private struct Open {
        let operation: OperationID
        let call: KVCall
    }

    private let number: Int
    private let pipeline: Int
    private let front: KVFront
    private let options: KVClient.Options
    private var random: SplitMix64
    private var core: ClientCore?
    /// By the client's number; looked up only.
    private var open: [UInt64: Open] = [:]
    private var lastCall: UInt64 = 0
    private var isResting = false

    init(number: Int, pipeline: Int, front: KVFront, random: SplitMix64) {
        self.number = number
        self.pipeline = pipeline
        self.front = front
        self.random = random
        options = Self.drawOptions(&self.random)
    }

    private static func drawOptions(_ random: inout SplitMix64) -> KVClient.Options {
        func draw<Element>(_ choices: [Element]) -> Element {
            choices[Int(random.next(below: UInt64(choices.count)))]
        }
        var options = KVClient.Options()
        options.writeProtection = draw([.session, .session, .token, .none])
        // A simulated user has one connection at a time.
        options.connections = 1
        // Every call has to have ended some time after the world is at peace.
        options.timeout = .milliseconds(draw([500, 5000, 15_000, 15_000]))
        options.patience = .milliseconds(draw([200, 1000, 4000, 4000]))
        options.window = draw([2, 512])
        options.sessionLifetime = .seconds(draw([1, 5, 60]))
        if random.next(below: 4) == 0 { options.retries.rounds = 1 }
        return options
    }

    func take(_ event: UserEvent, _ turn: inout UserTurn) {
        let now = turn.now.nanoseconds
        var core = core ?? makeCore(members: turn.members)
        self.core = nil
        switch event {
        case .started: break
        case .connected: core.connected(0, at: now)
        case .refused: core.lost(0, .refused(reason: "refused"), at: now)
        case .disconnected: core.lost(0, .lost(reason: "closed"), at: now)
        case .received(let bytes): core.received(bytes, on: 0, at: now)
        case .woken:
            core.advance(to: now)
            if isResting {
                isResting = false
                begin(&core, &turn)
                if open.isEmpty {
                    // Out of calls: the user has gone home.
                    self.core = core
                    return
                }
            } else if let id = open.keys.min(), random.next(below: 32) == 0 {
                core.cancel(id, at: now)
            }
        }
        perform(&core, &turn)
        self.core = core
        if !open.isEmpty {
            let next = core.nextDeadline
            turn.wake(after: Interval(nanoseconds: next - min(next, now)))
        } else if !isResting {
            isResting = true
            turn.rest()
        }
    }

    /// Another member comes first for each user.
    private func makeCore(members: Int) -> ClientCore {
        ClientCore(
            endpoints: (0..<members).map { "member \(member($0, of: members))" }, options: options,
            tokenPrefix: Array("user \(number)".utf8), seed: random.next())
    }

    private func member(_ endpoint: Int, of members: Int) -> Int { (number + endpoint) % members }

    private func begin(_ core: inout ClientCore, _ turn: inout UserTurn) {
        let count = 1 + Int(random.next(below: UInt64(max(1, pipeline))))
        while open.count < count, let ticket = turn.nextCall() {
            var stream = ticket.random
            let firstKey = front.firstKey(atCall: ticket.number)
            let call = KVCall.draw(
                &stream, keys: firstKey..<firstKey + front.keyCount,
                name: "v\(number).\(ticket.number);", onlyReads: false)
            let now = turn.now.nanoseconds
            lastCall += 1
            open[lastCall] = Open(
                operation: front.history.call(client: number, call.request, at: now), call: call)
            core.submit(lastCall, call.arguments, at: now)
        }
    }

    private func perform(_ core: inout ClientCore, _ turn: inout UserTurn) {
        for action in core.takeActions() {
            switch action {
            case .connect(_, let endpoint):
                turn.connect(to: member(endpoint, of: turn.members))
            case .close: turn.disconnect()
            case .finish(let id, let result): end(id, result, &turn)
            case .closed: break
            }
        }
        let count = core.outputCount(0)
        guard count > 0 else { return }
        let bytes = core.withOutput(of: 0) { output in
            (0..<count).map { output.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
        core.consumeOutput(count, of: 0)
        turn.send(bytes)
    }

    private func end(
        _ id: UInt64, _ result: Result<Value, ClientError>, _ turn: inout UserTurn
    ) {
        guard let call = open.removeValue(forKey: id) else { return }
        let answer: KeyValueAnswer?
        switch result {
        case .success(let value): answer = KeyValueAnswer(value)
        case .failure(.server(let message)): answer = KeyValueAnswer(.error(message))
        case .failure: answer = nil
        }
        if let answer {
            front.history.return(call.operation, answer, at: turn.now.nanoseconds)
        } else if case .failure(let error) = result, !isNonsense(error) {
            if error.mayHaveTakenEffect {
                front.history.returnUnknown(call.operation)
            } else {
                front.history.certainlyNotExecuted(call.operation)
            }
        } else {
            let words = call.call.arguments.map { String(decoding: $0, as: UTF8.self) }
            front.nonsense =
                front.nonsense
                ?? "\(result) to \(words.joined(separator: " ")) of client user \(number)"
            front.history.returnUnknown(call.operation)
        }
        turn.ended(isAcknowledged: answer != nil)
    }

    /// Whether no cluster may have given reason for such an error.
    private func isNonsense(_ error: ClientError) -> Bool {
        switch error {
        case .server(let message): !message.hasSuffix("not executed")
        case .protocolError: true
        case .cannotConnect, .outcomeUnknown, .notExecuted, .replyGone, .timeout, .connectionLost,
            .cancelled:
            false
        }
    }
}
