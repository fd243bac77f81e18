// SPDX-License-Identifier: Apache-2.0

internal import RESP

// What replies mean, and what is asked again.
extension ClientCore {
    /// Takes the reply to an attempt of a call.
    mutating func take(_ value: Value, of id: UInt64, from lane: Int, at now: UInt64) {
        // Nobody waits for it any more.
        guard let call = calls[id] else { return }
        calls[id]?.lane = nil
        let endpoint = lanes[lane].endpoint
        guard case .error(let text) = value,
            let error = ClientError(reply: value, from: endpoints[endpoint])
        else {
            return succeed(id, value, at: endpoint)
        }
        if Self.isStampUnknown(text), call.stamp != nil || call.purpose == .openSession {
            return sendBare(id, call, at: now)
        }
        if text.hasPrefix("NOSESSION"), case .sequence(_, let session) = call.stamp {
            return stampAnew(id, session)
        }
        if text.hasPrefix(Self.sessionHasEnded), case .sequence(_, let session) = call.stamp {
            forgetSession(session)
            return finish(id, .failure(error))
        }
        switch error {
        case .notExecuted, .outcomeUnknown:
            if !isPinned(lane) { rest(endpoint, at: now) }
            let isFinal = isPinned(lane) || text.hasPrefix("ACKNOWLEDGED")
            guard retries(id, error, isFinal: isFinal, at: now) else { return }
            queue.insertFirst([id])
        case .server where text.hasSuffix(Self.notExecuted) && call.isInDoubt:
            // This attempt was refused; what became of an earlier one it does not tell.
            finish(id, .failure(Self.doubt(endpoints[endpoint], error)))
        case .server, .cannotConnect, .replyGone, .protocolError, .timeout, .connectionLost,
            .cancelled:
            health[endpoint].failures = 0
            noteSessionUse(by: call)
            finish(id, .failure(error))
        }
    }

    private mutating func succeed(_ id: UInt64, _ value: Value, at endpoint: Int) {
        health[endpoint].failures = 0
        if let call = calls[id] { noteSessionUse(by: call) }
        finish(id, .success(value))
    }

    /// The session has ended, and the write has not been executed under it by any attempt, nor ever will be.
    private mutating func stampAnew(_ id: UInt64, _ session: Int64) {
        forgetSession(session)
        calls[id]?.stamp = nil
        calls[id]?.isInDoubt = false
        unstamped.insertFirst([id])
    }

    /// The server knows nothing of stamps, and so has not executed the command.
    private mutating func sendBare(_ id: UInt64, _ call: ClientCall, at now: UInt64) {
        stopStamping()
        guard call.purpose == .caller else {
            calls[id] = nil
            return
        }
        calls[id]?.stamp = nil
        calls[id]?.needsStamp = false
        guard !call.isInDoubt else {
            // Another server may have executed it, and would not know it again.
            return finish(
                id,
                .failure(
                    Self.doubt(
                        endpoint(of: call), .server(message: "KV.ONCE and KV.IDEM are unknown"))))
        }
        queue.insertFirst([id])
    }

    /// Decides about a failed attempt.
    /// - Returns: Whether the call is to be sent at once; otherwise it rests or has ended.
    mutating func retries(
        _ id: UInt64, _ error: ClientError, isFinal: Bool, at now: UInt64
    ) -> Bool {
        guard let delay = delay(of: id, after: error, isFinal: isFinal) else { return false }
        guard delay > 0 else { return true }
        calls[id]?.restsUntil = now + UInt64(delay) * 1_000_000
        resting.append(id)
        return false
    }

    /// Decides about a failed attempt.
    /// - Returns: After how many milliseconds it is made again; nil if the call has ended.
    mutating func delay(of id: UInt64, after error: ClientError, isFinal: Bool) -> Int? {
        guard var call = calls[id] else { return nil }
        if case .outcomeUnknown = error, call.effect == .write { call.isInDoubt = true }
        call.lastError = error
        // Whatever became of this attempt, an earlier one may have been executed.
        let judged = call.isInDoubt ? Self.doubt(endpoint(of: call), error) : error
        let decision = options.retries.decision(
            after: judged, effect: call.repeatEffect, attempt: call.attempt,
            endpointCount: endpoints.count, random: random.next())
        call.attempt += 1
        calls[id] = call
        guard case .tryNextEndpoint(let delay) = decision, !isFinal else {
            finish(id, .failure(judged))
            return nil
        }
        return delay
    }

    private static func doubt(_ endpoint: String, _ error: ClientError) -> ClientError {
        if case .outcomeUnknown = error { return error }
        return .outcomeUnknown(
            endpoint: endpoint, reason: "an earlier attempt had no reply; the last: \(error)")
    }

    /// How kvd begins the one error in doubt that no repetition resolves.
    private static var sessionHasEnded: String { "INDOUBT the session has ended" }
    private static var notExecuted: String { "not executed" }

    /// Whether an error says that `KV.ONCE`, `KV.IDEM` or `KV.SESSION` is not known at all.
    private static func isStampUnknown(_ text: String) -> Bool {
        let start = "ERR unknown command "
        guard text.hasPrefix(start) else { return false }
        let name = text.dropFirst(start.count + 1).prefix(3)
        return name.uppercased() == "KV."
    }
}
