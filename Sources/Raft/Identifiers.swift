// SPDX-License-Identifier: Apache-2.0

/// The number by which one member of a group is known for its whole life.
///
/// Small on purpose: a member id travels inside every stream id (see ``StreamID``).
public struct MemberID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 1 … 65,535.
    public let rawValue: UInt16

    /// Creates an id.
    /// - Parameter rawValue: 1 … 65,535; zero is not a member.
    public init?(_ rawValue: UInt64) {
        guard let value = UInt16(exactly: rawValue), value > 0 else { return nil }
        self.rawValue = value
    }

    /// Orders ids by number.
    public static func < (a: MemberID, b: MemberID) -> Bool { a.rawValue < b.rawValue }

    /// The number alone.
    public var description: String { "\(rawValue)" }
}

/// A Raft term: the logical clock of leadership (dissertation §3.3).
public struct Term: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of the term; 0 before the first election.
    public let rawValue: UInt64

    /// Creates a term from its number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The term of a member that has never seen an election.
    public static let zero = Term(0)

    /// The term that a campaign started in this one would ask for.
    public var next: Term { Term(rawValue + 1) }

    /// Orders terms by age.
    public static func < (a: Term, b: Term) -> Bool { a.rawValue < b.rawValue }

    /// The number alone.
    public var description: String { "\(rawValue)" }
}

/// The position of an entry in the replicated log; the first entry has index 1.
public struct LogIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The position; 0 stands before the first entry.
    public let rawValue: UInt64

    /// Creates an index from its position.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The position before the first entry.
    public static let zero = LogIndex(0)

    /// The following position.
    public var next: LogIndex { LogIndex(rawValue + 1) }

    /// The preceding position; the one before zero is zero.
    public var previous: LogIndex { LogIndex(rawValue == 0 ? 0 : rawValue - 1) }

    /// The index `distance` entries further on.
    public static func + (index: LogIndex, distance: Int) -> LogIndex {
        LogIndex(index.rawValue + UInt64(distance))
    }

    /// How many entries lie between two indexes; negative when `a` comes first.
    public static func - (a: LogIndex, b: LogIndex) -> Int {
        Int(a.rawValue) - Int(b.rawValue)
    }

    /// Orders indexes by position.
    public static func < (a: LogIndex, b: LogIndex) -> Bool { a.rawValue < b.rawValue }

    /// The number alone.
    public var description: String { "\(rawValue)" }
}

/// The Raft group an entry or a message belongs to; one process may serve several.
public struct GroupID: Hashable, Comparable, Sendable {
    /// The number of the group.
    public let rawValue: UInt64

    /// Creates a group id from its number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The only group of a process that serves just one.
    public static let first = GroupID(1)

    /// Orders groups by number.
    public static func < (a: GroupID, b: GroupID) -> Bool { a.rawValue < b.rawValue }
}

/// The random 128-bit name of a cluster, drawn once at bootstrap.
///
/// Members of different clusters refuse each other, whatever addresses they were given.
public struct ClusterID: Hashable, Sendable, CustomStringConvertible {
    /// The upper 64 bits.
    public let high: UInt64
    /// The lower 64 bits.
    public let low: UInt64

    /// Creates an id from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 hexadecimal digits.
    public var description: String { hexadecimal(high) + hexadecimal(low) }
}

/// The stream of commands that one life of one member puts into the log.
///
/// Every command in the log names the stream it came by and its place in it; that is how the
/// member that is waiting for the command's output recognises it.
public struct StreamID: Hashable, Comparable, Sendable {
    /// Top bit set, then 16 bits of member id, then 47 bits of boot number.
    public let rawValue: UInt64

    /// Creates the id of a member's stream.
    /// - Parameters:
    ///   - member: The member that accepts the commands.
    ///   - boot: Which of the member's lives, counted by its storage; less than 2^47.
    public init(member: MemberID, boot: UInt64) {
        precondition(boot < 1 << 47, "boot number \(boot) does not fit 47 bits")
        rawValue = 1 << 63 | UInt64(member.rawValue) << 47 | boot
    }

    /// Reads an id as it stands in a log entry or a message.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The member whose stream this is; nil if the bits are not those of a member's stream.
    public var member: MemberID? { MemberID(rawValue >> 47 & 0xFFFF) }

    /// Which of the member's lives.
    public var boot: UInt64 { rawValue & (1 << 47 - 1) }

    /// Orders streams by their bits.
    public static func < (a: StreamID, b: StreamID) -> Bool { a.rawValue < b.rawValue }
}

/// Sixteen lower-case hexadecimal digits, zero-padded.
package func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
