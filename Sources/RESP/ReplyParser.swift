// SPDX-License-Identifier: Apache-2.0

/// Turns the bytes that a server sends into ``Value``s, of RESP2 and RESP3 alike.
///
/// Bytes go in with `append`, replies come out of ``next()``, in order and each once. The parser
/// owns the bytes it waits with and remembers its progress inside a reply: the work is linear in
/// the bytes received. RESP3 attributes are read and dropped; streamed strings and aggregates are
/// refused.
public struct ReplyParser: Sendable {
    /// The limits that every reply is held to.
    public let limits: ReplyLimits

    private(set) var buffer: [UInt8] = []
    /// Offset of the line or bulk string being read.
    private var cursor = 0
    /// Offset up to which the end of that line was searched in vain.
    private var scanned = 0
    /// The bulk string being read, when its head has been.
    private var bulk: Bulk?
    /// Aggregates begun, the innermost last.
    private var open: [Aggregate] = []
    /// Bytes of the current reply that are out of the buffer's way already.
    private var replyBytes = 0
    private var failure: ReplyError?

    private struct Bulk: Sendable {
        let type: UInt8
        let length: Int
    }

    private struct Aggregate: Sendable {
        let type: UInt8
        /// Replies still to come; a map's entry is two.
        var remaining: Int
        var elements: [Value] = []
    }

    /// What one line leads to.
    private enum Step {
        case needsMoreBytes
        case continues
        case value(Value)
    }

    /// Creates a parser for one connection.
    public init(limits: ReplyLimits = ReplyLimits()) {
        self.limits = limits
    }

    /// The number of bytes received that belong to no reply given out yet, as far as they are kept.
    public var bufferedBytes: Int { buffer.count - cursor }

    /// Takes bytes from the server.
    public mutating func append(_ bytes: Span<UInt8>) {
        compact()
        unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
    }

    /// Takes bytes from the server.
    public mutating func append(_ bytes: [UInt8]) {
        compact()
        buffer.append(contentsOf: bytes)
    }

    /// The next reply, or nil until more bytes arrive.
    ///
    /// - Throws: ``ReplyError`` if the bytes are no reply; from then on at every call.
    public mutating func next() throws(ReplyError) -> Value? {
        if let failure { throw failure }
        do throws(ReplyError) {
            while true {
                switch try step() {
                case .needsMoreBytes:
                    try checkReplySize(pending: bulk.map { $0.length + 2 } ?? 0)
                    return nil
                case .continues: continue
                case .value(let value):
                    guard let whole = close(value) else { continue }
                    replyBytes = 0
                    return whole
                }
            }
        } catch {
            failure = error
            throw error
        }
    }

    /// Adds `value` to the innermost aggregate and closes those that it completes.
    ///
    /// - Returns: the reply, if it is whole.
    private mutating func close(_ value: Value) -> Value? {
        var value = value
        while let last = open.indices.last {
            open[last].elements.append(value)
            open[last].remaining -= 1
            if open[last].remaining > 0 { return nil }
            let aggregate = open.removeLast()
            // An attribute describes the reply that follows it; that one takes its place.
            if aggregate.type == UInt8(ascii: "|") { return nil }
            value = Self.value(of: aggregate.type, aggregate.elements)
        }
        return value
    }

    private static func value(of type: UInt8, _ elements: [Value]) -> Value {
        switch type {
        case UInt8(ascii: "~"): .set(elements)
        case UInt8(ascii: ">"): .push(elements)
        case UInt8(ascii: "%"):
            .map(
                stride(from: 0, to: elements.count, by: 2).map {
                    Value.Entry(key: elements[$0], value: elements[$0 + 1])
                })
        default: .array(elements)
        }
    }

    /// Reads one line, or the bulk string it announced.
    private mutating func step() throws(ReplyError) -> Step {
        if let bulk { return try readBulk(bulk) }
        while scanned < buffer.count, buffer[scanned] != ASCII.carriageReturn { scanned += 1 }
        guard scanned - cursor <= limits.maximumLineBytes else {
            throw .tooLarge(
                what: "line", size: Int64(scanned - cursor), limit: limits.maximumLineBytes)
        }
        guard scanned + 1 < buffer.count else { return .needsMoreBytes }
        let line = cursor..<scanned
        guard buffer[scanned + 1] == ASCII.lineFeed, !line.isEmpty else {
            throw malformed(line)
        }
        advance(to: scanned + 2)
        try checkReplySize(pending: 0)
        return try read(type: buffer[line.lowerBound], line.dropFirst())
    }

