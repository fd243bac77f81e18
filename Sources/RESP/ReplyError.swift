// SPDX-License-Identifier: Apache-2.0

/// Why bytes from a server are no reply; the connection can't go on after it.
public enum ReplyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A reply starts with a byte that is no type.
    case unknownType(UInt8)
    /// A number, a length or a truth value is misspelled; the line is given, cut to 64 bytes.
    case malformedLine(String)
    /// A length or count is above its limit.
    case tooLarge(what: String, size: Int64, limit: Int)
    /// Aggregates lie deeper inside each other than the limit.
    case tooDeep(limit: Int)
    /// The bytes after a bulk string are not CR LF.
    case unterminatedBulk

    /// What is wrong, as a sentence part.
    public var description: String {
        switch self {
        case .unknownType(let byte): "byte \(byte) starts no reply"
        case .malformedLine(let line): "malformed reply line \"\(line)\""
        case .tooLarge(let what, let size, let limit): "\(what) of \(size), the limit is \(limit)"
        case .tooDeep(let limit): "reply nested deeper than \(limit)"
        case .unterminatedBulk: "no CR LF after a bulk string"
        }
    }
}

/// How much a server may make a ``ReplyParser`` hold.
public struct ReplyLimits: Sendable, Equatable {
    /// The most bytes a bulk string may have.
    public var maximumBulkBytes: Int
    /// The most elements an aggregate may have; a map's entry counts as two.
    public var maximumElements: Int
    /// The most bytes a line may have.
    public var maximumLineBytes: Int
    /// The most bytes a whole reply may have on the wire.
    public var maximumReplyBytes: Int
    /// How many aggregates may lie inside each other.
    public var maximumDepth: Int

    /// Creates limits, all 1 or more.
    public init(
        maximumBulkBytes: Int = 512 * 1024 * 1024,
        maximumElements: Int = 16 * 1024 * 1024,
        maximumLineBytes: Int = 64 * 1024,
        maximumReplyBytes: Int = 1024 * 1024 * 1024,
        maximumDepth: Int = 32
    ) {
        let limits = [
            maximumBulkBytes, maximumElements, maximumLineBytes, maximumReplyBytes, maximumDepth,
        ]
        precondition(limits.allSatisfy { $0 > 0 }, "reply limits \(limits) must be positive")
        self.maximumBulkBytes = maximumBulkBytes
        self.maximumElements = maximumElements
        self.maximumLineBytes = maximumLineBytes
        self.maximumReplyBytes = maximumReplyBytes
        self.maximumDepth = maximumDepth
    }
}
