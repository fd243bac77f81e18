// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Cluster time in a simulated cluster` {
    /// A running cluster, one of whose registers goes back to zero after so many milliseconds.
    private func cluster(
        limit: UInt32, _ adjust: (inout SimulationProfile) -> Void = { _ in }
    ) -> Cluster {
        var profile = SimulationProfile()
        adjust(&profile)
        let cluster = Cluster.running(profile)
        set(limit, on: cluster)
        return cluster
    }

    private func set(_ limit: UInt32, register: UInt8 = 0, on cluster: Cluster) {
        let call = cluster.propose([.set(register, 5, limit: limit)], on: cluster.requireLeader())
        #expect(cluster.run(within: .seconds(5)) { cluster.isApplied(call[0]) })
    }

    private func isGone(_ register: Int = 0, from cluster: Cluster) -> Bool {
        cluster.members.allSatisfy { cluster.value(register, at: $0) == 0 }
    }

    /// How many milliseconds pass until the register is zero on all members.
    private func life(on cluster: Cluster) -> UInt64 {
        let start = cluster.elapsed.nanoseconds
        #expect(cluster.run(within: .seconds(60)) { isGone(from: cluster) })
        return (cluster.elapsed.nanoseconds - start) / 1_000_000
    }

    @Test(arguments: [3_600_000, -3_600_000] as [Int64])
    func `a leader's wall clock that is stepped moves no deadline`(step: Int64) {
        let cluster = cluster(limit: 10_000)
        cluster.inject(.stepClock(.leader, milliseconds: step))
        #expect(9900...10_200 ~= life(on: cluster))
        #expect(cluster.count(of: .clockAlarmRaised) == 1)
        cluster.finish()
    }

    @Test(arguments: [3_600_000, -3_600_000] as [Int64])
    func `a member whose wall clock is wrong may be elected`(step: Int64) {
        let cluster = cluster(limit: 10_000)
        let leader = cluster.requireLeader()
        for follower in cluster.followers {
            cluster.inject(.stepClock(.member(follower), milliseconds: step))
        }
        cluster.inject(.crash(.member(leader), .kill, downFor: .seconds(2)))
        #expect(9900...10_200 ~= life(on: cluster))
        #expect(cluster.requireLeader() != leader)
        cluster.finish()
    }

    @Test func `time goes on while there is no leader`() {
        let cluster = cluster(limit: 3000)
        let leader = cluster.requireLeader()
        for follower in cluster.followers {
            cluster.inject(.pause(.member(follower), lasting: .seconds(5)))
        }
        cluster.run(for: .milliseconds(4900))
        #expect(cluster.value(at: leader) == 5)
        #expect(cluster.run(within: .seconds(2)) { isGone(from: cluster) })
        #expect(cluster.count(of: .timeSetByWallClocks) == 1)
        cluster.finish()
    }

    @Test func `a member that was just started takes the time from its voters`() {
        var isElected = false
        for seed in UInt64(1)...20 where !isElected {
            let cluster = Cluster.running(seed: seed)
            set(30_000, on: cluster)
            let newcomer = cluster.followers[0]
            for member in cluster.members {
                cluster.inject(.stepClock(.member(member), milliseconds: 3_600_000))
            }
            // It would be the first to campaign.
            cluster.inject(.pause(.member(cluster.followers[1]), lasting: .milliseconds(700)))
            cluster.inject(.crash(.leader, .kill, downFor: .seconds(20)))
            cluster.inject(.crash(.member(newcomer), .kill, downFor: .milliseconds(1)))
            cluster.run(for: .seconds(10))
            #expect(cluster.count(of: .timeSetByWallClocks) == 1)
            #expect(cluster.value(at: newcomer) == 5)
            isElected = cluster.leader == newcomer
            #expect(!isElected || cluster.count(of: .timeTakenFromVoters) == 1)
            cluster.finish()
        }
        #expect(isElected, "in no seed the newcomer was elected")
    }

    @Test func `deadlines pass while the whole cluster is down`() {
        let cluster = cluster(limit: 20_000)
        set(60_000, register: 1, on: cluster)
        let start = cluster.elapsed.nanoseconds
        for member in cluster.members {
            cluster.inject(.crash(.member(member), .kill, downFor: .seconds(30)))
        }
        #expect(cluster.run(within: .seconds(60)) { cluster.isConverged })
        #expect(cluster.run(within: .seconds(60)) { isGone(from: cluster) })
        #expect((cluster.elapsed.nanoseconds - start) / 1_000_000_000 < 35)
        #expect(cluster.run(within: .seconds(60)) { isGone(1, from: cluster) })
        let life = (cluster.elapsed.nanoseconds - start) / 1_000_000
        #expect(59_500...60_500 ~= life)
        cluster.finish()
    }

    @Test func `wall clocks that are too far ahead of the log are not believed`() {
        let cluster = cluster(limit: 20_000) { $0.options.clockJumpLimit = .seconds(10) }
        for member in cluster.members {
            cluster.inject(.stepClock(.member(member), milliseconds: 60_000))
        }
        cluster.inject(.crashAll(.kill, downFor: .milliseconds(100)))
        #expect(cluster.run(within: .seconds(10)) { cluster.isConverged })
        #expect(cluster.count(of: .clockAlarmRaised) > 0)
        #expect(!isGone(from: cluster))
        #expect(19_000...21_000 ~= life(on: cluster) + 1000)
        cluster.finish()
    }

    @Test func `a read after the deadline sees it gone, on every member`() {
        let cluster = cluster(limit: 1000)
        let set = cluster.elapsed
        var reads: [(begun: Interval, call: CallID)] = []
        while cluster.elapsed < set + 1300 {
            for member in cluster.members {
                let call = cluster.read(.linearizable, on: member) { "\($0.registers[0].value)" }
                reads.append((cluster.elapsed, call))
            }
            cluster.run(for: Interval(nanoseconds: 300_000))
        }
        cluster.run(for: .seconds(1))
        // As set, at the latest, and counted by a crystal of at most 100 ppm.
        for (begun, call) in reads where begun > set + 1001 {
            #expect(cluster.observation(of: call) == "0")
        }
        for (begun, call) in reads where begun < set + 900 {
            #expect(cluster.observation(of: call) == "5")
        }
        #expect(cluster.count(of: .readAwaitedTick) > 0)
        cluster.finish()
    }

    @Test(arguments: [0, 86_400_000] as [UInt32])
    func `a cluster at rest writes nothing, be something due tomorrow or not`(limit: UInt32) {
        let cluster = cluster(limit: limit)
        #expect(cluster.run(within: .seconds(5)) { cluster.isConverged })
        let before = cluster.members.map { cluster.appliedIndex(of: $0) }
        cluster.run(for: .seconds(600))
        #expect(cluster.members.map { cluster.appliedIndex(of: $0) } == before)
        #expect(cluster.count(of: .ticked) == 0)
        #expect(cluster.value(at: cluster.requireLeader()) == 5)
        cluster.finish()
    }

    @Test func `a member whose wall clock is right again complains no more`() {
        let cluster = cluster(limit: 0)
        cluster.inject(.stepClock(.leader, milliseconds: 20_000))
        cluster.run(for: .seconds(3))
        #expect(cluster.count(of: .clockAlarmRaised) == 1)
        cluster.inject(.stepClock(.leader, milliseconds: -20_000))
        cluster.run(for: .seconds(3))
        cluster.inject(.stepClock(.leader, milliseconds: -20_000))
        cluster.run(for: .seconds(3))
        #expect(cluster.count(of: .clockAlarmRaised) == 2)
        cluster.finish()
    }
}

private func + (interval: Interval, milliseconds: UInt64) -> Interval {
    Interval(nanoseconds: interval.nanoseconds + milliseconds * 1_000_000)
}
