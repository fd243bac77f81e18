// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// Clusters whose members are upgraded one after the other, and back.
@Suite struct MachineVersionTests {
    private typealias Mixers = SimulatedCluster<Mixer>

    /// A running cluster of members that all run the oldest of so many programs.
    private func makeCluster(
        members: Int = 3, programs: UInt64, seed: UInt64 = 1,
        _ profile: SimulationProfile = SimulationProfile()
    ) -> Mixers {
        var profile = profile
        profile.members = members
        profile.versions.count = programs
        profile.versions.isMixed = false
        let cluster = Mixers(seed: seed, profile: profile, environment: ())
        cluster.start()
        #expect(cluster.run(within: .seconds(10)) { cluster.isConverged }, "\(cluster.states)")
        return cluster
    }

    private func upgrade(_ member: MemberID, by change: Int64 = 1, in cluster: Mixers) {
        cluster.inject(.upgrade(.member(member), by: change, downFor: .milliseconds(10)))
        cluster.run(for: .seconds(2))
        #expect(cluster.failure == nil, "\(cluster.report)")
    }

    private func versions(in cluster: Mixers) -> [MachineVersion] {
        cluster.members.map(cluster.machineVersion)
    }

    @Test func `the version rises when the last member is upgraded, and not before`() {
        for seed in UInt64(1)...5 {
            let cluster = makeCluster(programs: 2, seed: seed)
            for member in cluster.members {
                #expect(versions(in: cluster) == [1, 1, 1])
                upgrade(member, in: cluster)
            }
            #expect(versions(in: cluster) == [2, 2, 2])
            #expect(cluster.count(of: .versionRaised) == 1)
        }
    }

    @Test func `it rises by as much as all can, at once`() {
        let cluster = makeCluster(programs: 4)
        for (member, change) in zip(cluster.members, [3, 2, 3] as [Int64]) {
            upgrade(member, by: change, in: cluster)
        }
        #expect(versions(in: cluster) == [3, 3, 3])
        #expect(cluster.count(of: .versionRaised) == 1)
    }

    @Test func `an only member raises it alone`() {
        let cluster = makeCluster(members: 1, programs: 2)
        upgrade(cluster.members[0], in: cluster)
        #expect(versions(in: cluster) == [2])
    }

    @Test func `one member that is down holds it back, and is not waited for with anything else`() {
        let cluster = makeCluster(programs: 2)
        let absent = cluster.members[2]
        cluster.inject(.crash(.member(absent), .kill, downFor: nil))
        for member in cluster.members.dropLast() { upgrade(member, in: cluster) }
        let call = cluster.propose([1], on: cluster.members[0])[0]
        cluster.run(for: .seconds(2))
        #expect(cluster.output(of: call) != nil)
        #expect(versions(in: cluster).dropLast() == [1, 1])
        // It is upgraded while it is down.
        cluster.inject(.upgrade(.member(absent), by: 1, downFor: .milliseconds(1)))
        cluster.start([absent])
        cluster.run(for: .seconds(2))
        #expect(versions(in: cluster) == [2, 2, 2])
        #expect(cluster.failure == nil, "\(cluster.report)")
    }

    /// Seed 255 once: questions left in the same turns as heartbeats, for which there was just room.
    @Test func `a control queue that holds one frame lets questions through`() {
        var profile = SimulationProfile()
        profile.network.controlQueueBytes = 64
        for seed in UInt64(1)...5 {
            let cluster = makeCluster(programs: 2, seed: seed, profile)
            for member in cluster.members { upgrade(member, in: cluster) }
            cluster.run(for: .seconds(5))
            #expect(versions(in: cluster) == [2, 2, 2])
        }
    }

    @Test func `what a member's former program could run does not count`() {
        for seed in UInt64(1)...5 {
            let cluster = makeCluster(programs: 2, seed: seed)
            // Two say that they can, again and again, as long as the third cannot.
            upgrade(cluster.members[0], in: cluster)
            upgrade(cluster.members[1], in: cluster)
            upgrade(cluster.members[0], by: -1, in: cluster)
            upgrade(cluster.members[2], in: cluster)
            #expect(versions(in: cluster) == [1, 1, 1])
            #expect(cluster.count(of: .downgraded) == 1)
            upgrade(cluster.members[0], in: cluster)
            #expect(versions(in: cluster) == [2, 2, 2])
        }
    }

    @Test func `an older program stops where the version has risen; the others go on`() {
        let cluster = makeCluster(programs: 2)
        for member in cluster.members { upgrade(member, in: cluster) }
        #expect(cluster.count(of: .outdatedStopped) == 0)
        let victim = cluster.members[1]
        cluster.inject(.upgrade(.member(victim), by: -1, downFor: .milliseconds(10)))
        let hasStopped = { cluster.count(of: .outdatedStopped) == 1 }
        #expect(cluster.run(within: .seconds(2), until: hasStopped))
        let call = cluster.propose([1], on: cluster.members[0])[0]
        // Whoever looks after it does what it says, and starts it with the newest program.
        cluster.run(for: .seconds(3))
        #expect(cluster.output(of: call) != nil)
        #expect(versions(in: cluster) == [2, 2, 2])
        #expect(cluster.program(of: victim) == 2)
        #expect(cluster.isConverged, "\(cluster.states)")
        #expect(cluster.failure == nil, "\(cluster.report)")
    }

    @Test func `members with different programs found their cluster in what all can run`() {
        for seed in UInt64(1)...10 {
            var profile = SimulationProfile()
            profile.versions.count = 4
            let cluster = Mixers(seed: seed, profile: profile, environment: ())
            let oldest = cluster.members.map(cluster.program).min()
            cluster.start()
            #expect(cluster.run(within: .seconds(10)) { cluster.isConverged }, "\(cluster.states)")
            #expect(cluster.members.allSatisfy { cluster.machineVersion(of: $0) == oldest })
        }
    }

    @Test func `under every fault no two members apply an entry under two versions`() {
        var rises = 0
        for seed in UInt64(1)...12 {
            var profile = SimulationProfile.swarm(seed: seed)
            profile.versions.count = 4
            profile.versions.isMixed = seed % 2 == 0
            profile.faults.rates.append(.init(.upgrade, perTenSeconds: 6))
            let workload = SimulationWorkload<Mixer> { _, random in .propose(random.next()) }
            let simulation = Simulation<Mixer>(
                seed: seed, profile: profile, environment: (), workload: workload)
            let cluster = simulation.makeCluster()
            cluster.start()
            cluster.plan(simulation.schedule)
            cluster.startClients()
            cluster.run(for: .seconds(15))
            cluster.settle(within: .seconds(30))
            #expect(cluster.failure == nil, "\(cluster.report)")
            rises += cluster.count(of: .versionRaised)
        }
        #expect(rises > 0)
    }
}
