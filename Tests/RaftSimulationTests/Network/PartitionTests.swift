// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

@testable import RaftSimulation

/// Who reaches whom in a partition, and how partitions overlap and heal.
@Suite struct `Partitions of the simulated network` {
    private static let five = (1...5 as ClosedRange<UInt64>).map { member($0) }

    /// The matrix of a partition: a row for each sender, `x` where frames come through.
    private func matrix(_ partition: Partition, leader: UInt64 = 1) -> [String] {
        let cuts = partition.cuts(among: Self.five) { target in
            switch target {
            case .member(let id): id
            case .leader: member(leader)
            }
        }
        return Self.five.map { from in
            String(
                Self.five.map { to -> Character in
                    if from == to { return "o" }
                    return cuts.contains { $0 == (from, to) } ? "." : "x"
                })
        }
    }

    @Test func `an isolated member reaches nobody, and nobody it`() {
        #expect(
            matrix(.isolate(.member(member(2)))) == ["o.xxx", ".o...", "x.oxx", "x.xox", "x.xxo"])
    }

    @Test func `halves do not reach each other`() {
        #expect(
            matrix(.halves([member(1), member(4)]))
                == ["o..x.", ".ox.x", ".xo.x", "x..o.", ".xx.o"])
    }

    @Test func `a bridge is reached by both halves`() {
        let half = [member(1), member(2)]
        for third in [half, half + [member(3)]] {
            #expect(
                matrix(.bridge(third, over: .member(member(3))))
                    == ["oxx..", "xox..", "xxoxx", "..xox", "..xxo"])
        }
    }

    @Test func `in a ring each member reaches its two neighbours`() {
        #expect(matrix(.ring) == ["ox..x", "xox..", ".xox.", "..xox", "x..xo"])
    }

    @Test func `a leader without quorum keeps a minority, which reaches all others`() {
        let keeping = [member(2), member(3), member(4)]
        #expect(
            matrix(.quorumLoss(.leader, keeping: keeping), leader: 2)
                == ["o.xxx", ".ox..", "xxoxx", "x.xox", "x.xxo"])
        #expect(
            matrix(.quorumLoss(.leader, keeping: []), leader: 2)
                == matrix(.isolate(.member(member(2)))))
    }

    @Test func `a deaf member is heard, a mute one hears`() {
        #expect(matrix(.deaf(.leader), leader: 3) == ["ox.xx", "xo.xx", "xxoxx", "xx.ox", "xx.xo"])
        #expect(matrix(.mute(.leader), leader: 3) == ["oxxxx", "xoxxx", "..o..", "xxxox", "xxxxo"])
    }

    @Test func `a direction fails for itself`() {
        #expect(
            matrix(.oneWay(from: .leader, to: .member(member(5))))
                == ["oxxx.", "xoxxx", "xxoxx", "xxxox", "xxxxo"])
    }

    /// The ordered pairs that are cut at the moment.
    private func cuts(in cluster: Cluster) -> [[Int]] {
        let network = cluster.world.network
        return network.ids.indices.flatMap { from in
            network.ids.indices.filter { network.links[network.link(from, $0)].isCut }
                .map { [from + 1, $0 + 1] }
        }
    }

    @Test func `faults overlap, and each heals for itself`() {
        let cluster = Cluster.running()
        let (one, two) = (cluster.members[0], cluster.members[1])
        cluster.inject(.partition(.isolate(.member(one)), lasting: .seconds(2)))
        let oneWay = Partition.oneWay(from: .member(one), to: .member(two))
        cluster.inject(.partition(oneWay, lasting: .seconds(4)))
        cluster.inject(.partition(.deaf(.member(two)), lasting: .seconds(1)))
        cluster.inject(.clog(from: .member(two), to: .member(one), lasting: .seconds(3)))
        let isolated = [[1, 2], [1, 3], [2, 1], [3, 1]]
        #expect(cuts(in: cluster) == isolated + [[3, 2]])
        cluster.run(for: .milliseconds(1500))
        #expect(cuts(in: cluster) == isolated)
        cluster.run(for: .seconds(1))
        #expect(cuts(in: cluster) == [[1, 2]])
        #expect(cluster.world.network.links[cluster.world.network.link(1, 0)].isClogged)
        cluster.run(for: .seconds(1))
        #expect(cuts(in: cluster) == [[1, 2]])
        #expect(!cluster.world.network.links[cluster.world.network.link(1, 0)].isBlocked)
        cluster.run(for: .seconds(1))
        #expect(cuts(in: cluster) == [])
        cluster.finish()
    }

    @Test func `the worst of overlapping slownesses counts, until it is over`() {
        let cluster = Cluster.running()
        let (one, two) = (cluster.members[0], cluster.members[1])
        let link = cluster.world.network.link(0, 1)
        cluster.inject(
            .slow(from: .member(one), to: .member(two), by: 20, lasting: .seconds(1)))
        cluster.inject(.slow(from: .member(one), to: .member(two), by: 3, lasting: .seconds(2)))
        #expect(cluster.world.network.links[link].slowness == 20)
        cluster.run(for: .milliseconds(1500))
        #expect(cluster.world.network.links[link].slowness == 3)
        cluster.run(for: .seconds(1))
        #expect(cluster.world.network.links[link].slowness == 1)
        cluster.finish()
    }

    @Test func `what flaps goes down and up until its time is over, then stays up`() {
        let cluster = Cluster.running()
        let target = FaultTarget.member(cluster.members[0])
        cluster.inject(
            .flap(
                .isolate(target), down: .milliseconds(30), up: .milliseconds(20),
                lasting: .milliseconds(220)))
        var samples: [Int] = []
        for _ in 0..<30 {
            samples.append(cuts(in: cluster).count)
            cluster.run(for: .milliseconds(10))
        }
        let cycle = [4, 4, 4, 0, 0]
        #expect(samples.prefix(20).elementsEqual(cycle + cycle + cycle + cycle))
        #expect(samples.suffix(8).allSatisfy { $0 == 0 })
        cluster.finish()
    }

    @Test func `healing everything ends what flaps, too`() {
        let cluster = Cluster.running()
        cluster.inject(
            .flap(.ring, down: .milliseconds(30), up: .milliseconds(20), lasting: .seconds(60)))
        cluster.inject(
            .flap(
                .isolate(.leader), down: .milliseconds(30), up: .milliseconds(20),
                lasting: .seconds(60)))
        cluster.run(for: .seconds(1))
        cluster.heal()
        for _ in 0..<20 {
            cluster.run(for: .milliseconds(10))
            #expect(cuts(in: cluster) == [])
        }
        cluster.finish()
    }

    @Test func `the leader is the one at the time of the fault`() {
        let cluster = Cluster.running()
        let old = cluster.requireLeader()
        cluster.inject(.partition(.isolate(.leader), lasting: .seconds(60)))
        #expect(cluster.run(within: .seconds(5)) { cluster.leader.map { $0 != old } ?? false })
        let cut = Int(old.rawValue)
        #expect(cuts(in: cluster).allSatisfy { $0.contains(cut) })
        #expect(cuts(in: cluster).count == 4)
        cluster.finish()
    }
}

