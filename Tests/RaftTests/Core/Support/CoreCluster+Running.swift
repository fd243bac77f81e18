// SPDX-License-Identifier: Apache-2.0

import Raft

// A cluster left to itself.
extension CoreCluster {
    /// Delivers messages in the order they were sent, and lets disks write, until nothing is left to do.
    /// - Parameter stuckDisks: Their disks do nothing meanwhile.
    mutating func runUntilQuiet(stuckDisks: [MemberID] = []) {
        // A bound: cores that answer each other for ever are a defect, not a reason to hang.
        var steps = 0
        while steps < 100_000 {
            steps += 1
            if let id = members.first(where: { hasWork($0) && !stuckDisks.contains($0.id) })?.id {
                completeWrites(of: id)
            } else if let id = members.first(where: { $0.core != nil && !$0.fetches.isEmpty })?.id {
                completeFetch(of: id)
            } else if !pool.isEmpty {
                deliver(pool.removeFirst())
            } else {
                return
            }
        }
        checker.fail("the cluster does not come to rest")
    }

    private func hasWork(_ member: Member) -> Bool {
        member.core != nil
            && (!member.disk.pending.isEmpty
                || member.disk.writtenToken > member.disk.reportedToken)
    }

    /// Lets the member whose deadline comes first notice it.
    /// - Returns: False if that is not before `end`.
    mutating func fireEarliestTimer(before end: MonotonicTime) -> Bool {
        var earliest: (deadline: MonotonicTime, id: MemberID)?
        for member in members {
            guard let deadline = member.core?.deadline else { continue }
            if deadline < earliest?.deadline ?? end { earliest = (deadline, member.id) }
        }
        guard let earliest else { return false }
        now = max(now, earliest.deadline)
        step(earliest.id, .deadlinePassed)
        return true
    }
}
