// SPDX-License-Identifier: Apache-2.0

/// What one core says to another. Every message but a pre-vote carries its sender's term.
///
/// Messages that promise that something is durable are not here: see ``Promise``.
package enum Message: Sendable, Hashable {
    case preVoteRequest(PreVoteRequest)
    case preVoteReply(PreVoteReply)
    case voteRefused(VoteRefused)
    case appendRejected(AppendRejected)
    case heartbeat(Heartbeat)
    case heartbeatReply(HeartbeatReply)
    case commitNotice(CommitNotice)
    case readIndexRequest(ReadIndexRequest)
    case readIndexReply(ReadIndexReply)
}

extension Message {
    /// The term in which it was said; for a granted pre-vote the one it would be granted in.
    package var term: Term {
        switch self {
        case .preVoteRequest(let request): request.prospectiveTerm
        case .preVoteReply(let reply): reply.term
        case .voteRefused(let refusal): refusal.term
        case .appendRejected(let rejection): rejection.term
        case .heartbeat(let heartbeat): heartbeat.term
        case .heartbeatReply(let reply): reply.term
        case .commitNotice(let notice): notice.term
        case .readIndexRequest(let request): request.term
        case .readIndexReply(let reply): reply.term
        }
    }
}

/// A message that may leave only once something is on disk.
///
/// The core emits one as ``Effect/release(_:to:)`` and only from the completion of the job it depends
/// on; no other effect can carry it.
package enum Promise: Sendable, Hashable {
    /// "I am a candidate of this term": the sender's own vote is durable.
    case voteRequest(VoteRequest)
    /// "I vote for you": the vote is durable.
    case voteGranted(VoteGranted)
    /// "My log equals yours up to here": it does so on disk.
    case appendAccepted(AppendAccepted)

    /// The term in which it was made.
    package var term: Term {
        switch self {
        case .voteRequest(let request): request.term
        case .voteGranted(let grant): grant.term
        case .appendAccepted(let acceptance): acceptance.term
        }
    }
}

/// The last entry of a log, which decides whose log is newer (dissertation §3.6.1).
package struct LogEnd: Sendable, Hashable, Comparable {
    package let term: Term
    package let index: LogIndex

    package init(term: Term, index: LogIndex) {
        self.term = term
        self.index = index
    }

    /// The term decides before the length does.
    package static func < (a: LogEnd, b: LogEnd) -> Bool {
        (a.term, a.index) < (b.term, b.index)
    }
}

/// "Would you vote for me in this term?" Changes nothing at the receiver (dissertation §9.6).
package struct PreVoteRequest: Sendable, Hashable {
    /// The term the sender would campaign in; its own is one less.
    package var prospectiveTerm: Term
    package var logEnd: LogEnd
}

/// The answer to a pre-vote request.
package struct PreVoteReply: Sendable, Hashable {
    /// The prospective term if granted; the answerer's own term if not, so that terms propagate.
    package var term: Term
    package var isGranted: Bool
}

/// "Vote for me" (RequestVote, dissertation Figure 3.1).
package struct VoteRequest: Sendable, Hashable {
    package var term: Term
    package var logEnd: LogEnd
}

package struct VoteGranted: Sendable, Hashable {
    package var term: Term
}

package struct VoteRefused: Sendable, Hashable {
    package var term: Term
}

/// The head of an AppendEntries message (dissertation Figure 3.1); entries follow on the wire.
package struct AppendHeader: Sendable, Hashable {
    package var term: Term
    package var previous: LogEnd
    package var commit: LogIndex
    /// Which of the leader's attempts to find where the logs part this belongs to, see ``Progress``.
    package var attempt: UInt64
}

package struct AppendAccepted: Sendable, Hashable {
    package var term: Term
    /// The follower's log equals the leader's up to here, durably.
    package var match: LogIndex
}

/// The entry before the new ones is not the leader's.
package struct AppendRejected: Sendable, Hashable {
    package var term: Term
    /// The index that was asked about, so that an old rejection is recognised.
    package var rejected: LogIndex
    /// The last entry that may be common to both logs, as far as the follower can tell.
    package var hint: LogEnd
    /// The attempt of the message that is rejected.
    package var attempt: UInt64
}

/// "I lead"; small and urgent, on the control connection.
package struct Heartbeat: Sendable, Hashable {
    package var term: Term
    /// How far the leader's log is committed; perhaps the receiver is not there yet.
    package var commit: LogIndex
    /// The newest round of read confirmations; an answer confirms it and all earlier ones.
    package var round: UInt64
}

package struct HeartbeatReply: Sendable, Hashable {
    package var term: Term
    package var round: UInt64
    /// How far the follower's log is known, to itself, to equal this leader's, in memory.
    package var received: LogIndex
    /// How much of that is on disk.
    package var durable: LogIndex
}

/// Tells a follower that is waiting for it of a new commit index, ahead of the next heartbeat.
package struct CommitNotice: Sendable, Hashable {
    package var term: Term
    package var commit: LogIndex
}

/// "From which index on may I answer a read that arrived before this message left?"
package struct ReadIndexRequest: Sendable, Hashable {
    package var term: Term
    /// The sender's name for all reads that wait with it.
    package var id: UInt64

    package init(term: Term, id: UInt64) {
        self.term = term
        self.id = id
    }
}

package struct ReadIndexReply: Sendable, Hashable {
    package var term: Term
    package var id: UInt64
    package var index: LogIndex
}
