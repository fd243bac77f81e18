// SPDX-License-Identifier: Apache-2.0

// What a follower does with a leader's messages (AppendEntries, dissertation Figure 3.1).
extension RaftCore {
    /// Whether a leader's message is of this term; afterwards the sender is the leader followed.
    ///
    /// A leader of an older term is answered, so that it learns of this one and steps down.
    private mutating func follows(
        _ sender: MemberID, of leaderTerm: Term, at now: MonotonicTime,
        into effects: inout Effects
    ) -> Bool {
        guard leaderTerm >= term else { return false }
        observe(leaderTerm, leader: sender, at: now, into: &effects)
        precondition(role != .leader, "two leaders in term \(term): \(id) and \(sender)")
        if role != .follower || leader == nil {
            becomeFollower(of: sender, at: now, into: &effects)
        }
        precondition(
            leader == sender, "two leaders in term \(term): \(leader.debugDescription), \(sender)")
        leaderContact = now
        restartElectionTimer(now)
        return true
    }

    mutating func receive(
        _ heartbeat: Heartbeat, from sender: MemberID, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        let isCurrent = follows(sender, of: heartbeat.term, at: now, into: &effects)
        if isCurrent { follow(commit: heartbeat.commit, into: &effects) }
        let reply = HeartbeatReply(
            term: term, round: isCurrent ? heartbeat.round : 0, received: matched,
            durable: min(matched, durability.durableIndex))
        say(.heartbeatReply(reply), to: sender, into: &effects)
    }

    mutating func receive(
        _ header: AppendHeader, _ entries: [EntryStub], from sender: MemberID,
        at now: MonotonicTime, into effects: inout Effects
    ) {
        guard follows(sender, of: header.term, at: now, into: &effects),
            log.term(at: header.previous.index) == header.previous.term
        else {
            reject(header, from: sender, into: &effects)
            return
        }
        let end = header.previous.index + entries.count
        store(entries, after: header.previous.index, into: &effects)
        matched = max(matched, end)
        follow(commit: header.commit, into: &effects)
        promise(
            .appendAccepted(AppendAccepted(term: term, match: end)), coveringLogTo: end,
            to: sender, into: &effects)
    }

    /// Takes note of the leader's commit index; it counts as far as the log is known to be the leader's.
    mutating func follow(commit index: LogIndex, into effects: inout Effects) {
        leaderCommit = max(leaderCommit, index)
        commit(through: min(leaderCommit, matched), into: &effects)
    }

    private mutating func reject(
        _ header: AppendHeader, from sender: MemberID, into effects: inout Effects
    ) {
        let common = log.lastIndex(
            upTo: header.previous.index, withTermAtMost: header.previous.term)
        let hint = LogEnd(term: log.term(at: common) ?? .zero, index: common)
        say(
            .appendRejected(
                AppendRejected(
                    term: term, rejected: header.previous.index, hint: hint,
                    attempt: header.attempt)),
            to: sender, into: &effects)
    }

    /// Appends what is missing; what is there already and equal is left alone, however old the message.
    private mutating func store(
        _ entries: [EntryStub], after previous: LogIndex, into effects: inout Effects
    ) {
        var present = 0
        while present < entries.count,
            log.term(at: previous + (present + 1)) == entries[present].term
        { present += 1 }
        guard present < entries.count else { return }
        let first = previous + (present + 1)
        var truncation: LogIndex?
        if first <= log.lastIndex {
            precondition(
                first > commitIndex,
                "entry \(first) is committed up to \(commitIndex) and conflicts with the leader's")
            log.truncate(from: first)
            sizes.truncate(from: first)
            durability.truncate(from: first)
            truncation = first
        }
        for entry in entries[present...] {
            log.append(entry.term)
            sizes.append(entry.byteCount)
        }
        persist(truncateFrom: truncation, appended: first..<log.lastIndex.next, into: &effects)
    }
}
