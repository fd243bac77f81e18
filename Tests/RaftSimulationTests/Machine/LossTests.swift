// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// Members that lose for good what they had promised to keep.
@Suite struct `Members that are destroyed` {
    /// A cluster with entries in several segments that are no longer in memory.
    private func cluster(
        members: Int = 3, budget: FaultBudget = .minority, seed: UInt64 = 1
    ) -> Cluster {
        var profile = SimulationProfile()
        profile.members = members
        profile.faults.budget = budget
        profile.options.windowBytes = 500
        profile.options.core.appendBytes = 400
        profile.member.segmentBytes = 4096
        profile.member.placementInterval = 512
        let cluster = Cluster.running(seed: seed, profile)
        for _ in 0..<40 { write(cluster) }
        return cluster
    }

    private func write(_ cluster: Cluster) {
        let call = cluster.add(1, on: cluster.requireLeader())
        #expect(cluster.run(within: .seconds(5)) { cluster.isApplied(call) }, "\(cluster.states)")
    }

    private func restart(_ member: MemberID, of cluster: Cluster) {
        cluster.inject(
            .crash(
                .member(member), .powerCut(CrashPolicy(.nothing)), downFor: .milliseconds(100)))
        cluster.run(for: .seconds(1))
    }

    @Test func `a member whose disk was emptied is refused, and the others go on`() {
        let cluster = cluster()
        let victim = cluster.followers[0]
        cluster.inject(.wipe(.member(victim), downFor: .milliseconds(100)))
        #expect(cluster.hitMembers == [victim] && cluster.lostMembers == [])
        write(cluster)
        #expect(cluster.run(within: .seconds(5)) { cluster.lostMembers == [victim] })
        #expect(cluster.refusal(of: victim)?.code == .foreignCluster)
        #expect(cluster.count(of: .wipedRefused) == 1)
        write(cluster)
        cluster.finish()
    }

    @Test(arguments: DiskDamage.Kind.allCases, [DiskDamage.Place.log, .identity])
    func `a damaged member says what is damaged and stays down, or has all of its log`(
        kind: DiskDamage.Kind, place: DiskDamage.Place
    ) {
        var lost = 0
        for choice in UInt64(1)...6 {
            let cluster = cluster(seed: choice)
            let victim = cluster.followers[0]
            cluster.inject(
                .damageDisk(.member(victim), DiskDamage(kind, place, choice: choice)))
            write(cluster)
            restart(victim, of: cluster)
            if cluster.lostMembers == [victim] {
                lost += 1
                let error = cluster.refusal(of: victim)
                #expect(error?.code == (kind == .unreadable ? .inputOutput : .logDamaged))
                #expect(error?.message.contains(place == .log ? "wal/" : "identity") == true)
                #expect(cluster.count(of: .damageRefused) == 1)
            } else {
                #expect(cluster.count(of: .damageHarmless) > 0)
            }
            write(cluster)
            cluster.finish()
        }
        #expect(lost > 2)
    }

    @Test func `damage that a lost cache has hidden comes to light when all is healed`() {
        let cluster = cluster()
        let victim = cluster.requireLeader()
        cluster.inject(
            .damageDisk(.leader, DiskDamage(.lostWrite, .log, choice: 1)))
        cluster.run(for: .seconds(2))
        #expect(cluster.leader == victim && cluster.lostMembers == [])
        cluster.finish()
        #expect(cluster.lostMembers == [victim])
    }

