// SPDX-License-Identifier: Apache-2.0

internal import RESP

// What happens when: which call goes to which lane, when a lane connects and where, and all that time brings.
extension ClientCore {
    /// How many calls a connection has before another one is opened beside it.
    private static var busyLane: Int { 16 }
    /// How long a reply is owed before others are preferred: a few times what a commit takes.
    private static var slowLane: UInt64 { 250_000_000 }

    /// When ``advance(to:)`` has to be called next, at the latest.
    package var nextDeadline: UInt64 {
        var next = min(earliestDeadline, keepAliveTime ?? .max)
        for id in resting { next = min(next, calls[id]?.restsUntil ?? .max) }
        for lane in lanes {
            switch lane.state {
            case .idle: break
            case .connecting(let deadline): next = min(next, deadline)
            case .open where lane.outstanding > 0:
                next = min(next, lane.lastProgress + options.patience.nanoseconds)
            case .open: break
            }
        }
        // What waits for a connection waits until an endpoint may be tried again.
        if !queue.isEmpty {
            for endpoint in health where endpoint.restsUntil > now {
                next = min(next, endpoint.restsUntil)
            }
        }
        return next
    }

    /// Does what time has come for.
    package mutating func advance(to now: UInt64) {
        self.now = max(self.now, now)
        expireCalls(at: now)
        for index in lanes.indices {
            switch lanes[index].state {
            case .idle: break
            case .connecting(let deadline):
                guard deadline <= now else { continue }
                actions.append(.close(lane: index))
                let limit = options.connectTimeout.milliseconds
                lose(index, .refused(reason: "no answer within \(limit) ms"), at: now)
            case .open:
                let silence = now - min(now, lanes[index].lastProgress)
                guard lanes[index].outstanding > 0, silence >= options.patience.nanoseconds else {
                    continue
                }
                actions.append(.close(lane: index))
                lose(index, .late(milliseconds: options.patience.milliseconds), at: now)
            }
        }
        keepSessionAlive(at: now)
        pump(at: now)
    }

    private mutating func expireCalls(at now: UInt64) {
        guard now >= earliestDeadline else { return }
        let due = calls.filter { $0.value.deadline <= now }.keys.sorted()
        for id in due {
            guard let call = calls[id] else { continue }
            finish(id, .failure(timeoutError(of: call)))
        }
        earliestDeadline = calls.values.reduce(.max) { min($0, $1.deadline) }
    }

    /// What to tell a caller whose time is up.
    private func timeoutError(of call: ClientCall) -> ClientError {
        let late = "no reply within \(call.milliseconds) ms"
        if mayRun(call) {
            let reason = call.lastError.map { "\(late); last: \($0)" } ?? late
            return .outcomeUnknown(
                endpoint: endpoint(of: call), reason: "\(call.name) was sent, but \(reason)")
        }
        // Why it was not even tried says more than that it was not.
        let opening = calls.values.first { $0.purpose == .openSession }
        switch call.lastError ?? (call.needsStamp ? opening?.lastError : nil) {
        case .cannotConnect(let endpoint, let reason)?:
            return .cannotConnect(endpoint: endpoint, reason: reason)
        case .notExecuted(let endpoint, let message)?:
            return .notExecuted(endpoint: endpoint, message: message)
        case .outcomeUnknown, .replyGone, .server, .protocolError, .timeout, .connectionLost,
            .cancelled, nil:
            return lateError(of: call)
        }
    }

    private func lateError(of call: ClientCall) -> ClientError {
        let isAnyOpen = lanes.contains { $0.state == .open }
        guard !isAnyOpen, let lane = lanes.first(where: { $0.state != .idle }) else {
            return .timeout(endpoint: endpoint(of: call), milliseconds: call.milliseconds)
        }
        return .cannotConnect(
            endpoint: endpoints[lane.endpoint], reason: "no answer within \(call.milliseconds) ms")
    }

    /// Moves all calls as far as they can go now.
    mutating func pump(at now: UInt64) {
        self.now = max(self.now, now)
        guard !hasClosed else { return }
        dropEnded()
        wakeResting(at: now)
        stampWrites(at: now)
        while let id = queue.first {
            guard let call = calls[id] else {
                queue.removeFirst()
                continue
            }
            guard let lane = openLane(at: now) else { break }
            guard handOver(id, call, to: lane, at: now) else { break }
            queue.removeFirst()
        }
        leaveRestingEndpoints(at: now)
        connectLanes(at: now)
    }

