// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// What a whole cluster does when things go wrong, one thing at a time.
@Suite struct SimulatedClusterTests {
    @Test func `empty members found a cluster, and the last may come late`() {
        let cluster = Cluster(seed: 1, environment: ())
        let late = cluster.members[2]
        cluster.start([cluster.members[0], cluster.members[1]])
        cluster.run(for: .seconds(5))
        #expect(cluster.leader == nil, "a cluster was founded without one of its members")
        cluster.start([late])
        #expect(cluster.run(within: .seconds(5)) { cluster.isConverged }, "\(cluster.states)")
        cluster.finish()
    }

    @Test func `a member that lost its disk is not taken for a new one`() {
        let cluster = Cluster.running()
        let loser = cluster.followers[0]
        cluster.toleratesRefusals = true
        cluster.inject(.crash(.member(loser), .kill, downFor: nil))
        cluster.wipe(loser)
        cluster.start([loser])
        #expect(cluster.run(within: .seconds(5)) { cluster.refusal(of: loser) != nil })
        #expect(cluster.refusal(of: loser)?.code == .foreignCluster)
        let call = cluster.add(1, on: cluster.requireLeader())
        #expect(cluster.run(within: .seconds(1)) { cluster.isApplied(call) })
        #expect(cluster.failure == nil, "\(cluster.report)")
    }

    @Test func `the leader crashes while it replicates, and nothing acknowledged is lost`() {
        for kind in [CrashKind.kill, .powerCut(CrashPolicy(.nothing))] {
            let cluster = Cluster.running()
            let leader = cluster.requireLeader()
            let calls = (0..<200).map { _ in cluster.add(1, on: leader) }
            // In the middle: some are acknowledged, some are not.
            _ = cluster.run(within: .seconds(1)) { cluster.isApplied(calls[50]) }
            cluster.inject(.crash(.leader, kind, downFor: .seconds(2)))
            #expect(cluster.run(within: .seconds(2)) { cluster.leader != nil })
            #expect(cluster.leader != leader)
            cluster.finish()
            let acknowledged = calls.count { cluster.isApplied($0) }
            #expect(acknowledged > 50)
            for member in cluster.members {
                #expect(cluster.value(at: member) >= acknowledged)
                #expect(cluster.value(at: member) <= calls.count)
            }
        }
    }

    @Test(arguments: CrashPolicy.all)
    func `the power fails everywhere, and all that was acknowledged is there`(
        policy: CrashPolicy
    ) {
        let cluster = Cluster.running()
        var calls: [CallID] = []
        for round in 0..<50 {
            calls.append(cluster.add(1, on: cluster.members[round % 3]))
            cluster.run(for: .milliseconds(1))
        }
        let acknowledged = calls.count { cluster.isApplied($0) }
        #expect(acknowledged > 0)
        cluster.inject(.crashAll(.powerCut(policy), downFor: .milliseconds(500)))
        cluster.finish()
        for member in cluster.members {
            #expect(cluster.value(at: member) >= acknowledged)
            #expect(cluster.value(at: member) <= calls.count)
        }
    }

    @Test func `commands forwarded to a leader that dies are applied once and in order`() {
        for seed in UInt64(1)...5 {
            let cluster = Cluster.running(seed: seed)
            let gateway = cluster.followers[0]
            var calls: [CallID] = []
            for value in 1...40 {
                calls.append(cluster.propose([.set(0, Int64(value), limit: 0)], on: gateway)[0])
                cluster.run(for: .milliseconds(1))
                if value == 20 {
                    cluster.inject(.crash(.leader, .kill, downFor: .seconds(5)))
                }
            }
            #expect(cluster.run(within: .seconds(3)) { calls.allSatisfy(cluster.isApplied) })
            let indexes = calls.map { cluster.outcome(of: $0) }
            for (call, value) in zip(calls, 1...) {
                #expect(cluster.output(of: call) == Int64(value), "\(indexes)")
            }
            #expect(cluster.value(at: gateway) == 40)
            #expect(cluster.peek(at: gateway) { $0.applied } == 40)
            cluster.finish()
        }
    }

