// SPDX-License-Identifier: Apache-2.0

public import Platform
public import RESP

/// A blocking connection to whichever member of a list answers.
///
/// It connects when it is first needed and goes on to the next endpoint as its ``RetryPolicy``
/// allows. While a transaction is open, or after the caller changed the connection's state
/// (`SELECT`, `HELLO` …), it never goes elsewhere by itself. To be used by one thread at a time,
/// and never in a Swift task.
public final class FailoverConnection {
    private var endpoints: EndpointList
    private let policy: RetryPolicy
    private let preamble: [[[UInt8]]]
    private var connection: KVConnection?
    private var state = ConnectionState()

    /// Creates a connection that is not connected yet.
    ///
    /// - Parameters:
    ///   - endpoints: the members, in order of preference.
    ///   - policy: when to try again.
    ///   - preamble: commands that every new connection starts with, such as `READONLY`.
    public init(
        to endpoints: EndpointList, policy: RetryPolicy = RetryPolicy(),
        preamble: [[[UInt8]]] = []
    ) {
        self.endpoints = endpoints
        self.policy = policy
        self.preamble = preamble
    }

    /// The endpoint that the next command is sent to first.
    public var endpoint: SocketAddress { endpoints.current }

    /// Sends a command and waits for its reply.
    ///
    /// - Parameters:
    ///   - arguments: the command's name and its arguments.
    ///   - timeout: for everything together: connecting, waiting, trying again.
    /// - Throws: ``ClientError``, that of the last attempt; an error reply is thrown too.
    public func call(
        _ arguments: [[UInt8]], timeout: Duration
    ) throws(ClientError) -> Value {
        let deadline = Deadline(after: timeout)
        let effect = CommandEffect(of: arguments)
        var attempt = 1
        while true {
            let wasPinned = state.isPinned
            do throws(ClientError) {
                let connection = try connect(until: deadline, isLast: isLast(attempt))
                state.note(arguments)
                let isPatient = effect == .write || wasPinned || isLast(attempt)
                return try connection.call(
                    arguments, timeout: share(of: deadline, isAll: isPatient))
            } catch {
                if connection?.isOpen != true { forget() }
                let decision = policy.decision(
                    after: error, effect: effect, attempt: attempt,
                    endpointCount: endpoints.addresses.count, random: SystemRandom.uint64())
                guard case .tryNextEndpoint(let delay) = decision, !wasPinned,
                    delay < deadline.milliseconds
                else { throw error }
                forget()
                endpoints.advance()
                attempt += 1
                pause(milliseconds: delay)
            }
        }
    }

    /// Ends the connection; the next command makes a new one.
    public func close() { forget() }

    private func forget() {
        connection?.close()
        connection = nil
        state = ConnectionState()
    }

    /// Whether an attempt may take all the time there is: nobody else could use it better.
    private func isLast(_ attempt: Int) -> Bool {
        let count = endpoints.addresses.count
        return count == 1 || attempt >= policy.rounds * count
    }

    /// The time one attempt gets: half of what is left, if the rest may be needed elsewhere.
    private func share(of deadline: Deadline, isAll: Bool) -> Duration {
        .milliseconds(isAll ? deadline.milliseconds : (deadline.milliseconds + 1) / 2)
    }

    private func connect(
        until deadline: Deadline, isLast: Bool
    ) throws(ClientError) -> KVConnection {
        if let connection, connection.isOpen { return connection }
        let new = try KVConnection.connect(
            to: endpoints.current, timeout: share(of: deadline, isAll: isLast))
        state = ConnectionState()
        for command in preamble {
            do throws(ClientError) {
                _ = try new.call(command, timeout: share(of: deadline, isAll: isLast))
            } catch {
                guard case .server(let message) = error else { throw error }
                let name = CommandEffect.name(of: command)
                throw .server(message: "\(message) (in reply to \(name), sent when connecting)")
            }
        }
        connection = new
        return new
    }

    private func pause(milliseconds: Int) {
        guard milliseconds > 0, let pair = try? TCP.socketPair() else { return }
        _ = try? pair.0.wait(for: .read, timeoutMilliseconds: milliseconds)
        pair.0.close()
        pair.1.close()
    }
}
