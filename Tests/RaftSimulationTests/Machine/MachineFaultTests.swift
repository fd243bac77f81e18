// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// Faults of one machine that pass.
@Suite struct `Machines that are out of order for a while` {
    private func write(_ cluster: Cluster, _ count: Int) {
        for _ in 0..<count {
            _ = cluster.add(1, on: cluster.requireLeader())
            cluster.run(for: .milliseconds(5))
        }
    }

    @Test(arguments: FullDisk.allCases)
    func `a member whose disk is full stops, and serves again once there is space`(
        fullness: FullDisk
    ) {
        var profile = SimulationProfile()
        profile.member.segmentBytes = 4096
        let cluster = Cluster.running(profile)
        let member = cluster.followers[0]
        cluster.inject(.fillDisk(.member(member), fullness, lasting: .seconds(3)))
        write(cluster, 100)
        #expect(cluster.count(of: .diskWasFull) > 1, "it is started again, and stops again")
        #expect(cluster.role(of: member) == nil)
        #expect(cluster.refusal(of: member) == nil)
        cluster.run(for: .seconds(4))
        #expect(cluster.isConverged, "\(cluster.states)")
        #expect(cluster.value(at: member) == 100)
        cluster.finish()
    }

    @Test func `a slow disk slows its member, not the others`() {
        let cluster = Cluster.running()
        let leader = cluster.requireLeader()
        cluster.inject(.slowDisk(.leader, factor: 10_000, lasting: .seconds(30)))
        let call = cluster.add(1, on: leader)
        #expect(cluster.run(within: .milliseconds(100)) { cluster.isApplied(call) })
        let other = cluster.followers[0]
        cluster.inject(.slowDisk(.member(other), factor: 10_000, lasting: .seconds(30)))
        let late = cluster.add(1, on: leader)
        #expect(!cluster.run(within: .milliseconds(500)) { cluster.isApplied(late) })
        #expect(cluster.run(within: .seconds(20)) { cluster.isApplied(late) })
        cluster.finish()
    }

    @Test func `a crash that waits for a write hits one, or comes when its time is over`() {
        for seed in UInt64(1)...10 {
            let cluster = Cluster.running(seed: seed)
            let member = cluster.followers[0]
            let kind = CrashKind.powerCut(CrashPolicy(.nothing))
            cluster.run(for: .milliseconds(200))
            cluster.inject(
                .crashWriting(
                    .member(member), kind, within: .seconds(1), downFor: .milliseconds(10)))
            cluster.run(for: .milliseconds(500))
            #expect(cluster.role(of: member) != nil)
            _ = cluster.add(1, on: cluster.requireLeader())
            cluster.run(for: .milliseconds(5))
            #expect(cluster.role(of: member) == nil)
            #expect(cluster.count(of: .crashedWhileWriting) == 1)
            cluster.run(for: .seconds(1))
            cluster.inject(
                .crashWriting(
                    .member(member), kind, within: .milliseconds(300), downFor: .seconds(1)))
            cluster.run(for: .milliseconds(400))
            #expect(cluster.role(of: member) == nil)
            #expect(cluster.count(of: .crashedWhileWriting) == 1)
            cluster.finish()
        }
    }

    @Test
    func `a sync that fails drops what it was for, stops the member, and loses nothing promised`() {
        for seed in UInt64(1)...8 {
            let cluster = Cluster.running(seed: seed)
            let leader = cluster.requireLeader()
            write(cluster, 20)
            cluster.inject(.failDisk(.leader, .sync, .inputOutput, downFor: .milliseconds(200)))
            let call = cluster.add(1, on: leader)
            cluster.run(for: .milliseconds(5))
            #expect(cluster.role(of: leader) == nil && cluster.outcome(of: call) != .waiting)
            #expect(cluster.count(of: .syncDropped) == 1)
            cluster.finish()
            #expect(cluster.refusal(of: leader) == nil)
            #expect(20...21 ~= cluster.value(at: leader))
        }
    }

    @Test func `a read that fails stops the member, and the next start finds everything`() {
        var profile = SimulationProfile()
        profile.options.windowBytes = 500
        let cluster = Cluster.running(profile)
        let leader = cluster.requireLeader()
        let laggard = cluster.followers[0]
        cluster.inject(.crash(.member(laggard), .kill, downFor: nil))
        write(cluster, 50)
        cluster.inject(.failDisk(.leader, .read, .inputOutput, downFor: .milliseconds(200)))
        cluster.start([laggard])
        cluster.run(for: .seconds(1))
        #expect(cluster.count(of: .readFailed) == 1)
        cluster.finish()
        #expect(cluster.refusal(of: leader) == nil && cluster.value(at: laggard) == 50)
    }

    @Test func `a storm is one member that crashes again before it is up`() {
        var profile = FaultProfile()
        profile.rates = [.init(.restartStorm, perTenSeconds: 10)]
        let members = (1...UInt64(3)).compactMap { MemberID($0) }
        var inRecovery = 0
        var inFounding = 0
        for seed in UInt64(1)...10 {
            let cluster = Cluster(seed: seed, environment: ())
            cluster.start()
            cluster.plan(
                profile.schedule(
                    members: members, duration: .seconds(3), random: SplitMix64(seed: seed)))
            cluster.run(for: .seconds(3))
            inRecovery += cluster.count(of: .crashedWhileRecovering)
            inFounding += cluster.count(of: .crashedWhileFounding)
            cluster.finish()
        }
        #expect(inRecovery > 5 && inFounding > 0)
    }

    @Test func `each kind of fault is switched by itself, and one shifts none of the others`() {
        let members = (1...UInt64(5)).compactMap { MemberID($0) }
        var all = FaultProfile()
        all.budget = .minority
        all.rates = FaultProfile.Kind.allCases.map { .init($0, perTenSeconds: 4) }
        func schedule(_ profile: FaultProfile) -> [DatedFault] {
            profile.schedule(
                members: members, duration: .seconds(20), random: SplitMix64(seed: 3))
        }
        let whole = Set(schedule(all))
        for kind in FaultProfile.Kind.allCases {
            var one = all
            one.rates = [.init(kind, perTenSeconds: 4)]
            let faults = schedule(one)
            #expect(!faults.isEmpty, "\(kind)")
            #expect(faults.allSatisfy { whole.contains($0) }, "\(kind)")
            for fault in faults { #expect(!fault.fault.description.isEmpty) }
        }
    }
}
