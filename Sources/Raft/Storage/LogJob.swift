// SPDX-License-Identifier: Apache-2.0

/// What a member must never forget besides its log (dissertation Figure 3.1).
public struct HardState: Hashable, Sendable {
    /// The latest term the member has seen.
    public var term: Term
    /// Whom it voted for in that term.
    public var vote: MemberID?

    /// Creates a state; a new member has seen nothing.
    public init(term: Term = .zero, vote: MemberID? = nil) {
        self.term = term
        self.vote = vote
    }
}

/// Something to make durable: term and vote, and what changes in the log, as one unit.
///
/// Jobs are done in the order they were made, log and vote alike: an entry of a term is never durable
/// before the term is.
public struct LogJob: Sendable {
    /// Counts jobs; completions name it.
    public let sequence: UInt64
    /// Term and vote as they are after this job.
    public let hardState: HardState
    /// Entries from this index on are void before ``entries`` are appended.
    public let truncateFrom: LogIndex?
    /// Entries to append, contiguous.
    public let entries: [LogEntry]
    /// How far the log was known to be committed when the job was made: lets a restart begin to apply
    /// before it has heard from anybody.
    public let commit: LogIndex

    /// Creates a job.
    public init(
        sequence: UInt64, hardState: HardState, truncateFrom: LogIndex? = nil,
        entries: [LogEntry] = [], commit: LogIndex
    ) {
        self.sequence = sequence
        self.hardState = hardState
        self.truncateFrom = truncateFrom
        self.entries = entries
        self.commit = commit
    }
}

/// Jobs that have become durable.
public struct LogJobsDone: Sendable {
    /// The last of them; all earlier ones are durable too.
    public let through: UInt64
    /// Where some of the entries now are, for ``LogMap``.
    public let placements: [LogPlacement]

    /// Creates a completion.
    public init(through: UInt64, placements: [LogPlacement]) {
        self.through = through
        self.placements = placements
    }
}

/// A request to read entries back that are no longer in memory.
public struct LogReadJob: Sendable {
    /// The first entry wanted.
    public let from: LogIndex
    /// The last entry wanted.
    public let through: LogIndex
    /// Where reading starts, at or before ``from``.
    public let position: LogPosition
    /// Stop after this many bytes of entries; at least one entry is read.
    public let maximumBytes: Int

    /// Creates a request.
    public init(from: LogIndex, through: LogIndex, position: LogPosition, maximumBytes: Int) {
        self.from = from
        self.through = through
        self.position = position
        self.maximumBytes = maximumBytes
    }
}

/// A place in the log's files.
public struct LogPosition: Hashable, Comparable, Sendable {
    /// The number of the segment.
    public let segment: UInt64
    /// A group of records starts here, in bytes from the start of the segment.
    public let offset: Int

    /// Creates a position.
    public init(segment: UInt64, offset: Int) {
        self.segment = segment
        self.offset = offset
    }

    /// Orders positions as they were written.
    public static func < (a: LogPosition, b: LogPosition) -> Bool {
        (a.segment, a.offset) < (b.segment, b.offset)
    }
}

/// Where a group of records that starts with an entry stands.
public struct LogPlacement: Hashable, Sendable {
    /// The first entry of the group.
    public let index: LogIndex
    /// Where the group starts.
    public let position: LogPosition
    /// Whether entries from ``index`` on that were placed earlier are void.
    public let truncates: Bool

    /// Creates a placement.
    public init(index: LogIndex, position: LogPosition, truncates: Bool) {
        self.index = index
        self.position = position
        self.truncates = truncates
    }
}
