// SPDX-License-Identifier: Apache-2.0

internal import RESP

// What happens to connections.
extension ClientCore {
    /// How a connection ended, or did not come about.
    package enum Loss: Sendable, Equatable {
        /// It did not come about.
        case refused(reason: String)
        /// It broke, or the server closed it.
        case lost(reason: String)
        /// A reply that was owed did not come.
        case late(milliseconds: Int)
        /// What came is no reply.
        case nonsense(ConnectionError)
        /// The server refused a command that every connection begins with.
        case unwelcome(message: String)
    }

    /// A connection that was asked for is there.
    package mutating func connected(_ lane: Int, at now: UInt64) {
        guard case .connecting = lanes[lane].state else { return }
        let endpoint = lanes[lane].endpoint
        lanes[lane].reset()
        lanes[lane].state = .open
        lanes[lane].endpoint = endpoint
        lanes[lane].lastProgress = now
        for command in preamble {
            guard lanes[lane].connection.send(command) else { break }
            lanes[lane].preambleReplies += 1
        }
        pump(at: now)
    }

    /// A connection has ended, or did not come about.
    package mutating func lost(_ lane: Int, _ loss: Loss, at now: UInt64) {
        lose(lane, loss, at: now)
        pump(at: now)
    }

    /// Bytes came from the server.
    package mutating func received(_ bytes: [UInt8], on lane: Int, at now: UInt64) {
        guard lanes[lane].state == .open else { return }
        lanes[lane].connection.receive(bytes)
        lanes[lane].lastProgress = now
        do throws(ConnectionError) {
            while lanes[lane].state == .open, let event = try lanes[lane].connection.nextEvent() {
                guard case .reply(let value) = event else { continue }
                take(value, on: lane, at: now)
            }
        } catch {
            actions.append(.close(lane: lane))
            lose(lane, .nonsense(error), at: now)
        }
        pump(at: now)
    }

    /// How many bytes are to be sent on a lane.
    package func outputCount(_ lane: Int) -> Int {
        lanes[lane].state == .open ? lanes[lane].connection.outputCount : 0
    }

    /// Calls `body` with the bytes to be sent on a lane; say with ``consumeOutput(_:of:)`` how many have left.
    package func withOutput<Success, Failure: Error>(
        of lane: Int, _ body: (RawSpan) throws(Failure) -> Success
    ) throws(Failure) -> Success {
        try lanes[lane].connection.withOutput(body)
    }

    /// Notes that bytes of a lane have left.
    package mutating func consumeOutput(_ count: Int, of lane: Int) {
        lanes[lane].connection.consumeOutput(count)
    }

    private mutating func take(_ value: Value, on lane: Int, at now: UInt64) {
        if lanes[lane].preambleReplies > 0 {
            lanes[lane].preambleReplies -= 1
            guard case .error(let message) = value else { return }
            actions.append(.close(lane: lane))
            if case .notExecuted = ClientError(reply: value, from: "") {
                return lose(lane, .refused(reason: message), at: now)
            }
            return lose(lane, .unwelcome(message: message), at: now)
        }
        guard let id = lanes[lane].popFirst() else { return }
        take(value, of: id, from: lane, at: now)
    }

    /// Decides about all calls that were under way on a connection.
    mutating func lose(_ lane: Int, _ loss: Loss, at now: UInt64) {
        let state = lanes[lane].state
        guard state != .idle else { return }
        let endpoint = lanes[lane].endpoint
        let waiting = Array(lanes[lane].waiting)
        let sentCount = lanes[lane].sentCount
        let wasPinned = isPinned(lane)
        lanes[lane].reset()
        rest(endpoint, at: now)
        lanes[lane].endpoint = (endpoint + 1) % endpoints.count
        if wasPinned, waiting.isEmpty { lanes[lane].lostState = error(for: loss, at: endpoint) }
        var again: [UInt64] = []
        for (place, id) in waiting.enumerated() {
            guard let call = calls[id] else { continue }
            calls[id]?.lane = nil
            let error =
                place < sentCount && call.effect == .write
                ? doubt(about: call, loss, at: endpoint) : error(for: loss, at: endpoint)
            if retries(id, error, isFinal: wasPinned, at: now) { again.append(id) }
        }
        queue.insertFirst(again)
        let isConnected = lanes.contains { $0.state == .open }
        if state != .open && !isConnected || loss.isForAll {
            chargeWaiting(error(for: loss, at: endpoint), at: now)
        }
    }

    /// Counts an attempt for all calls that waited for the connection.
    private mutating func chargeWaiting(_ error: ClientError, at now: UInt64) {
        for id in Array(queue.all) + Array(unstamped.all) {
            // The endpoints rest, so the calls need not.
            _ = delay(of: id, after: error, isFinal: false)
        }
    }

    /// Lets an endpoint rest for a while; of many failures at a time one counts.
    mutating func rest(_ endpoint: Int, at now: UInt64) {
        guard health[endpoint].restsUntil <= now else { return }
        health[endpoint].failures += 1
        let delay = options.retries.delay(
            afterRounds: health[endpoint].failures, random: random.next())
        health[endpoint].restsUntil = now + UInt64(delay) * 1_000_000
    }

    private func error(for loss: Loss, at endpoint: Int) -> ClientError {
        let name = endpoints[endpoint]
        return switch loss {
        case .refused(let reason): .cannotConnect(endpoint: name, reason: reason)
        case .lost(let reason): .connectionLost(endpoint: name, reason: reason)
        case .late(let milliseconds): .timeout(endpoint: name, milliseconds: milliseconds)
        case .nonsense(let error): .protocolError(endpoint: name, reason: error.description)
        case .unwelcome(let message):
            .server(message: "\(message) (in reply to what every connection begins with)")
        }
    }

    private func doubt(about call: ClientCall, _ loss: Loss, at endpoint: Int) -> ClientError {
        let reason =
            switch loss {
            case .refused(let reason), .unwelcome(let reason): reason
            case .lost(let reason): "the connection was lost before the reply: \(reason)"
            case .late(let milliseconds): "no reply within \(milliseconds) ms"
            case .nonsense(let error): "the reply is unreadable: \(error)"
            }
        return .outcomeUnknown(
            endpoint: endpoints[endpoint], reason: "\(call.name) was sent, but \(reason)")
    }
}

extension ClientCore.Loss {
    /// Whether it would happen to every call.
    fileprivate var isForAll: Bool {
        if case .unwelcome = self { true } else { false }
    }
}
