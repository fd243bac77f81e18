// SPDX-License-Identifier: Apache-2.0

public import RESP

/// Why what a server sent makes no sense; the connection can't go on after it.
public enum ConnectionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The bytes are no reply.
    case malformed(ReplyError)
    /// A reply that no command waits for.
    case unsolicited(Value)

    /// What is wrong, as a sentence part.
    public var description: String {
        switch self {
        case .malformed(let error): error.description
        case .unsolicited(let value): "a reply that nobody asked for: \(value.text ?? "\(value)")"
        }
    }
}

/// The client's side of one connection, without any I/O: commands in, bytes out; bytes in,
/// replies out.
///
/// Replies come in the order of the commands. It knows which commands have left as a whole, so that
/// a lost connection need not make the outcome of the others unknown.
public struct Connection: Sendable {
    /// What came from the server.
    public enum Event: Sendable, Equatable {
        /// The answer to the oldest command that has none yet.
        case reply(Value)
        /// A message that answers no command (RESP3).
        case push(Value)
    }

    /// How many commands may wait for their reply at once.
    public let maximumOutstanding: Int

    /// How many bytes may wait to be sent before no more commands are taken.
    public let maximumOutputBytes: Int

    private var parser: ReplyParser
    private var output: [UInt8] = []
    private var outputStart = 0
    /// Bytes that left since the connection began.
    private var sentBytes: UInt64 = 0
    /// For each command without a reply, where it ends in the stream of all bytes; oldest first.
    private var ends: [UInt64] = []
    private var endsStart = 0

    /// Creates the state of a new connection.
    public init(
        limits: ReplyLimits = ReplyLimits(), maximumOutstanding: Int = 4096,
        maximumOutputBytes: Int = 1024 * 1024
    ) {
        precondition(maximumOutstanding > 0, "maximumOutstanding is \(maximumOutstanding)")
        precondition(maximumOutputBytes > 0, "maximumOutputBytes is \(maximumOutputBytes)")
        self.parser = ReplyParser(limits: limits)
        self.maximumOutstanding = maximumOutstanding
        self.maximumOutputBytes = maximumOutputBytes
    }

    /// The number of commands without a reply.
    public var outstanding: Int { ends.count - endsStart }

    /// The number of commands without a reply whose last byte has left: those that may be executed.
    public var outstandingSent: Int { ends[endsStart...].count { $0 <= sentBytes } }

    /// The number of bytes to send.
    public var outputCount: Int { output.count - outputStart }

    /// Adds a command of at least one argument.
    ///
    /// - Returns: false, and nothing is added, while too many commands or bytes wait.
    public mutating func send(_ arguments: [[UInt8]]) -> Bool {
        guard outstanding < maximumOutstanding, outputCount < maximumOutputBytes else {
            return false
        }
        RequestWriter.append(arguments, to: &output)
        ends.append(sentBytes + UInt64(outputCount))
        return true
    }

    /// Calls `body` with the bytes to send; say with ``consumeOutput(_:)`` how many have left.
    public func withOutput<Success, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Success
    ) throws(Failure) -> Success {
        try body(unsafe output.span.bytes.extracting(droppingFirst: outputStart))
    }

    /// Takes away the first `count` bytes of the output, 0 ≤ `count` ≤ ``outputCount``.
    public mutating func consumeOutput(_ count: Int) {
        precondition(
            count >= 0 && count <= outputCount, "\(count) bytes of \(outputCount) have left")
        sentBytes += UInt64(count)
        outputStart += count
        guard outputStart == output.count else { return }
        output.removeAll(keepingCapacity: output.capacity <= 4 * maximumOutputBytes)
        outputStart = 0
    }

    /// Takes bytes from the server.
    public mutating func receive(_ bytes: [UInt8]) {
        parser.append(bytes)
    }

    /// The next reply or push message, or nil until more bytes arrive.
    public mutating func nextEvent() throws(ConnectionError) -> Event? {
        let value: Value
        do throws(ReplyError) {
            guard let next = try parser.next() else { return nil }
            value = next
        } catch {
            throw .malformed(error)
        }
        if case .push = value { return .push(value) }
        guard outstanding > 0 else { throw .unsolicited(value) }
        endsStart += 1
        if endsStart == ends.count || endsStart >= maximumOutstanding {
            ends.removeFirst(endsStart)
            endsStart = 0
        }
        return .reply(value)
    }
}
