// SPDX-License-Identifier: Apache-2.0

public import Raft

// After the faults: what is healed must come to rest and serve, whatever becomes of the rest.
extension SimulatedCluster where Machine: ~Copyable {
    /// Heals a random core of the members that holds a majority, leaves the others broken, and demands
    /// liveness of the core: a leader, an end of every call, equal states, service on each of them, then
    /// peace. Then heals the others too and demands the same of all, and that they stay stable.
    ///
    /// Members whose data is lost are none of them. If they are so many that no majority is left, nothing
    /// is demanded but that safety holds on.
    /// - Parameter time: How long each of these may take.
    public func settle(within time: Interval) {
        guard failure == nil else { return }
        world.isSettling = true
        world.bringLossesToLight()
        _ = run(within: .seconds(5)) { !world.isLossHidden }
        let usable = usableMembers
        guard usable.count > world.members.count / 2 else {
            world.heal(usable)
            return run(for: .seconds(5))
        }
        let core = drawCore(of: usable)
        world.heal(core)
        demand(of: core, within: time)
        if core.count < usable.count, failure == nil {
            world.heal(usable)
            demand(of: usable, within: time)
        }
        demandStability(of: usable)
        demandRise(of: usable)
    }

    private var usableMembers: [SimulatedMember] {
        let lost = world.lost
        return world.members.filter { member in !lost.contains { $0 === member } }
    }

    /// A random majority of all members, out of those that are usable; all of these as long as the cluster
    /// is not founded, for which it takes all.
    private func drawCore(of usable: [SimulatedMember]) -> [SimulatedMember] {
        guard usable.allSatisfy(\.hasJoined) else { return usable }
        var random = SplitMix64(seed: seed).split("core")
        var core = usable
        let quorum = world.members.count / 2 + 1
        var surplus = Int(random.next(below: UInt64(usable.count - quorum + 1)))
        while surplus > 0 {
            core.remove(at: Int(random.next(below: UInt64(core.count))))
            surplus -= 1
        }
        return core
    }

    private func demand(of core: [SimulatedMember], within time: Interval) {
        demand("a healed majority elects a leader, ends every call, and converges", of: core, time)
        demandService(of: core, within: time)
        demandPeace(of: core)
    }

    func demand(_ property: String, of core: [SimulatedMember], _ time: Interval) {
        let isAtRest = { self.hasEndedCalls(of: core) && self.isConverged(core) }
        guard failure == nil, !run(within: time, until: isAtRest), failure == nil else { return }
        world.fail(
            property, found: "after \(time.nanoseconds / 1_000_000) ms: \(states)",
            expected:
                "one leader that \(core.map(\.id)) follow, no open call, equal index and state")
    }

    private func hasEndedCalls(of core: [SimulatedMember]) -> Bool {
        world.openUserCalls == 0
            && core.allSatisfy { world.calls.openCounts[$0.position] == 0 }
    }

    /// Whether one member leads, all others follow it, and all have applied the same to its end; those
    /// apart whose data is lost.
    public var isConverged: Bool { isConverged(usableMembers) }

    private func isConverged(_ core: [SimulatedMember]) -> Bool {
        // It may be one whose damage has not come to light.
        guard let leader = world.leader, let log = leader.replica?.core.log else { return false }
        let hash = machines.stateHash(leader.position)
        return isFollowed(leader, by: core)
            && core.allSatisfy { member in
                machines.applied(member.position).index == log.lastIndex
                    && machines.stateHash(member.position) == hash
            }
    }

    private func isFollowed(_ leader: SimulatedMember, by core: [SimulatedMember]) -> Bool {
        guard let term = leader.replica?.core.term else { return false }
        return core.allSatisfy {
            $0.replica?.core.term == term && $0.replica?.core.leader == leader.id
        }
    }

    /// A read on every member is answered.
    private func demandService(of core: [SimulatedMember], within time: Interval) {
        guard failure == nil else { return }
        let property = "a healed majority serves on each of its members"
        let reads = core.map { read(.linearizable, on: $0.id) { _ in "" } }
        demand(property, of: core, time)
        for (member, read) in zip(core, reads) where failure == nil {
            if case .answered = outcome(of: read) { continue }
            world.fail(
                property, found: "a read on \(member.id) is \(outcome(of: read)): \(states)",
                expected: "an answer")
        }
    }

    /// Without faults nobody campaigns, whatever those outside shout.
    private func demandPeace(of core: [SimulatedMember]) {
        guard failure == nil, let term = world.leader?.replica?.core.term else { return }
        run(for: world.profile.options.core.electionTimeoutMaximum * 4)
        guard failure == nil else { return }
        if let leader = world.leader, leader.replica?.core.term == term,
            isFollowed(leader, by: core)
        {
            return
        }
        world.fail(
            "without faults a leader stays", found: "term \(term) is over: \(states)",
            expected: "term \(term)")
    }

    /// All members at a glance.
    public var states: String {
        let members = world.members.map { member -> String in
            let breakage = member.breakage.map { " (\($0))" } ?? ""
            guard let core = member.replica?.core else {
                return "\(member.id)\(breakage) \(member.phase)"
            }
            return "\(member.id)\(breakage) \(core.role) term \(core.term) leader "
                + "\(core.leader.map { "\($0)" } ?? "-") log \(core.log.lastIndex) durable "
                + "\(core.durability.durableIndex) commit \(core.commitIndex) applied "
                + "\(machines.applied(member.position).index)"
        }
        return members.joined(separator: "; ") + "; \(world.calls.openCount) calls open, "
            + "\(world.openUserCalls) of users"
    }
}
