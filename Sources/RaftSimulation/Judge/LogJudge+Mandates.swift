// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What elections and commits rest on. A mistake here does harm only when more bad luck follows; it is
// noticed when it is made.
extension LogJudge {
    /// A member's term and vote after a turn: nobody votes for a log that is older than its own
    /// (dissertation §3.6.1). To be called before ``sees(_:_:_:of:leads:)``.
    mutating func checkVote(
        _ hardState: HardState, _ log: TermIndex, following leader: MemberID?, of member: Int
    ) {
        guard hardState != ghosts[member].memory.hardState, let candidate = hardState.vote,
            let position = members.firstIndex(of: candidate), position != member,
            let asked = requests[LogEnd(term: hardState.term, index: LogIndex(UInt64(position)))]
        else { return }
        // What the leader of the term sent in the same turn came after the vote.
        guard log.lastTerm < hardState.term, leader == nil || leader == candidate else { return }
        let isNewer =
            log.lastTerm.rawValue > asked.term.rawValue
            || log.lastTerm == asked.term && log.lastIndex.rawValue > asked.index.rawValue
        if isNewer {
            fail(
                "a vote is given to a log that is as new as the voter's",
                found: "\(members[member]), whose log ends with entry \(log.lastIndex) of term "
                    + "\(log.lastTerm), votes for \(candidate) in term \(hardState.term)",
                expected: "a candidate with more than entry \(asked.index) of term \(asked.term)")
        }
    }

    /// A member leads now: by the votes of a majority, each on its voter's disk.
    mutating func checkMandate(of member: Int, in term: Term) {
        let own = HardState(term: term, vote: members[member])
        let count = members.indices.count { voter in
            voter == member
                ? ghosts[voter].durable.hardState == own
                : votes[LogEnd(term: term, index: LogIndex(UInt64(voter)))] == members[member]
        }
        if count < quorum {
            fail(
                "a leader has the votes of a majority in its term",
                found: "\(members[member]) leads term \(term) by \(count) votes",
                expected: "\(quorum) votes")
        }
    }

    /// What a leader counts on of a follower's log is on the follower's disk, unless the follower has gone
    /// on to a later term.
    mutating func checkMatch(
        _ match: LogIndex, of follower: MemberID, leader: Int, in term: Term
    ) {
        guard match > .zero, let position = members.firstIndex(of: follower) else { return }
        let durable = ghosts[position].durable
        guard durable.hardState.term <= term, !ghosts[position].isLost,
            ghosts[position].wiped.log.count == 1
        else { return }
        let mark = ghosts[leader].memory.mark(at: match)
        if mark == nil || durable.mark(at: match) != mark {
            fail(
                "what a leader counts on is on its followers' disks",
                found: "\(members[leader]), leader of term \(term), takes \(follower)'s log for "
                    + "equal up to \(match)",
                expected: "less: the log on its disk has \(durable.lastIndex) entries, or others")
        }
    }
}
