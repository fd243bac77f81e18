// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What a cluster at rest owes: timers that go off, a leader that one bad link does not depose, and none
// that goes on without being heard.
extension SimulatedCluster where Machine: ~Copyable {
    /// Demands all of it, of members that have come to rest and are all that are usable.
    func demandStability(of core: [SimulatedMember]) {
        demandTimers(of: core)
        demandTolerance(of: core)
        demandAbdication(of: core)
    }

    private var electionTimeout: Interval { world.profile.options.core.electionTimeoutMaximum }

    /// When a deadline of the state machine passes, an entry brings the time to it, load or no load.
    private func demandTimers(of core: [SimulatedMember]) {
        guard failure == nil, !run(within: .seconds(2), until: { !self.isOverdue(core) }),
            failure == nil
        else { return }
        let deadlines = core.map { member in
            let deadline = machines.nextDeadline(member.position)
            return "\(member.id) \(deadline.map { "\($0)" } ?? "none")"
        }
        world.fail(
            "a timer of the state machine goes off",
            found: "deadlines after 2 s of rest: \(deadlines.joined(separator: ", "))",
            expected: "later than the leader's \(clusterTime.map { "\($0)" } ?? "unknown time")")
    }

    private var clusterTime: ClusterTime? {
        world.leader.flatMap { $0.replica?.clusterTime(at: $0.moment(world.now)) }
    }

    private func isOverdue(_ core: [SimulatedMember]) -> Bool {
        guard let clusterTime else { return false }
        return core.contains {
            machines.nextDeadline($0.position).map { $0 < clusterTime } ?? false
        }
    }

    /// A member that does not hear the leader, while a majority does, must not depose it: neither by what
    /// it asks the others meanwhile (dissertation §4.2.3) nor by its term when it is back (§9.6).
    private func demandTolerance(of core: [SimulatedMember]) {
        guard failure == nil, let leader = world.leader, let term = leader.replica?.core.term,
            core.count - 1 > world.members.count / 2
        else { return }
        var random = SplitMix64(seed: seed).split("bad link")
        let followers = core.filter { $0 !== leader }
        let victim = followers[Int(random.next(below: UInt64(followers.count)))]
        world.cut(leader, victim, electionTimeout * 3)
        run(for: electionTimeout * 5)
        guard failure == nil else { return }
        if world.leader === leader, leader.replica?.core.term == term { return }
        world.fail(
            "a leader that a majority hears stays",
            found: "leader \(leader.id) of term \(term), whom \(victim.id) did not hear: \(states)",
            expected: "\(leader.id) leads on in term \(term)")
    }

    /// A leader that hears nobody steps down within an election timeout (dissertation §6.2), and another
    /// one is found within ten.
    private func demandAbdication(of core: [SimulatedMember]) {
        guard failure == nil, core.count > 1, let leader = world.leader,
            let term = leader.replica?.core.term
        else { return }
        let heartbeat = world.profile.options.core.heartbeatInterval
        let patience = Interval(
            nanoseconds: electionTimeout.nanoseconds + 3 * heartbeat.nanoseconds)
        // Whoever runs, those apart that were destroyed without a trace so far: they answer too.
        for member in world.members where member !== leader { world.cut(member, leader, patience) }
        run(for: patience)
        guard failure == nil else { return }
        if leader.replica?.core.role == .leader, leader.replica?.core.term == term {
            return world.fail(
                "a leader that hears no majority steps down",
                found: "\(leader.id) leads in term \(term) although it has heard nobody for "
                    + "\(patience.nanoseconds / 1_000_000) ms",
                expected: "a follower after \(electionTimeout.nanoseconds / 1_000_000) ms")
        }
        demand("a leader is found within ten election timeouts", of: core, electionTimeout * 10)
    }
}
