// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// What members knew in one life, or under one leader, and what became of it in the next.
@Suite struct `Members that may have missed something` {
    private func run(probes: Bool) -> Cluster {
        var profile = SimulationProfile()
        profile.probes = probes
        let cluster = Cluster.running(profile)
        cluster.startClients()
        cluster.inject(.partition(.isolate(.leader), lasting: .seconds(3)))
        cluster.run(for: .seconds(2))
        return cluster
    }

    @Test func `a leader that was replaced without its knowledge is asked, and says nothing wrong`()
    {
        let cluster = run(probes: true)
        #expect(cluster.count(of: .probedOutOfDate) > 0)
        #expect(cluster.report.acknowledged == 0, "nobody has called")
        cluster.finish()
        #expect(run(probes: false).count(of: .probedOutOfDate) == 0)
    }

    @Test func `a member that has come up is asked at once`() {
        var profile = SimulationProfile()
        profile.probes = true
        let cluster = Cluster.running(profile)
        cluster.startClients()
        var lines: [String] = []
        cluster.observe { lines.append($0) }
        for _ in 0..<5 {
            cluster.inject(.crash(.member(cluster.followers[0]), .kill, downFor: .milliseconds(5)))
            cluster.run(for: .seconds(2))
        }
        #expect(lines.contains { $0.contains("reads") }, "nobody else reads here")
        cluster.finish()
    }

    @Test func `a leader falls while it reads back what it will find replaced`() {
        var profile = SimulationProfile()
        profile.members = 5
        profile.options.windowBytes = 1
        // Connections are made again sooner: the first that is up is heard when it campaigns.
        profile.network.isOrdered = false
        for seed in UInt64(1)...4 {
            let cluster = Cluster.running(seed: seed, profile)
            let leader = cluster.requireLeader()
            cluster.inject(.partition(.mute(.leader), lasting: .milliseconds(250)))
            _ = cluster.add(1, on: leader)
            cluster.run(for: .milliseconds(100))
            cluster.inject(.crash(.leader, .kill, downFor: .milliseconds(1)))
            for member in cluster.members {
                cluster.inject(.crash(.member(member), .kill, downFor: .milliseconds(300)))
            }
            let faults = cluster.report.faults
            cluster.inject(.fallReading(within: .seconds(2), reading: .seconds(2)))
            #expect(cluster.report.faults == faults, "it has not come yet")
            #expect(
                cluster.run(within: .seconds(2)) { cluster.count(of: .fellReading) == 1 },
                "\(cluster.states)")
            cluster.run(for: .milliseconds(700))
            #expect(cluster.leader != leader, "it is cut off, and another leads")
            cluster.run(for: .seconds(3))
            #expect(cluster.report.faults == faults + 3)
            cluster.finish()
        }
    }
}
