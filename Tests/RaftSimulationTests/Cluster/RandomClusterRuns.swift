// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Raft
import RaftSimulation
import Testing

/// Whole clusters under random faults, each a function of its seed.
///
/// `SIM_SEEDS=A..B swift test -c release -Xswiftc -enable-testing --filter RandomClusterRuns` runs others.
@Suite struct RandomClusterRuns {
    static let seeds: ClosedRange<UInt64> = {
        guard let text = ProcessInfo.processInfo.environment["SIM_SEEDS"] else { return 1...30 }
        let bounds = text.split(separator: ".", omittingEmptySubsequences: true).compactMap {
            UInt64($0)
        }
        precondition(
            bounds.count == 2 && bounds[0] <= bounds[1], "SIM_SEEDS is \(text), not A..B")
        return bounds[0]...bounds[1]
    }()

    static func simulation(_ seed: UInt64) -> Simulation<Registers> {
        var profile = SimulationProfile.swarm(seed: seed)
        profile.duration = .seconds(5)
        return Simulation<Registers>(
            seed: seed, profile: profile, environment: (), workload: Registers.workload)
    }

    @Test(arguments: seeds)
    func `a random cluster keeps its promises`(seed: UInt64) {
        let report = Self.simulation(seed).run()
        #expect(report.failure == nil, "\(report)")
    }

    @Test func `the same seed gives the same run`() {
        for seed in [UInt64(8), 9] {
            let first = Self.simulation(seed).run()
            let second = Self.simulation(seed).run()
            #expect(first.traceHash == second.traceHash, "\(first)\n\(second)")
            #expect(first.events == second.events && first.events > 300)
        }
        #expect(Self.simulation(8).run().traceHash != Self.simulation(9).run().traceHash)
    }
}