    @Test func `damage that is come upon while reading old entries back stops the member`() {
        var found = 0
        for choice in UInt64(1)...10 where found == 0 {
            let cluster = cluster()
            let laggard = cluster.followers[0]
            let leader = cluster.requireLeader()
            cluster.inject(.crash(.member(laggard), .kill, downFor: nil))
            for _ in 0..<40 { write(cluster) }
            for number in UInt64(0)..<4 {
                cluster.inject(
                    .damageDisk(
                        .member(leader), DiskDamage(.rot, .log, choice: choice * 4 + number)))
            }
            cluster.start([laggard])
            cluster.run(for: .seconds(5))
            found += cluster.count(of: .damageFoundReading)
            if found > 0 { #expect(cluster.lostMembers == [leader]) }
            cluster.finish()
        }
        #expect(found > 0)
    }

    @Test func `rot where nothing counts destroys nobody`() {
        let cluster = cluster()
        for choice in UInt64(1)...30 {
            for member in cluster.members {
                cluster.inject(
                    .damageDisk(.member(member), DiskDamage(.rot, .unused, choice: choice)))
            }
            write(cluster)
        }
        #expect(cluster.hitMembers == [])
        cluster.inject(
            .crashAll(.powerCut(CrashPolicy(.everything)), downFor: .milliseconds(10)))
        cluster.finish()
    }

    @Test func `a damaged member that has read all it has and missed nothing is as good as any`() {
        var found = 0
        for choice in UInt64(1)...20 where found == 0 {
            let cluster = cluster()
            let victim = cluster.followers[0]
            cluster.inject(
                .damageDisk(.member(victim), DiskDamage(.rot, .log, choice: choice)))
            #expect(cluster.hitMembers == [victim])
            restart(victim, of: cluster)
            guard cluster.lostMembers.isEmpty else { continue }
            found += 1
            #expect(cluster.hitMembers.isEmpty && cluster.role(of: victim) != nil)
            #expect(cluster.count(of: .damageHarmless) == 1)
            cluster.finish()
        }
        #expect(found > 0)
    }

    @Test func `no more members are destroyed than the budget allows, whoever leads`() {
        let cluster = cluster(members: 5)
        for choice in UInt64(1)...8 {
            cluster.inject(
                .damageDisk(.leader, DiskDamage(.rot, .identity, choice: choice)))
            cluster.inject(.crash(.leader, .kill, downFor: .milliseconds(100)))
            cluster.run(for: .seconds(3))
        }
        #expect(cluster.hitMembers.count == 2 && cluster.lostMembers.count == 2)
        #expect(cluster.count(of: .budgetSpent) > 0)
        cluster.finish()
    }

    @Test func `without a budget a majority may be lost, and then nothing is acknowledged`() {
        let cluster = cluster(budget: .unlimited)
        let survivor = cluster.members[0]
        for member in cluster.members.dropFirst() {
            cluster.inject(
                .damageDisk(.member(member), DiskDamage(.rot, .identity, choice: 1)))
            restart(member, of: cluster)
        }
        #expect(cluster.lostMembers.count == 2)
        cluster.run(for: .seconds(3))
        let call = cluster.add(1, on: survivor)
        cluster.settle(within: .seconds(10))
        #expect(cluster.failure == nil, "\(cluster.report)")
        #expect(cluster.outcome(of: call) == .rejected || cluster.outcome(of: call) == .unknown)
    }

    @Test func `somebody keeps its disk: a cluster of empty members would be a new one`() {
        let cluster = cluster(budget: .unlimited)
        for member in cluster.members {
            cluster.inject(.wipe(.member(member), downFor: .milliseconds(10)))
        }
        #expect(cluster.hitMembers == Array(cluster.members.dropLast()))
        cluster.settle(within: .seconds(5))
        #expect(cluster.failure == nil && cluster.lostMembers == cluster.hitMembers)
    }

    @Test func `nobody is destroyed before the cluster is founded`() {
        let cluster = Cluster(seed: 1, environment: ())
        cluster.start()
        cluster.run(for: .milliseconds(5))
        for member in cluster.members {
            cluster.inject(.wipe(.member(member), downFor: .milliseconds(1)))
        }
        #expect(cluster.hitMembers == [] && cluster.report.faults == 0)
        cluster.finish()
    }

    @Test func `a schedule aims what destroys at a minority, chosen beforehand`() {
        var profile = FaultProfile()
        profile.leaderOneIn = 0
        profile.rates = [
            .init(.wipe, perTenSeconds: 5), .init(.rot, perTenSeconds: 20),
            .init(.misdirectedWrite, perTenSeconds: 10), .init(.kill, perTenSeconds: 5),
        ]
        func victims(_ seed: UInt64, members: UInt64) -> Set<MemberID> {
            let faults = profile.schedule(
                members: (1...members).compactMap { MemberID($0) }, duration: .seconds(60),
                random: SplitMix64(seed: seed))
            return Set(
                faults.filter(\.fault.isDestroying).compactMap {
                    switch $0.fault {
                    case .wipe(.member(let id), _), .damageDisk(.member(let id), _): id
                    default: nil
                    }
                })
        }
        #expect(victims(1, members: 7).count == 3)
        #expect(victims(1, members: 2).isEmpty)
        #expect(Set((1...40).map { victims($0, members: 3) }).count == 3, "not always the same")
        profile.budget = .none
        #expect(victims(1, members: 7).isEmpty)
        profile.budget = .unlimited
        #expect(victims(1, members: 7).count == 7)
    }
}