/// What a cluster of five does in partitions that leave nobody alone.
@Suite struct `A cluster in a partial partition` {
    @Test(arguments: [
        Partition.ring, .quorumLoss(.leader, keeping: [member(1), member(2)]), .deaf(.leader),
        .mute(.leader), .bridge([member(1), member(2)], over: .member(member(3))),
    ])
    func `serves again while it lasts`(partition: Partition) {
        for seed in UInt64(1)...3 {
            var profile = SimulationProfile()
            profile.members = 5
            let cluster = Cluster.running(seed: seed, profile)
            cluster.inject(.partition(partition, lasting: .seconds(3600)))
            cluster.run(for: .seconds(5))
            var calls: [CallID] = []
            for _ in 0..<40 {
                calls.append(cluster.add(1, on: cluster.requireLeader()))
                cluster.run(for: .milliseconds(250))
            }
            #expect(calls.contains(where: cluster.isApplied), "\(partition): \(cluster.states)")
            cluster.finish()
        }
    }

    @Test func `the same seed gives the same run, whatever the network does`() {
        func run(_ seed: UInt64) -> SimulationReport {
            var profile = SimulationProfile()
            profile.duration = .seconds(5)
            profile.network.variesByLink = true
            profile.network.slowLinkOneIn = 4
            profile.network.damagePerMillion = 1000
            profile.network.socketBytes = 2048
            for kind in [FaultProfile.Kind.clog, .flapping, .oneWayIsolation, .reset, .powerCut] {
                profile.faults.rates.append(FaultProfile.Rate(kind, perTenSeconds: 8))
            }
            return Simulation<Registers>(
                seed: seed, profile: profile, environment: (), workload: Registers.workload
            ).run()
        }
        #expect(run(1).failure == nil && run(1).traceHash == run(1).traceHash)
        #expect(run(1).traceHash != run(2).traceHash)
    }
}
