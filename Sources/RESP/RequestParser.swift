// SPDX-License-Identifier: Apache-2.0

/// Finds commands in the bytes that a client sends, in the forms Redis 7 takes: multibulk and
/// inline.
///
/// The parser does no I/O and keeps none of the bytes. Give ``parse(_:)-(Span<UInt8>)`` the
/// unconsumed bytes of the receive buffer:
///
/// ```swift
/// switch parser.parse(bytes) {
/// case .command(_, let consumed):
///     parser.withArguments(in: bytes) { arguments in … }
///     // drop `consumed` bytes, parse again
/// case .empty(let consumed): // drop them, parse again
/// case .incomplete: // read more, parse again from the same first byte
/// case .failure(let error): // answer `-ERR \(error.message)`, close
/// }
/// ```
///
/// Progress inside a command is remembered: the work is linear in the bytes of a command, in
/// however many pieces it arrives. Parsing allocates nothing once the argument array has grown.
public struct RequestParser: Sendable {
    /// What ``parse(_:)-(Span<UInt8>)`` found at the start of the bytes.
    public enum Result: Equatable, Sendable {
        /// A whole command of `argumentCount` ≥ 1 arguments in the first `consumed` bytes.
        case command(argumentCount: Int, consumed: Int)
        /// The first `consumed` bytes ask for nothing (an empty line, `*0`) and get no reply.
        case empty(consumed: Int)
        /// More bytes are needed; none may be dropped.
        case incomplete
        /// The bytes are no command. The parser repeats this answer until ``reset()``.
        case failure(RequestError)
    }

    /// Where an argument lies.
    public struct Argument: Equatable, Sendable {
        /// Offset of the first byte.
        public let offset: Int
        /// Number of bytes.
        public let length: Int
        /// Offsets of all bytes.
        public var range: Range<Int> { offset..<(offset + length) }
    }

    /// The limits; a change counts from the next length that is read.
    public var limits: RequestLimits

    /// The arguments of the command found last, valid until the next call of `parse`.
    ///
    /// Offsets are into the bytes given to `parse`, unless ``isInline``: then into ``inlineBytes``.
    /// `withArguments(in:_:)` hides the difference.
    public private(set) var arguments: [Argument] = []

    /// Whether the command found last was an inline one, so that its arguments lie in
    /// ``inlineBytes``.
    public private(set) var isInline = false

    /// The arguments of an inline command without quotes and escapes, one after the other.
    public private(set) var inlineBytes: [UInt8] = []

    /// Offset of the line or argument being read.
    private var cursor = 0
    /// Offset up to which the end of that line was searched in vain.
    private var scanned = 0
    /// Arguments still to come; 0 while the command's first line is not complete.
    private var remaining = 0
    /// Length of the argument being read, or -1 while it is not known.
    private var bulkLength = -1
    private var failure: RequestError?

    /// Creates a parser for one connection.
    public init(limits: RequestLimits = RequestLimits()) {
        self.limits = limits
    }

    /// Forgets a command read in part, and a failure.
    public mutating func reset() {
        startOver()
        failure = nil
        arguments.removeAll(keepingCapacity: true)
    }

    /// Reads one command from the start of `bytes`.
    ///
    /// After `.incomplete`, the next call must start with the same bytes and have more behind them.
    ///
    /// - Complexity: O(new bytes) for lines, O(1) for the contents of an argument.
    public mutating func parse(_ bytes: Span<UInt8>) -> Result {
        if let failure { return .failure(failure) }
        precondition(
            bytes.count >= cursor,
            "\(bytes.count) bytes given, \(cursor) were there before: some were dropped")
        if remaining == 0 {
            guard bytes.count > 0 else { return .incomplete }
            guard bytes[0] == ASCII.asterisk else { return parseInline(bytes) }
            if let result = parseCount(bytes) { return result }
        }
        return parseArguments(bytes)
    }