    private mutating func read(type: UInt8, _ line: Range<Int>) throws(ReplyError) -> Step {
        switch type {
        case UInt8(ascii: "+"): return .value(.simpleString(text(line)))
        case UInt8(ascii: "-"): return .value(.error(text(line)))
        case UInt8(ascii: ":"): return .value(.integer(try number(line)))
        case UInt8(ascii: "("):
            guard isBigNumber(line) else { throw malformed(line) }
            return .value(.bigNumber(text(line)))
        case UInt8(ascii: ","): return .value(.double(try double(line)))
        case UInt8(ascii: "#"):
            switch text(line) {
            case "t": return .value(.boolean(true))
            case "f": return .value(.boolean(false))
            default: throw malformed(line)
            }
        case UInt8(ascii: "_"):
            guard line.isEmpty else { throw malformed(line) }
            return .value(.null)
        case ASCII.dollar, UInt8(ascii: "="), UInt8(ascii: "!"):
            let length = try number(line)
            if length == -1, type == ASCII.dollar { return .value(.null) }
            bulk = Bulk(
                type: type,
                length: try bounded(length, "bulk string", limits.maximumBulkBytes, line))
            return .continues
        case ASCII.asterisk, UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"),
            UInt8(ascii: "|"):
            return try begin(type: type, line)
        default: throw .unknownType(type)
        }
    }

    private mutating func begin(type: UInt8, _ line: Range<Int>) throws(ReplyError) -> Step {
        let count = try number(line)
        if count == -1, type == ASCII.asterisk { return .value(.null) }
        let isPaired = type == UInt8(ascii: "%") || type == UInt8(ascii: "|")
        let limit = isPaired ? limits.maximumElements / 2 : limits.maximumElements
        let elements = try bounded(count, "aggregate", limit, line)
        if elements == 0 {
            return type == UInt8(ascii: "|") ? .continues : .value(Self.value(of: type, []))
        }
        guard open.count < limits.maximumDepth else { throw .tooDeep(limit: limits.maximumDepth) }
        // No memory is set aside for what was only announced.
        open.append(Aggregate(type: type, remaining: isPaired ? elements * 2 : elements))
        return .continues
    }

    private mutating func readBulk(_ bulk: Bulk) throws(ReplyError) -> Step {
        let end = cursor + bulk.length
        guard buffer.count >= end + 2 else { return .needsMoreBytes }
        guard buffer[end] == ASCII.carriageReturn, buffer[end + 1] == ASCII.lineFeed else {
            throw .unterminatedBulk
        }
        let range = cursor..<end
        advance(to: end + 2)
        self.bulk = nil
        switch bulk.type {
        case UInt8(ascii: "!"): return .value(.error(text(range)))
        case UInt8(ascii: "="):
            guard range.count >= 4, buffer[range.lowerBound + 3] == UInt8(ascii: ":") else {
                throw malformed(range)
            }
            let format = text(range.prefix(3))
            return .value(.verbatim(format: format, text: Array(buffer[range.dropFirst(4)])))
        default: return .value(.bulk(Array(buffer[range])))
        }
    }

    private mutating func advance(to offset: Int) {
        replyBytes += offset - cursor
        cursor = offset
        scanned = offset
    }

    /// Drops bytes that were read, when they are the larger part: each byte moves at most twice.
    private mutating func compact() {
        guard cursor > 0, cursor >= buffer.count - cursor else { return }
        buffer.removeFirst(cursor)
        scanned -= cursor
        cursor = 0
        if buffer.isEmpty, buffer.capacity > 1024 * 1024 { buffer = [] }
    }

    private func checkReplySize(pending: Int) throws(ReplyError) {
        guard replyBytes + pending <= limits.maximumReplyBytes else {
            throw .tooLarge(
                what: "reply", size: Int64(replyBytes + pending), limit: limits.maximumReplyBytes)
        }
    }
}
