// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What a member says of itself after a turn.
extension LogJudge {
    /// A member leads now.
    mutating func elected(_ member: Int, in term: Term) {
        if let other = leaders[term], other != members[member] {
            fail(
                "a term has at most one leader", found: "\(members[member]) in term \(term)",
                expected: "\(other)")
        }
        leaders[term] = members[member]
        // Leader completeness: all that was committed in earlier terms. A leader that learns of its votes
        // late may lack what a later one has committed meanwhile, of however early a term.
        var index = committed.count - 1
        while index > 0, committed[index].committedIn >= term { index -= 1 }
        let mark = ghosts[member].memory.mark(at: LogIndex(UInt64(index)))
        if mark?.chain != committed[index].mark.chain {
            fail(
                "a leader has all that was committed in earlier terms",
                found: "\(members[member]), leader of term \(term), lacks entry \(index)",
                expected: "the entry of term \(committed[index].mark.term)")
        }
    }

    /// A member's commit index is this.
    /// - Returns: Entries that nobody had committed before.
    mutating func commits(
        _ member: Int, through index: LogIndex, leading terms: [Term]
    ) -> [LogEntry] {
        let commit = ghosts[member].commit
        guard index != commit else { return [] }
        if index < commit || index > ghosts[member].memory.lastIndex {
            fail(
                "a commit index never falls and stays within the log",
                found: "\(index) on \(members[member])",
                expected: "\(commit) … \(ghosts[member].memory.lastIndex)")
            return []
        }
        ghosts[member].commit = index
        var known = commit.next
        while known <= min(index, lastCommitted) {
            if ghosts[member].memory.mark(at: known)?.chain
                != committed[Int(known.rawValue)].mark.chain
            {
                fail(
                    "what is committed is committed for ever",
                    found: "\(members[member]) commits another entry \(known), of term "
                        + "\(ghosts[member].memory.mark(at: known)?.term ?? .zero)",
                    expected: "the one of term \(committed[Int(known.rawValue)].mark.term)")
                return []
            }
            known = known.next
        }
        guard index > lastCommitted else { return [] }
        checkCommitRule(member, index, terms)
        return takeNewlyCommitted(member, through: index)
    }

    private mutating func checkCommitRule(_ member: Int, _ index: LogIndex, _ terms: [Term]) {
        guard let term = terms.last else {
            fail(
                "only a leader commits what nobody has committed before",
                found: "\(members[member]) commits \(index)", expected: "at most \(lastCommitted)")
            return
        }
        let mark = ghosts[member].memory.mark(at: index)
        // Who said that it had the entry may have lost it since.
        let copies = ghosts.count {
            $0.durable.mark(at: index)?.chain == mark?.chain
                || $0.wiped.mark(at: index)?.chain == mark?.chain
        }
        if mark.map({ !terms.contains($0.term) }) ?? true || copies < quorum {
            fail(
                "a leader commits entries of its own term that a majority has on disk",
                found: "entry \(index) of term \(mark?.term ?? .zero), on \(copies) disks",
                expected: "term \(term), \(quorum) disks")
        }
    }

    private mutating func takeNewlyCommitted(
        _ member: Int, through index: LogIndex
    ) -> [LogEntry] {
        // By the commit rule, which has been checked.
        let term = ghosts[member].memory.mark(at: index)?.term ?? .zero
        var entries: [LogEntry] = []
        while let entry = ghosts[member].open.first, entry.index <= index {
            ghosts[member].open.removeFirst(1)
            guard entry.index > lastCommitted,
                let mark = ghosts[member].memory.mark(at: entry.index)
            else { continue }
            committed.append(
                Committed(
                    mark: mark, committedIn: term, checksum: entry.checksum, stateHash: nil))
            entries.append(entry)
        }
        for other in ghosts.indices {
            while let entry = ghosts[other].open.first, entry.index <= lastCommitted {
                ghosts[other].open.removeFirst(1)
            }
        }
        return entries
    }

    /// A member has written its commit index beside its log: the log up to there must be the committed one.
    /// - Parameter jobs: How many of the newest jobs to look at.
    mutating func checkCommitsWritten(by member: Int, jobs: Int) {
        let count = ghosts[member].jobs.count
        for position in max(0, count - jobs)..<count {
            let job = ghosts[member].jobs[position]
            guard job.commit > .zero else { continue }
            guard job.commit <= lastCommitted,
                job.chainAtCommit == committed[Int(job.commit.rawValue)].mark.chain
            else {
                fail(
                    "a commit index on disk never speaks for uncommitted entries",
                    found: "\(members[member]) writes commit \(job.commit) beside another log",
                    expected: "the entries committed up to \(lastCommitted)")
                return
            }
        }
    }

    /// Applied, committed and durable ends of a log stand in this order.
    mutating func checkOrder(
        of member: Int, applied: LogIndex, commit: LogIndex, durable: LogIndex, last: LogIndex
    ) {
        guard applied > commit || commit > last || durable > last else { return }
        fail(
            "what is applied is committed, and what is committed or durable is in the log",
            found: "\(members[member]): applied \(applied), commit \(commit), durable \(durable), "
                + "log \(last)", expected: "applied ≤ commit ≤ log, durable ≤ log")
    }

    /// What the machine that never fails is after a committed entry.
    mutating func gives(_ stateHash: UInt64, at index: LogIndex) {
        committed[Int(index.rawValue)].stateHash = stateHash
    }

    /// A member has applied an entry.
    mutating func applied(_ entry: LogEntry, stateHash: UInt64, by member: Int) {
        let (applied, commit) = (ghosts[member].applied, ghosts[member].commit)
        guard entry.index == applied.next, entry.index <= commit else {
            fail(
                "entries are applied one after the other, when committed",
                found: "entry \(entry.index) on \(members[member])",
                expected: "\(applied.next), at most \(commit)")
            return
        }
        ghosts[member].applied = entry.index
        let position = Int(entry.index.rawValue)
        if committed[position].checksum != entry.checksum {
            fail(
                "what is applied is what was committed",
                found: "checksum \(entry.checksum) of entry \(entry.index) on \(members[member])",
                expected: "\(committed[position].checksum)")
        }
        if let known = committed[position].stateHash, known != stateHash {
            fail(
                "the same entries give the state of a machine that never fails",
                found: "state \(hexadecimal(stateHash)) after \(entry.index) on \(members[member])",
                expected: hexadecimal(known))
        }
    }
}
