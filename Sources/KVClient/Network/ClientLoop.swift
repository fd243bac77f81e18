// SPDX-License-Identifier: Apache-2.0

internal import Platform
internal import RESP

/// A client's thread: does the I/O that its ``ClientCore`` asks for.
///
/// `submit`, `cancel`, `close` and `whenClosed` may be called from any thread; the rest is confined to the loop.
final class ClientLoop: LoopMember, @unchecked Sendable {
    typealias Completion = @Sendable (Result<Value, ClientError>) -> Void

    /// A command, and whom to tell what became of it.
    struct Submission: Sendable {
        let id: UInt64
        let arguments: [[UInt8]]
        let completion: Completion
    }

    private enum Request: Sendable {
        case call(Submission, Duration?)
        case cancel(UInt64)
        case close
    }

    private struct Inbox {
        var requests: [Request] = []
        var lastCall: UInt64 = 0
        var isClosed = false
    }

    private let loop: EventLoop
    private let endpoints: [String]
    private let inbox = Locked(Inbox())
    private let closed = Gate()
    private let preferredEndpoint = Locked(0)
    private var core: ClientCore
    private let resolvers: [Resolver]
    private var sockets: [LaneSocket?]
    /// Looked up only.
    private var completions: [UInt64: Completion] = [:]
    private var requests: [Request] = []

    init(_ core: ClientCore) throws(SystemError) {
        self.core = core
        let loop = try EventLoop(name: "kv-client")
        self.loop = loop
        endpoints = core.endpoints
        resolvers = core.endpoints.map { Resolver($0, loop) }
        sockets = Array(repeating: nil, count: core.options.connections)
        loop.add(self, phase: .process)
        loop.start()
    }

    // MARK: From any thread

    /// A number for a call.
    func nextCall() -> UInt64 {
        inbox.withLock { inbox in
            inbox.lastCall += 1
            return inbox.lastCall
        }
    }

    /// Takes calls, to be sent in this order; each is completed once, on the loop.
    func submit(_ calls: [Submission], timeout: Duration?) {
        let isTaken = inbox.withLock { inbox in
            guard !inbox.isClosed else { return false }
            for call in calls { inbox.requests.append(.call(call, timeout)) }
            return true
        }
        if isTaken { return loop.wake() }
        for call in calls { call.completion(.failure(Self.isClosed)) }
    }

    /// Forgets calls that nobody waits for any more.
    func cancel(_ calls: [UInt64]) {
        inbox.withLock { inbox in
            if inbox.isClosed { return }
            inbox.requests += calls.map { .cancel($0) }
        }
        loop.wake()
    }

    /// Ends everything, in half a second at most.
    func close() {
        inbox.withLock { inbox in
            if inbox.isClosed { return }
            inbox.requests.append(.close)
        }
        loop.wake()
    }

    /// Runs the closure when everything has ended.
    func whenClosed(_ action: @escaping @Sendable () -> Void) { closed.whenOpen(action) }

    private static let isClosed = ClientError.notExecuted(
        endpoint: "", message: "the client is closed")

    /// The endpoint that the next call is likely to go to.
    var endpoint: String { endpoints[preferredEndpoint.withLock { $0 }] }

    // MARK: On the loop

    func turn(now: UInt64) -> Turn {
        inbox.withLock { inbox in
            requests.removeAll(keepingCapacity: true)
            swap(&inbox.requests, &requests)
        }
        for request in requests {
            switch request {
            case .call(let call, let timeout):
                completions[call.id] = call.completion
                core.submit(call.id, call.arguments, timeout: timeout, at: now)
            case .cancel(let id): core.cancel(id, at: now)
            case .close: core.close(at: now)
            }
        }
        core.advance(to: now)
        perform()
        // What has left makes room for what waits.
        while flush() {
            core.advance(to: now)
            perform()
        }
        let preferred = core.preferredEndpoint
        preferredEndpoint.withLock { $0 = preferred }
        let deadline = core.nextDeadline
        return Turn(deadline: deadline == .max ? nil : deadline)
    }

    private func perform() {
        for action in core.takeActions() {
            switch action {
            case .connect(let lane, let endpoint):
                sockets[lane]?.end()
                let socket = LaneSocket(lane, loop, self)
                sockets[lane] = socket
                socket.connect(resolvers[endpoint])
            case .close(let lane): end(lane)
            case .finish(let id, let result):
                completions.removeValue(forKey: id)?(result)
            case .closed: endAll()
            }
        }
    }

    /// Writes what there is to send; whether anything has left.
    private func flush() -> Bool {
        var hasProgress = false
        for (lane, socket) in sockets.enumerated() {
            guard let socket, core.outputCount(lane) > 0 else { continue }
            do throws(SystemError) {
                let result = try core.withOutput(of: lane) { bytes throws(SystemError) in
                    try unsafe bytes.withUnsafeBytes { buffer throws(SystemError) in
                        try unsafe socket.write(buffer)
                    }
                }
                guard case .bytes(let count) = result else { continue }
                core.consumeOutput(count, of: lane)
                hasProgress = true
            } catch {
                end(lane)
                core.lost(lane, .lost(reason: SystemError.text(of: error.errno)), at: loop.now)
                hasProgress = true
            }
        }
        for (lane, socket) in sockets.enumerated() {
            socket?.wait(forWrite: core.outputCount(lane) > 0)
        }
        return hasProgress
    }

    private func end(_ lane: Int) {
        sockets[lane]?.end()
        sockets[lane] = nil
    }

    private func endAll() {
        for lane in sockets.indices { end(lane) }
        let left = inbox.withLock { inbox in
            inbox.isClosed = true
            defer { inbox.requests = [] }
            return inbox.requests
        }
        for case .call(let call, _) in left { call.completion(.failure(Self.isClosed)) }
        loop.remove(self)
        loop.stop()
        closed.open()
    }
}

// What sockets tell.
extension ClientLoop {
    func connected(_ lane: Int) { core.connected(lane, at: loop.now) }

    func received(_ bytes: [UInt8], on lane: Int) { core.received(bytes, on: lane, at: loop.now) }

    func lost(_ lane: Int, _ loss: ClientCore.Loss) {
        end(lane)
        core.lost(lane, loss, at: loop.now)
    }
}
