// SPDX-License-Identifier: Apache-2.0

internal import Platform
public import RESP

/// A client of a replicated key-value store: give it the members' endpoints and use it from any task.
///
/// ```swift
/// let client = try KVClient(endpoints: ["10.0.0.1:6379", "10.0.0.2:6379", "10.0.0.3:6379"])
/// let visits = try await client.increment("visits")
/// await client.close()
/// ```
///
/// Calls share a few connections and are pipelined on them. A call that gets no answer is made again, on
/// another member if need be, until it has one or its time is up. That never does a write twice: every
/// write carries a number of the client's session, by which the cluster knows it again, whichever
/// member dies. What can't be found out is told apart from what certainly was not executed; see
/// ``ClientError/mayHaveTakenEffect``.
///
/// Calls that are made at the same time have no order among each other: await one before the next if order
/// matters. All methods may be called from any task or thread. A client has a thread of its own, which ends
/// with ``close()``, or when nobody has the client any more.
public final class KVClient: Sendable {
    private let loop: ClientLoop

    /// Creates a client; it connects when it is first needed.
    /// - Parameters:
    ///   - endpoints: The members, each as `HOST:PORT`, in order of preference. A name that has several
    ///     addresses stands for all of them, and is looked up again for every new connection.
    ///   - options: How it goes about its work.
    /// - Throws: `.cannotConnect` if an endpoint is no `HOST:PORT`, or the system gives no event loop.
    public init(endpoints: [String], options: Options = Options()) throws(ClientError) {
        guard !endpoints.isEmpty else {
            throw .cannotConnect(endpoint: "", reason: "no endpoint is given")
        }
        for endpoint in endpoints {
            do throws(AddressError) { try SocketAddress.check(endpoint) } catch {
                throw .cannotConnect(endpoint: endpoint, reason: error.description)
            }
        }
        let name = SystemRandom.bytes(count: 16)
            .flatMap { Array((String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)).utf8) }
        let core = ClientCore(
            endpoints: endpoints, options: options, tokenPrefix: name, seed: SystemRandom.uint64())
        do throws(SystemError) { loop = try ClientLoop(core) } catch {
            throw .cannotConnect(endpoint: endpoints[0], reason: "\(error)")
        }
    }

    deinit { loop.close() }

    /// The endpoint that the next call is likely to go to.
    package var endpoint: String { loop.endpoint }

    /// Sends a command and waits for its reply.
    ///
    /// Cancelling the task ends the wait; the error then says whether the command may take effect.
    /// - Parameters:
    ///   - arguments: The command's name and its arguments, as Redis takes them.
    ///   - timeout: How long it takes at most, with all retries; nil for what the options say.
    /// - Throws: ``ClientError``; an error reply is thrown too.
    public func call(
        _ arguments: [[UInt8]], timeout: Duration? = nil
    ) async throws(ClientError) -> Value {
        if Task.isCancelled { throw .cancelled }
        precondition(!arguments.isEmpty, "a command without a name")
        let id = loop.nextCall()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<_, Never>) in
                let call = ClientLoop.Submission(id: id, arguments: arguments) {
                    continuation.resume(returning: $0)
                }
                loop.submit([call], timeout: timeout)
                // The handler may have come before the call.
                if Task.isCancelled { loop.cancel([id]) }
            }
        } onCancel: {
            loop.cancel([id])
        }
        return try result.get()
    }

    /// Sends a command given as text and waits for its reply.
    public func call(
        _ words: String..., timeout: Duration? = nil
    ) async throws(ClientError) -> Value {
        try await call(words.map { Array($0.utf8) }, timeout: timeout)
    }

    /// Sends commands in this order without waiting in between, and waits for all replies.
    ///
    /// With one connection (``Options/connections``) writes take effect in this order as long as no
    /// member refuses one of them.
    /// - Returns: For each command its reply, or why there is none.
    public func call(
        all commands: [[[UInt8]]], timeout: Duration? = nil
    ) async -> [Result<Value, ClientError>] {
        if Task.isCancelled { return commands.map { _ in .failure(.cancelled) } }
        if commands.isEmpty { return [] }
        let ids = commands.map { _ in loop.nextCall() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<_, Never>) in
                let replies = Replies(count: commands.count, continuation)
                let calls = commands.enumerated().map { place, arguments in
                    precondition(!arguments.isEmpty, "a command without a name")
                    return ClientLoop.Submission(id: ids[place], arguments: arguments) {
                        replies.take($0, at: place)
                    }
                }
                loop.submit(calls, timeout: timeout)
                if Task.isCancelled { loop.cancel(ids) }
            }
        } onCancel: {
            loop.cancel(ids)
        }
    }

    /// Ends the client: what it was still asked for fails, its session and its connections end.
    ///
    /// Returns when that is done, in half a second at most. Later calls fail.
    public func close() async {
        loop.close()
        await whenClosed()
    }

    /// The client's whole life as a service: returns when it has been closed, or closes it when the task is
    /// cancelled.
    public func run() async {
        await withTaskCancellationHandler {
            await whenClosed()
        } onCancel: {
            loop.close()
        }
    }

    private func whenClosed() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            loop.whenClosed { continuation.resume() }
        }
    }

    /// Creates a client, uses it and closes it.
    nonisolated(nonsending) public static func with<Success>(
        endpoints: [String], options: Options = Options(),
        _ body: nonisolated(nonsending) (KVClient) async throws -> Success
    ) async throws -> Success {
        let client = try KVClient(endpoints: endpoints, options: options)
        do {
            let success = try await body(client)
            await client.close()
            return success
        } catch {
            await client.close()
            throw error
        }
    }
}

/// Collects the replies to commands that were sent together.
private final class Replies: Sendable {
    private struct State {
        var results: [Result<Value, ClientError>?]
        var missing: Int
    }

    private let state: Locked<State>
    private let continuation: CheckedContinuation<[Result<Value, ClientError>], Never>

    init(
        count: Int, _ continuation: CheckedContinuation<[Result<Value, ClientError>], Never>
    ) {
        state = Locked(State(results: Array(repeating: nil, count: count), missing: count))
        self.continuation = continuation
    }

    func take(_ result: Result<Value, ClientError>, at place: Int) {
        let all: [Result<Value, ClientError>]? = state.withLock { state in
            state.results[place] = result
            state.missing -= 1
            return state.missing == 0 ? state.results.compactMap { $0 } : nil
        }
        if let all { continuation.resume(returning: all) }
    }
}