    /// Keeps what waits as short as there are calls.
    private mutating func dropEnded() {
        let limit = 2 * calls.count + 64
        guard max(queue.count, unstamped.count) > limit else { return }
        let calls = calls
        queue.filter { calls[$0] != nil }
        unstamped.filter { calls[$0] != nil }
    }

    private mutating func wakeResting(at now: UInt64) {
        guard !resting.isEmpty else { return }
        let awake = resting.filter { calls[$0].map { $0.restsUntil <= now } ?? true }
        guard !awake.isEmpty else { return }
        resting.removeAll { calls[$0].map { $0.restsUntil <= now } ?? true }
        queue.insertFirst(awake.filter { calls[$0] != nil }.sorted())
    }

    /// The lane that has least to do of those that take calls; one that has been silent only if there is
    /// no other.
    private func openLane(at now: UInt64) -> Int? {
        var best: (lane: Int, isSlow: Bool, outstanding: Int)?
        for (index, lane) in lanes.enumerated() where lane.state == .open {
            guard health[lane.endpoint].restsUntil <= now || isPinned(index),
                lane.outstanding < lane.connection.maximumOutstanding,
                lane.connection.outputCount < lane.connection.maximumOutputBytes
            else { continue }
            let isSlow = isSlow(lane, at: now)
            if let best {
                guard best.isSlow || !isSlow else { continue }
                guard best.isSlow != isSlow || lane.outstanding < best.outstanding else { continue }
            }
            best = (index, isSlow, lane.outstanding)
        }
        return best?.lane
    }

    private func isSlow(_ lane: ClientLane, at now: UInt64) -> Bool {
        lane.outstanding > 0 && now - min(now, lane.lastProgress) > Self.slowLane
    }

    private mutating func handOver(
        _ id: UInt64, _ call: ClientCall, to lane: Int, at now: UInt64
    ) -> Bool {
        let request = call.request(acknowledging: acknowledgement(of: call))
        guard lanes[lane].connection.send(request) else { return false }
        if lanes[lane].outstanding == 0 { lanes[lane].lastProgress = now }
        lanes[lane].append(id)
        if options.isExclusive { lanes[lane].connectionState.note(call.arguments) }
        calls[id]?.lane = lane
        calls[id]?.sentAt = now
        return true
    }

    /// Whether a lane's connection can't be replaced by another one without anybody noticing.
    func isPinned(_ lane: Int) -> Bool {
        options.isExclusive && lanes[lane].connectionState.isPinned
    }

    /// Ends connections to endpoints that have been no use lately if another may be of more.
    private mutating func leaveRestingEndpoints(at now: UInt64) {
        guard !queue.isEmpty || !resting.isEmpty else { return }
        for index in lanes.indices where lanes[index].state == .open {
            guard lanes[index].outstanding == 0, !isPinned(index),
                health[lanes[index].endpoint].restsUntil > now,
                health.contains(where: { $0.restsUntil <= now })
            else { continue }
            lanes[index].reset()
            actions.append(.close(lane: index))
        }
    }

    /// Begins a connection if calls wait for one, or those there are have much to do.
    private mutating func connectLanes(at now: UInt64) {
        var isAnyConnecting = false
        var isAnyFree = false
        for lane in lanes {
            switch lane.state {
            case .idle: break
            case .connecting: isAnyConnecting = true
            case .open where isSlow(lane, at: now): break
            case .open: isAnyFree = isAnyFree || lane.outstanding < Self.busyLane
            }
        }
        let hasBusyLanes = lanes.contains { $0.state == .open } && !isAnyFree
        guard !isAnyConnecting, !queue.isEmpty || hasBusyLanes,
            let index = lanes.firstIndex(where: { $0.state == .idle }),
            let endpoint = bestEndpoint(from: lanes[index].endpoint, at: now)
        else { return }
        lanes[index].endpoint = endpoint
        lanes[index].state = .connecting(deadline: now + options.connectTimeout.nanoseconds)
        actions.append(.connect(lane: index, endpoint: endpoint))
    }

    /// The first endpoint, beginning with a certain one, that may be tried now.
    private func bestEndpoint(from first: Int, at now: UInt64) -> Int? {
        (0..<endpoints.count).lazy.map { (first + $0) % endpoints.count }
            .first { health[$0].restsUntil <= now }
    }
}
