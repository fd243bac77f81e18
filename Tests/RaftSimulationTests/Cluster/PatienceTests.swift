// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Callers that give up in a simulated cluster` {
    /// A running cluster all of whose callers wait for half a second at most, by a deadline or until they take
    /// the call back.
    private func impatient(seed: UInt64) -> Cluster {
        var profile = SimulationProfile()
        profile.clients.impatientOneIn = 1
        profile.clients.patience = .milliseconds(500)
        return Cluster.running(seed: seed, profile)
    }

    @Test func `what no leader was given is rejected, and never executed`() {
        for seed in UInt64(1)...5 {
            let cluster = impatient(seed: seed)
            let alone = cluster.followers[0]
            for member in cluster.members where member != alone {
                cluster.inject(.pause(.member(member), lasting: .seconds(10)))
            }
            cluster.run(for: .seconds(3))
            let calls = (0..<8).map { _ in cluster.add(1, on: alone) }
            let reads = (0..<8).map { _ in
                cluster.read(.linearizable, on: alone) { "\($0.registers[0].value)" }
            }
            #expect(
                cluster.run(within: .milliseconds(600)) {
                    calls.allSatisfy { cluster.outcome(of: $0) == .rejected }
                        && reads.allSatisfy { cluster.outcome(of: $0) == .unavailable }
                })
            #expect(cluster.count(of: .takenBack) == 8)
            #expect(cluster.count(of: .readGivenUp) == 8)
            cluster.finish()
            #expect(cluster.value(at: alone) == 0)
        }
    }

    @Test func `what a leader was given is in doubt`() {
        for seed in UInt64(1)...5 {
            let cluster = impatient(seed: seed)
            let leader = cluster.requireLeader()
            for member in cluster.followers {
                cluster.inject(.pause(.member(member), lasting: .seconds(2)))
            }
            let calls = (0..<8).map { _ in cluster.add(1, on: leader) }
            #expect(
                cluster.run(within: .milliseconds(600)) {
                    calls.allSatisfy { cluster.outcome(of: $0) == .unknown }
                })
            #expect(cluster.count(of: .takenBack) == 0)
            cluster.finish()
        }
    }
}