    /// Reads the line `*COUNT`; nil if arguments follow.
    private mutating func parseCount(_ bytes: Span<UInt8>) -> Result? {
        guard let end = lineEnd(in: bytes) else {
            return isLineTooLong(bytes) ? fail(.tooBigMultibulkCount) : .incomplete
        }
        guard bytes[end + 1] == ASCII.lineFeed,
            let count = DecimalInteger.parse(bytes, from: 1, to: end),
            count <= limits.maximumArguments
        else { return fail(.invalidMultibulkLength) }
        if count <= 0 {
            startOver()
            return .empty(consumed: end + 2)
        }
        prepareArguments()
        isInline = false
        remaining = Int(count)
        advance(to: end + 2)
        return nil
    }

    /// Reads arguments until none remains or the bytes end.
    private mutating func parseArguments(_ bytes: Span<UInt8>) -> Result {
        while remaining > 0 {
            if bulkLength < 0 {
                guard let end = lineEnd(in: bytes) else {
                    return isLineTooLong(bytes) ? fail(.tooBigBulkCount) : .incomplete
                }
                guard bytes[cursor] == ASCII.dollar else {
                    return fail(.expectedBulk(got: bytes[cursor]))
                }
                guard bytes[end + 1] == ASCII.lineFeed,
                    let length = DecimalInteger.parse(bytes, from: cursor + 1, to: end),
                    length >= 0, length <= limits.maximumBulkBytes
                else { return fail(.invalidBulkLength) }
                bulkLength = Int(length)
                advance(to: end + 2)
                // Said before the bytes arrive: nobody buffers what will be refused.
                guard bulkLength <= limits.maximumRequestBytes - cursor - 2 else {
                    return fail(.tooBigRequest)
                }
            }
            let end = cursor + bulkLength
            guard bytes.count >= end + 2 else { return .incomplete }
            guard bytes[end] == ASCII.carriageReturn, bytes[end + 1] == ASCII.lineFeed else {
                return fail(.unterminatedBulk)
            }
            arguments.append(Argument(offset: cursor, length: bulkLength))
            bulkLength = -1
            remaining -= 1
            advance(to: end + 2)
        }
        let consumed = cursor
        startOver()
        return .command(argumentCount: arguments.count, consumed: consumed)
    }

    /// Reads a line of words.
    private mutating func parseInline(_ bytes: Span<UInt8>) -> Result {
        var end = scanned
        while end < bytes.count, bytes[end] != ASCII.lineFeed { end += 1 }
        guard end <= limits.maximumInlineBytes else { return fail(.tooBigInlineRequest) }
        guard end < bytes.count else {
            scanned = end
            return .incomplete
        }
        prepareArguments()
        isInline = true
        inlineBytes.removeAll(keepingCapacity: true)
        let lineEnd = end > 0 && bytes[end - 1] == ASCII.carriageReturn ? end - 1 : end
        let isBalanced = InlineArguments.split(
            bytes.extracting(0..<lineEnd), into: &inlineBytes, ranges: &arguments)
        guard isBalanced else { return fail(.unbalancedQuotes) }
        startOver()
        if arguments.isEmpty { return .empty(consumed: end + 1) }
        return .command(argumentCount: arguments.count, consumed: end + 1)
    }

    /// The offset of the CR that ends the line at `cursor`, if the byte behind it is there too.
    private mutating func lineEnd(in bytes: Span<UInt8>) -> Int? {
        var index = scanned
        while index < bytes.count, bytes[index] != ASCII.carriageReturn { index += 1 }
        scanned = index
        return index + 1 < bytes.count ? index : nil
    }

    private func isLineTooLong(_ bytes: Span<UInt8>) -> Bool {
        bytes.count - cursor > limits.maximumInlineBytes
    }

    private mutating func advance(to offset: Int) {
        cursor = offset
        scanned = offset
    }

    private mutating func startOver() {
        advance(to: 0)
        remaining = 0
        bulkLength = -1
    }

    /// Empties the argument array, and returns its memory if one large command blew it up.
    private mutating func prepareArguments() {
        if arguments.capacity > 4096 {
            arguments = []
        } else {
            arguments.removeAll(keepingCapacity: true)
        }
    }

    private mutating func fail(_ error: RequestError) -> Result {
        failure = error
        return .failure(error)
    }
}