    @Test func `a paused gateway comes back, and its commands take effect at most once`() {
        let cluster = Cluster.running()
        let gateway = cluster.followers[0]
        let calls = (0..<20).map { _ in cluster.add(1, on: gateway) }
        cluster.run(for: Interval(nanoseconds: 400_000))
        cluster.inject(.pause(.member(gateway), lasting: .seconds(4)))
        cluster.run(for: .seconds(5))
        let ended = calls.allSatisfy { cluster.outcome(of: $0) != .waiting }
        #expect(ended, "a call hangs: \(calls.map { cluster.outcome(of: $0) })")
        cluster.finish()
        #expect(cluster.value(at: gateway) <= 20)
    }

    @Test func `a paused leader answers no read that others made stale`() {
        let cluster = Cluster.running()
        let old = cluster.requireLeader()
        cluster.inject(.pause(.member(old), lasting: .seconds(5)))
        let read = cluster.read(.linearizable, on: old) { "\($0.registers[0].value)" }
        #expect(cluster.run(within: .seconds(3)) { cluster.leader.map { $0 != old } ?? false })
        let write = cluster.add(7, on: cluster.requireLeader())
        #expect(cluster.run(within: .seconds(1)) { cluster.isApplied(write) })
        let late = cluster.read(.linearizable, on: old) { "\($0.registers[0].value)" }
        cluster.run(for: .seconds(8))
        #expect(cluster.outcome(of: read) != .waiting)
        #expect(cluster.observation(of: late) ?? "7" == "7")
        cluster.finish()
    }

    @Test func `a follower far behind is fed from the files`() {
        var profile = SimulationProfile()
        profile.options.windowBytes = 500
        profile.options.core.appendBytes = 400
        profile.member.segmentBytes = 4096
        profile.member.placementInterval = 1024
        let cluster = Cluster.running(profile)
        let laggard = cluster.followers[0]
        cluster.inject(.crash(.member(laggard), .kill, downFor: nil))
        for _ in 0..<100 {
            _ = cluster.add(1, on: cluster.requireLeader())
            cluster.run(for: .milliseconds(5))
        }
        #expect(cluster.count(of: .fetchedForFollower) == 0)
        cluster.start([laggard])
        #expect(cluster.run(within: .seconds(10)) { cluster.value(at: laggard) == 100 })
        #expect(cluster.count(of: .fetchedForFollower) > 10)
        cluster.finish()
    }

    @Test func `a stalled disk neither deposes its leader nor stops the others`() {
        let cluster = Cluster.running()
        let leader = cluster.requireLeader()
        let term = cluster.role(of: leader)?.term
        cluster.inject(.stallDisk(.leader, lasting: .seconds(5)))
        let call = cluster.add(1, on: leader)
        #expect(cluster.run(within: .seconds(1)) { cluster.isApplied(call) })
        cluster.run(for: .seconds(3))
        #expect(cluster.leader == leader)
        #expect(cluster.role(of: leader)?.term == term)
        cluster.finish()
    }

    @Test func `wall clocks that jump do not move cluster time back`() {
        let cluster = Cluster.running()
        var time = ClusterTime.zero
        for step in [-3_600_000, 60_000, -60_000, 5000] as [Int64] {
            cluster.inject(.stepClock(.leader, milliseconds: step))
            let call = cluster.add(1, on: cluster.requireLeader())
            #expect(cluster.run(within: .seconds(1)) { cluster.isApplied(call) })
            let now = cluster.clusterTime(of: cluster.requireLeader())
            #expect(now >= time)
            time = now
            cluster.inject(.crash(.leader, .kill, downFor: .milliseconds(100)))
            #expect(cluster.run(within: .seconds(5)) { cluster.isConverged })
        }
        cluster.finish()
    }

    @Test func `a timer of the state machine fires once, by a tick, on all members`() {
        let cluster = Cluster.running()
        let call = cluster.propose([.set(3, 5, limit: 1000)], on: cluster.requireLeader())[0]
        cluster.run(for: .milliseconds(900))
        #expect(cluster.isApplied(call))
        for member in cluster.members { #expect(cluster.value(3, at: member) == 5) }
        #expect(cluster.count(of: .ticked) == 0)
        cluster.run(for: .seconds(2))
        for member in cluster.members {
            #expect(cluster.value(3, at: member) == 0)
            #expect(cluster.peek(at: member) { $0.expired } == 1)
        }
        #expect(cluster.count(of: .ticked) == 1)
        cluster.finish()
    }
}
