// SPDX-License-Identifier: Apache-2.0

public import Raft

/// A command to the store: the bytes it arrived in, and where in them its arguments are.
///
/// Nothing is copied out of a log entry to carry a command out. ``operation`` is the readable view;
/// ``KVCommandEncoder`` is how a gateway makes commands. Queries are commands too: a read that
/// follows a write of its own connection goes through the log behind it.
///
/// | kind | bytes that follow it (little endian; key and value: length 4, bytes) |
/// | --- | --- |
/// | get, strlen, ttl, pttl, type, persist | key |
/// | mget, exists, del | count 4, keys |
/// | dbSize, flushAll | |
/// | set | flags 1, with a deadline: name 1, milliseconds 8; key, value |
/// | incrBy | number 8, key |
/// | append | limit 4, key, value |
/// | mset | count 4, keys each followed by its value |
/// | expire | flags 1, name 1, milliseconds 8; key |
///
/// Flags: bits 0 and 1: 1 only if absent (NX), 2 only if present (XX); bit 2: answer the old value
/// (GET); bits 3 and 4: 0 no deadline, 1 keep it (KEEPTTL), 2 relative, 3 absolute.
public struct KVCommand: Sendable {
    /// What it does.
    public let kind: Kind
    let layout: Layout
    private let reader: ByteReader
    private let range: Range<Int>

    /// What a command does; the number is its first byte.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// The value of a key.
        case get = 1
        /// The values of keys.
        case mget = 2
        /// How many of some keys exist, counting repetitions.
        case exists = 3
        /// The length of a value.
        case strlen = 4
        /// How long a key will live, in seconds.
        case ttl = 5
        /// How long a key will live, in milliseconds.
        case pttl = 6
        /// How many keys there are.
        case dbSize = 7
        /// What kind of value a key has.
        case type = 8
        /// Gives a key a value.
        case set = 64
        /// Removes keys.
        case del = 65
        /// Adds to a number.
        case incrBy = 66
        /// Continues a value.
        case append = 67
        /// Gives several keys a value each, at once.
        case mset = 68
        /// Gives a key a deadline.
        case expire = 69
        /// Takes a key's deadline away.
        case persist = 70
        /// Removes all keys.
        case flushAll = 71

        /// Whether it leaves everything as it is.
        public var isQuery: Bool { rawValue < Self.set.rawValue }
    }

    /// Where the arguments are, counted from the command's first byte.
    struct Layout {
        /// Of everything.
        var length = 0
        /// The key, or the keys or pairs with their lengths.
        var key = 0..<0
        var value = 0..<0
        /// How many keys or pairs.
        var count: UInt32 = 0
        /// The increment of INCRBY, the limit of APPEND.
        var number: Int64 = 0
        var options = SetOptions()
    }

    /// Calls `body` with the command's bytes.
    @inline(__always)
    func withView<Result>(_ body: (ByteView) -> Result) -> Result {
        unsafe reader.withBytes(in: range) { bytes in unsafe body(ByteView(bytes)) }
    }
}

/// The conditions and extras of SET.
public struct SetOptions: Hashable, Sendable {
    /// What must hold for a SET to happen.
    public enum Condition: UInt8, Hashable, Sendable {
        /// Nothing.
        case always = 0
        /// NX: the key must not exist.
        case ifAbsent = 1
        /// XX: the key must exist.
        case ifPresent = 2
    }

    /// What becomes of the deadline.
    public enum Expiry: Hashable, Sendable {
        /// The key will have none.
        case none
        /// KEEPTTL: the key keeps the one it has.
        case keep
        /// The key gets one.
        case deadline(KVDeadline)
    }

    /// What must hold.
    public var condition: Condition
    /// GET: whether the old value is the answer.
    public var returnsOldValue: Bool
    /// What becomes of the deadline.
    public var expiry: Expiry
    /// Under what name the client asked, for the text of an error.
    public var name: KVExpiryCommand

    /// Creates options; by default, those of a plain SET.
    public init(
        condition: Condition = .always, returnsOldValue: Bool = false, expiry: Expiry = .none,
        name: KVExpiryCommand = .set
    ) {
        self.condition = condition
        self.returnsOldValue = returnsOldValue
        self.expiry = expiry
        self.name = name
    }
}

extension KVCommand: WireCodable {
    /// Reads a command without copying it: it keeps the reader's array.
    /// - Throws: If the kind is unknown or anything about the arguments is not as an encoder writes
    ///   it.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        let start = reader.position
        let parsed = unsafe reader.withBytes(in: start..<reader.end) { bytes in
            Result { () throws(DecodingFailure) in
                var parser = CommandParser(unsafe ByteView(bytes), offset: start)
                return try parser.parse()
            }
        }
        (kind, layout) = try parsed.get()
        range = try reader.skip(layout.length)
        self.reader = reader
    }

    /// Writes the command's bytes.
    public func write(to writer: inout ByteWriter) {
        withView { view in unsafe writer.write(raw: view.buffer) }
    }
}

extension KVCommand: Hashable {
    /// Whether two commands have the same bytes.
    public static func == (a: KVCommand, b: KVCommand) -> Bool {
        a.withView { left in b.withView { right in left == right } }
    }

    /// Feeds the command's bytes.
    public func hash(into hasher: inout Hasher) {
        withView { view in unsafe hasher.combine(bytes: view.buffer) }
    }
}
