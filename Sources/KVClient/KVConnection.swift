// SPDX-License-Identifier: Apache-2.0

public import Platform
public import RESP

/// A blocking connection to one member, for programs that do one thing at a time.
///
/// After any error but `.server` and `.notExecuted` it is closed: make a new one. To be used by
/// one thread at a time, and never in a Swift task.
public final class KVConnection {
    /// Where the connection goes.
    public let endpoint: SocketAddress

    private var fd: FileDescriptor?
    private var connection = Connection()
    private var inbox: [UInt8] = []

    private init(endpoint: SocketAddress, fd: FileDescriptor) {
        self.endpoint = endpoint
        self.fd = fd
    }

    deinit { fd?.close() }

    /// Whether commands can be sent.
    public var isOpen: Bool { fd != nil }

    /// Ends the connection.
    public func close() {
        fd?.close()
        fd = nil
    }

    /// Connects to a member; throws ``ClientError/cannotConnect(endpoint:reason:)`` otherwise.
    public static func connect(
        to endpoint: SocketAddress, timeout: Duration
    ) throws(ClientError) -> KVConnection {
        let deadline = Deadline(after: timeout)
        let reason: String
        do throws(SystemError) {
            let fd = try TCP.connect(to: endpoint)
            let connection = KVConnection(endpoint: endpoint, fd: fd)
            let ready = try fd.wait(for: .write, timeoutMilliseconds: deadline.milliseconds)
            if !ready.isEmpty {
                try TCP.finishConnect(fd)
                return connection
            }
            reason = "no answer within \(deadline.total) ms"
        } catch {
            reason = SystemError.text(of: error.errno)
        }
        throw .cannotConnect(endpoint: endpoint.description, reason: reason)
    }

    /// Sends a command and waits for its reply.
    ///
    /// - Throws: ``ClientError``; an error reply is thrown too.
    public func call(
        _ arguments: [[UInt8]], timeout: Duration
    ) throws(ClientError) -> Value {
        let replies = try call([arguments], timeout: timeout)
        if let error = ClientError(reply: replies[0], from: endpoint.description) { throw error }
        return replies[0]
    }

    /// Sends commands without waiting in between, and waits for all replies.
    ///
    /// - Returns: one reply per command; an error reply is a value here, as it says nothing about
    ///   the others.
    /// - Throws: ``ClientError`` if not all replies came. It is `.outcomeUnknown` if a write is
    ///   among those that were sent and not answered.
    public func call(
        _ commands: [[[UInt8]]], timeout: Duration
    ) throws(ClientError) -> [Value] {
        let deadline = Deadline(after: timeout)
        var replies: [Value] = []
        var next = 0
        do throws(Failure) {
            try checkStillThere()
            while true {
                while next < commands.count, connection.send(commands[next]) { next += 1 }
                while let event = try nextEvent() {
                    if case .reply(let value) = event { replies.append(value) }
                }
                if replies.count == commands.count { return replies }
                try exchange(until: deadline)
            }
        } catch {
            let unanswered = commands[replies.count...].prefix(connection.outstandingSent)
            close()
            throw clientError(for: error, mayHaveRun: unanswered)
        }
    }

    /// How an exchange ended early.
    private enum Failure: Error {
        case timeout(milliseconds: Int)
        case lost(reason: String)
        case nonsense(ConnectionError)
    }

    private func nextEvent() throws(Failure) -> Connection.Event? {
        do throws(ConnectionError) {
            return try connection.nextEvent()
        } catch {
            throw .nonsense(error)
        }
    }

    /// Moves bytes in either direction, once; waits for that until the deadline.
    private func exchange(until deadline: Deadline) throws(Failure) {
        guard let fd else { throw .lost(reason: "it was closed after an earlier failure") }
        let result: ReadResult?
        do throws(SystemError) {
            try write(to: fd)
            result = try read(from: fd, timeoutMilliseconds: deadline.milliseconds)
        } catch {
            throw .lost(reason: SystemError.text(of: error.errno))
        }
        switch result {
        case .bytes, .wouldBlock, .bufferFull: return
        case .endOfFile: throw .lost(reason: "the server closed it")
        case nil: throw .timeout(milliseconds: deadline.total)
        }
    }

    /// Notices that the server has gone while nothing was asked: a command sent now would be lost
    /// for certain, yet its outcome would have to be called unknown.
    private func checkStillThere() throws(Failure) {
        guard connection.outstanding == 0 else { return }
        do throws(Failure) {
            try exchange(until: Deadline(after: .zero))
        } catch {
            if case .timeout = error { return }
            throw error
        }
    }

    private func write(to fd: FileDescriptor) throws(SystemError) {
        guard connection.outputCount > 0 else { return }
        let result = try connection.withOutput { bytes throws(SystemError) in
            try unsafe bytes.withUnsafeBytes { buffer throws(SystemError) in
                try unsafe fd.write(buffer)
            }
        }
        if case .bytes(let count) = result { connection.consumeOutput(count) }
    }

    /// Waits until something can be moved and reads once; nil if time is up.
    private func read(
        from fd: FileDescriptor, timeoutMilliseconds: Int
    ) throws(SystemError) -> ReadResult? {
        let interest: Interest = connection.outputCount > 0 ? [.read, .write] : .read
        let ready = try fd.wait(for: interest, timeoutMilliseconds: timeoutMilliseconds)
        if ready.isEmpty { return nil }
        if ready == .writable { return .wouldBlock }
        inbox.removeAll(keepingCapacity: true)
        let result = try fd.read(appendingTo: &inbox)
        connection.receive(inbox)
        return result
    }

    private func clientError(
        for failure: Failure, mayHaveRun commands: ArraySlice<[[UInt8]]>
    ) -> ClientError {
        let endpoint = endpoint.description
        let write = commands.first { CommandEffect(of: $0) == .write }
        guard let write else {
            return switch failure {
            case .timeout(let milliseconds):
                .timeout(endpoint: endpoint, milliseconds: milliseconds)
            case .lost(let reason): .connectionLost(endpoint: endpoint, reason: reason)
            case .nonsense(let error):
                .protocolError(endpoint: endpoint, reason: error.description)
            }
        }
        let reason =
            switch failure {
            case .timeout(let milliseconds): "no reply within \(milliseconds) ms"
            case .lost(let reason): "the connection was lost before the reply: \(reason)"
            case .nonsense(let error): "the reply is unreadable: \(error)"
            }
        let name = CommandEffect.name(of: write)
        return .outcomeUnknown(endpoint: endpoint, reason: "\(name) was sent, but \(reason)")
    }
}
