// SPDX-License-Identifier: Apache-2.0

/// What the core is told.
package enum Event: Sendable {
    /// A message arrived.
    case received(Message, from: MemberID)
    /// A message arrived whose sender had made something durable first.
    case receivedPromise(Promise, from: MemberID)
    /// Entries arrived, or a probe without any.
    case receivedEntries(AppendHeader, [EntryStub], from: MemberID)
    /// The deadline passed.
    case deadlinePassed
    /// Everything up to this persist request is on disk.
    case persisted(through: UInt64)
    /// Append entries of one's own; only to a leader.
    case append([EntryStub])
    /// A read arrived here. Its id comes back with ``Effect/readable(_:at:)`` or
    /// ``Effect/readRefused(_:)``.
    case read(UInt64)
    /// Entries for a follower were read back from disk.
    case fetched(MemberID, from: LogIndex, through: LogIndex, byteCount: Int)
    /// Entries up to this index are no longer in memory.
    case evicted(through: LogIndex)
    /// Tell a follower of the commit index now.
    case announceCommit(to: MemberID)
    /// A new connection to a member was made; what was sent before may be lost.
    case connected(MemberID)
    /// A member's connection to this one broke: it may be gone.
    case disconnected(MemberID)
}

/// All the core knows of an entry besides its index.
package struct EntryStub: Sendable, Hashable {
    package let term: Term
    package let byteCount: Int

    package init(term: Term, byteCount: Int) {
        self.term = term
        self.byteCount = byteCount
    }
}

/// What the core wants done, in this order.
package enum Effect: Sendable, Hashable {
    /// Send a message at once.
    case send(Message, to: MemberID)
    /// Send a promise; what it promises is durable.
    case release(Promise, to: MemberID)
    /// Send the entries after `header.previous` up to `through`; they are in memory or just fetched.
    case sendEntries(AppendHeader, through: LogIndex, to: MemberID)
    /// Read entries from disk for a follower, starting here; answer with ``Event/fetched(_:from:through:byteCount:)``.
    case fetch(from: LogIndex, for: MemberID)
    /// Make something durable; answer with ``Event/persisted(through:)``.
    case persist(PersistRequest)
    /// The entry that starts the leader's term has this index: build it, it is part of the next persist.
    case startTerm(Term, at: LogIndex)
    /// Everything up to this index is committed.
    case commit(LogIndex)
    /// A read that arrived here may be answered once this index is applied.
    case readable(UInt64, at: LogIndex)
    /// A read that arrived here is not taken: this member does not lead, or too many wait already.
    case readRefused(UInt64)
    /// Reads that arrived here were not confirmed: this member leads no more.
    case readsLost
    /// Role, term or leader changed.
    case roleChanged(RoleState)
}

/// Term and vote, and what of the log is new, to be made durable as one.
package struct PersistRequest: Sendable, Hashable {
    /// Counts requests.
    package let token: UInt64
    package let hardState: HardState
    /// Entries from here on are void.
    package let truncateFrom: LogIndex?
    /// Entries to append.
    package let appended: Range<LogIndex>
}

/// What a member is at the moment.
public enum Role: UInt8, Sendable, Hashable, CustomStringConvertible {
    /// Follows a leader, or waits for one.
    case follower
    /// Asks whether an election would succeed, without disturbing anybody (dissertation §9.6).
    case preCandidate
    /// Asks for votes.
    case candidate
    /// Leads.
    case leader

    /// The name users see; a pre-candidate is a candidate to them.
    public var description: String {
        switch self {
        case .follower: "follower"
        case .preCandidate, .candidate: "candidate"
        case .leader: "leader"
        }
    }
}

/// Role, term and leader together, as they change.
public struct RoleState: Sendable, Hashable {
    /// The role.
    public var role: Role
    /// The term.
    public var term: Term
    /// The leader of the term, if known.
    public var leader: MemberID?

    /// Creates a state.
    public init(role: Role, term: Term, leader: MemberID?) {
        self.role = role
        self.term = term
        self.leader = leader
    }
}

/// Collects effects; reused from step to step.
package struct Effects: Sendable {
    package var list: [Effect] = []

    package init() {}

    mutating func add(_ effect: Effect) { list.append(effect) }

    /// Takes everything collected so far.
    package mutating func drain() -> [Effect] {
        var taken: [Effect] = []
        swap(&taken, &list)
        return taken
    }
}
