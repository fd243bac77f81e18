// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// Cases that once failed.
@Suite struct FoundBugsTests {
    /// A job closed early because a newer leader's entries replace what it holds took the commit index
    /// that belongs to those newer entries with it.
    @Test func `a log job never claims as committed what the next one replaces`() {
        var profile = SimulationProfile()
        profile.members = 5
        profile.options.logJobsUnderWay = 1
        let cluster = Cluster.running(profile)
        let old = cluster.requireLeader()
        let behind = cluster.followers[0]
        let others = cluster.followers.dropFirst()
        cluster.inject(.stallDisk(.member(behind), lasting: .seconds(4)))
        cluster.inject(.partition(.halves([old, behind]), lasting: .seconds(3)))
        for _ in 0..<5 {
            _ = cluster.add(1, on: old)
            cluster.run(for: .milliseconds(10))
        }
        #expect(
            cluster.run(within: .seconds(2)) {
                others.contains { cluster.role(of: $0)?.role == .leader }
            })
        for _ in 0..<5 {
            _ = cluster.add(10, on: cluster.requireLeader())
            cluster.run(for: .milliseconds(10))
        }
        cluster.run(for: .seconds(5))
        #expect(cluster.count(of: .truncated) > 0)
        cluster.finish()
    }

    /// With no leader to ask, the time to ask again had come and nothing was done about it.
    @Test func `a member without a leader does not spin on reads and commands that wait for one`() {
        let cluster = Cluster.running()
        let follower = cluster.followers[0]
        for member in cluster.members where member != follower {
            cluster.inject(.crash(.member(member), .powerCut(CrashPolicy(.nothing)), downFor: nil))
        }
        _ = cluster.read(.linearizable, on: follower) { _ in "" }
        _ = cluster.add(1, on: follower)
        cluster.run(for: .seconds(4))
        cluster.finish()
    }

    /// An only member that was restarted between writing its cluster's id down and establishing it waited
    /// for somebody to accept the id.
    @Test func `an only member that crashes while it founds its cluster founds it all the same`() {
        var profile = SimulationProfile()
        profile.members = 1
        var crashes = 0
        for moment in UInt64(0)..<60 {
            let cluster = Cluster(seed: 1, profile: profile, environment: ())
            cluster.start()
            cluster.run(for: Interval(nanoseconds: moment * 50_000))
            cluster.inject(.crash(.leader, .kill, downFor: nil))
            crashes += cluster.count(of: .crashedWhileFounding)
            cluster.start()
            #expect(cluster.run(within: .seconds(5)) { cluster.isConverged }, "\(cluster.states)")
        }
        #expect(crashes > 0)
    }
}
