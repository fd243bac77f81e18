// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What stands in a member's log, in memory and on disk.
extension LogJudge {
    /// Where a member stands after a turn.
    /// - Parameter leads: Whether it leads, and has led in the same term before the turn.
    /// - Returns: Whether it truncated its log.
    mutating func sees(_ glance: Replica.Glance, of member: Int, leads: Bool) -> Bool {
        checkVote(glance.hardState, glance.log, following: glance.leader, of: member)
        let truncates = sees(
            glance.hardState, glance.log, glance.window, of: member, leads: leads)
        checkOrder(
            of: member, applied: glance.applied, commit: glance.commitIndex,
            durable: glance.durableIndex, last: glance.log.lastIndex)
        return truncates
    }

    /// A member's log in memory after a turn.
    /// - Parameter leads: Whether it leads, and has led in the same term before the turn.
    /// - Returns: Whether it truncated.
    mutating func sees(
        _ hardState: HardState, _ log: TermIndex, _ window: LogWindow, of member: Int, leads: Bool
    ) -> Bool {
        if log.lastTerm > hardState.term {
            fail(
                "no entry is of a term that is still to come",
                found: "\(members[member]) in term \(hardState.term) has an entry of term "
                    + "\(log.lastTerm)", expected: "at most \(hardState.term)")
        }
        let old = ghosts[member].memory.hardState
        if !follows(hardState, old) {
            fail(
                "term and vote never go back", found: "\(hardState) on \(members[member])",
                expected: "what follows \(old)")
        }
        ghosts[member].memory.hardState = hardState
        var common = min(ghosts[member].memory.lastIndex, log.lastIndex)
        while log.term(at: common) != ghosts[member].memory.mark(at: common)?.term {
            common = common.previous
        }
        let truncates = common < ghosts[member].memory.lastIndex
        ghosts[member].replaced =
            truncates ? ghosts[member].memory.log[Int(common.next.rawValue)...] : []
        if truncates, leads {
            fail(
                "a leader only appends to its log",
                found: "\(members[member]), leader of term \(hardState.term), truncates from "
                    + "\(common.next)", expected: "its log up to \(ghosts[member].memory.lastIndex)"
            )
        }
        if truncates { truncate(from: common.next, member) }
        guard common < log.lastIndex else { return truncates }
        for entry in window.entries(common.next..<log.lastIndex.next) {
            append(entry, member)
        }
        return truncates
    }

    private func follows(_ new: HardState, _ old: HardState) -> Bool {
        new.term > old.term || new.term == old.term && (old.vote == nil || old.vote == new.vote)
    }

    private mutating func truncate(from index: LogIndex, _ member: Int) {
        if index <= lastCommitted,
            let mark = ghosts[member].memory.mark(at: index),
            mark.chain == committed[Int(index.rawValue)].mark.chain
        {
            fail(
                "what is committed is never truncated",
                found: "\(members[member]) truncates from \(index)",
                expected: "nothing up to \(lastCommitted)")
        }
        ghosts[member].memory.truncate(from: index)
        while let last = ghosts[member].open.last, last.index >= index {
            ghosts[member].open.removeLast(1)
        }
    }

    private mutating func append(_ entry: LogEntry, _ member: Int) {
        let last = ghosts[member].memory.log.count - 1
        let previous = ghosts[member].memory.log[last]
        if entry.term < previous.term {
            fail(
                "terms never fall along a log",
                found: "entry \(entry.index) of term \(entry.term) on \(members[member])",
                expected: "at least \(previous.term)")
        }
        if entry.time < previous.time {
            fail(
                "cluster time never goes back along a log",
                found: "entry \(entry.index) of \(entry.time) on \(members[member])",
                expected: "at least \(previous.time)")
        }
        let mark = Mark(after: previous, entry)
        ghosts[member].memory.log.append(mark)
        if entry.index > lastCommitted { ghosts[member].open.append(entry) }
        checkMatching(mark, at: entry.index, member)
    }

    /// Log matching: an index and a term name one log up to there.
    private mutating func checkMatching(_ mark: Mark, at index: LogIndex, _ member: Int) {
        let position = Int(index.rawValue)
        if position == firstSeen.count { firstSeen.append(mark) }
        guard position < firstSeen.count else { return }
        var known: UInt64? = firstSeen[position].chain
        if firstSeen[position].term != mark.term {
            let key = LogEnd(term: mark.term, index: index)
            known = otherSeen[key]
            otherSeen[key] = mark.chain
        }
        if let known, known != mark.chain {
            fail(
                "two logs with an entry of the same index and term are equal up to it",
                found: "entry \(index) of term \(mark.term) on \(members[member]): "
                    + hexadecimal(mark.chain), expected: hexadecimal(known))
        }
    }

