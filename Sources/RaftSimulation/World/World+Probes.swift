// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Reads where something may have been missed: by a leader that is none any more, by one that follows it,
// by a member that has just come up.
//
// Clients soon go where their calls are answered, and so seldom ask these; but it is there that a rule
// about reads that fails gives an old answer away. Nobody waits for the answers. Only judges hear them.
extension World {
    /// A member leads a new term: for a while others may not have heard of it.
    func probeOthers(than newest: SimulatedMember) {
        guard profile.probes else { return }
        for member in members where member !== newest && member.isServing {
            planProbes(3, of: member, within: .milliseconds(500))
        }
    }

    /// A member has come up, and remembers nothing of what it asked in its last life.
    func probe(newLife member: SimulatedMember) {
        guard profile.probes else { return }
        planProbes(nemesis.next(below: 8), of: member, within: .milliseconds(1500))
    }

    private func planProbes(_ count: UInt64, of member: SimulatedMember, within time: Interval) {
        guard areClientsAtWork else { return }
        for _ in 0..<count {
            let delay = Interval(nanoseconds: nemesis.next(below: time.nanoseconds))
            heap.push(.probe(member: member.position, life: member.life), at: now + delay)
        }
    }

    func probe(_ member: SimulatedMember) {
        guard !isSettling, member.isServing, let term = member.replica?.core.term else { return }
        if let newest = leader?.replica?.core.term, term < newest { mark(.probedOutOfDate) }
        events += 1
        _ = read(.linearizable, on: member, for: .probe)
    }
}
