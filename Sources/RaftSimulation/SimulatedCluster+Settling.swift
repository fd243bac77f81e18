// SPDX-License-Identifier: Apache-2.0

public import Raft

// After the faults: a healed cluster must come to rest, and serve.
extension SimulatedCluster where Machine: ~Copyable {
    /// Heals everything and demands liveness: a leader, every call ended, all members equal, then
    /// service on every member, then peace.
    /// - Parameter time: How long each of these may take.
    public func settle(within time: Interval) {
        world.isSettling = true
        world.heal()
        demand("a healed cluster elects a leader, ends every call, and converges", time) {
            self.world.calls.openCount == 0 && self.isConverged
        }
        demandService(within: time)
        demandPeace()
    }

    private func demand(_ property: String, _ time: Interval, _ condition: () -> Bool) {
        guard failure == nil, !run(within: time, until: condition), failure == nil else { return }
        world.fail(
            property, found: "after \(time.nanoseconds / 1_000_000) ms: \(states)",
            expected: "one leader that all follow, no open call, the same index and state")
    }

    /// Whether one member leads, all others follow it, and all have applied the same to its end.
    public var isConverged: Bool {
        guard let leader = world.leader, let core = leader.replica?.core else { return false }
        let hash = machines.stateHash(leader.position)
        return world.members.allSatisfy { member in
            guard let other = member.replica?.core else { return false }
            return other.term == core.term && other.leader == leader.id
                && machines.applied(member.position).index == core.log.lastIndex
                && machines.stateHash(member.position) == hash
        }
    }

    /// A read on every member is answered.
    private func demandService(within time: Interval) {
        guard failure == nil else { return }
        let reads = members.map { read(.linearizable, on: $0) { _ in "" } }
        demand("a healed cluster serves on every member", time) {
            self.world.calls.openCount == 0 && self.isConverged
        }
        for (member, read) in zip(members, reads) where failure == nil {
            if case .answered = outcome(of: read) { continue }
            world.fail(
                "a healed cluster serves on every member",
                found: "a read on \(member) is \(outcome(of: read)): \(states)",
                expected: "an answer")
        }
    }

    /// Without faults nobody campaigns.
    private func demandPeace() {
        guard failure == nil, let term = world.leader?.replica?.core.term else { return }
        run(for: world.profile.options.core.electionTimeoutMaximum * 4)
        guard failure == nil, world.leader?.replica?.core.term != term || !isFollowed else {
            return
        }
        world.fail(
            "without faults a leader stays", found: "term \(term) is over: \(states)",
            expected: "term \(term)")
    }

    private var isFollowed: Bool {
        guard let leader = world.leader else { return false }
        return world.members.allSatisfy { $0.replica?.core.leader == leader.id }
    }

    /// All members at a glance.
    public var states: String {
        let members = world.members.map { member -> String in
            guard let core = member.replica?.core else { return "\(member.id) \(member.phase)" }
            return "\(member.id) \(core.role) term \(core.term) leader "
                + "\(core.leader.map { "\($0)" } ?? "-") log \(core.log.lastIndex) durable "
                + "\(core.durability.durableIndex) commit \(core.commitIndex) applied "
                + "\(machines.applied(member.position).index)"
        }
        return members.joined(separator: "; ") + "; \(world.calls.openCount) calls open"
    }
}