    /// A member hands a job to its log lane.
    mutating func submitted(_ job: LogJob, by member: Int) {
        if let first = job.entries.first {
            let expected = job.truncateFrom ?? ghosts[member].written.lastIndex.next
            if first.index != expected {
                fail(
                    "a log on disk has no gaps",
                    found: "entry \(first.index) written by \(members[member])",
                    expected: "entry \(expected)")
            }
        }
        if let from = job.truncateFrom { ghosts[member].written.truncate(from: from) }
        let start = ghosts[member].written.log.count
        for entry in job.entries {
            let last = ghosts[member].written.log.count - 1
            ghosts[member].written.log.append(
                Mark(after: ghosts[member].written.log[last], entry))
        }
        ghosts[member].written.hardState = job.hardState
        ghosts[member].jobs.append(
            Job(
                sequence: job.sequence, hardState: job.hardState, truncateFrom: job.truncateFrom,
                appended: Array(ghosts[member].written.log[start...]), commit: job.commit,
                chainAtCommit: ghosts[member].written.mark(at: job.commit)?.chain ?? 0))
    }

    /// A member's lane has made jobs durable.
    mutating func synced(through sequence: UInt64, by member: Int) {
        var truncates = false
        while let job = ghosts[member].jobs.first, job.sequence <= sequence {
            truncates = truncates || job.truncateFrom != nil
            ghosts[member].durable.perform(job)
            ghosts[member].jobs.removeFirst(1)
        }
        if truncates { checkQuorumDurability() }
    }

    /// Quorum durability: no majority can form of disks that lack what is committed.
    private mutating func checkQuorumDurability() {
        let chain = committed[committed.count - 1].mark.chain
        let without = ghosts.indices.filter {
            !ghosts[$0].isLost && ghosts[$0].durable.mark(at: lastCommitted)?.chain != chain
        }
        if without.count >= quorum {
            fail(
                "every majority of disks holds what is committed",
                found: "\(without.map { members[$0] }) lack entry \(lastCommitted)",
                expected: "fewer than \(quorum) that do")
        }
    }

    /// A member's data is gone or refused; it will not vote again.
    mutating func lost(_ member: Int) { ghosts[member].isLost = true }

    /// A member has lost its disk.
    mutating func wiped(_ member: Int) {
        let lost = ghosts[member].durable
        ghosts[member] = Ghost(wiped: lost, isLost: true)
    }

    /// A member has restarted and says what its disk gave back.
    /// - Parameter entries: The whole log, read back.
    /// - Returns: How many of the jobs that no sync had covered are there, and how many there were.
    mutating func recovered(
        _ recovered: RecoveredLog, entries: [LogEntry], by member: Int
    ) -> (kept: Int, of: Int) {
        let chain = entries.reduce(Mark.start) { Mark(after: $0, $1) }.chain
        let jobs = ghosts[member].jobs
        var image = ghosts[member].durable
        var match: (image: Image, kept: Int)?
        for kept in 0...jobs.count {
            if kept > 0 { image.perform(jobs[kept - 1]) }
            if image.lastIndex == recovered.lastIndex,
                image.log[image.log.count - 1].chain == chain,
                image.hardState == recovered.hardState, entries.count == image.log.count - 1
            {
                match = (image, kept)
            }
        }
        guard let match else {
            let durable = ghosts[member].durable
            fail(
                "a restart finds all that was durable, and then a part of what was written",
                found: "\(members[member]) recovers \(entries.count) of \(recovered.lastIndex) "
                    + "entries, \(recovered.hardState), chain \(hexadecimal(chain))",
                expected: "durable \(durable.lastIndex), \(durable.hardState), chain "
                    + "\(hexadecimal(durable.log[durable.log.count - 1].chain)), and up to "
                    + "\(jobs.count) jobs more")
            return (0, jobs.count)
        }
        ghosts[member] = Ghost(memory: match.image, written: match.image, durable: match.image)
        for entry in entries where entry.index > lastCommitted {
            ghosts[member].open.append(entry)
        }
        checkQuorumDurability()
        return (match.kept, jobs.count)
    }
}
