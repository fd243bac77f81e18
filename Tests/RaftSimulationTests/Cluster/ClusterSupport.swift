// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

typealias Cluster = SimulatedCluster<Registers>

extension SimulatedCluster where Machine == Registers {
    /// A running cluster that has a leader all members follow.
    static func running(
        seed: UInt64 = 1, _ profile: SimulationProfile = SimulationProfile()
    ) -> Cluster {
        let cluster = Cluster(seed: seed, profile: profile, environment: ())
        cluster.start()
        #expect(cluster.run(within: .seconds(10)) { cluster.isConverged }, "\(cluster.states)")
        return cluster
    }

    /// The leader; the first member, and an issue, if there is none.
    func requireLeader() -> MemberID {
        #expect(leader != nil, "no leader: \(states)")
        return leader ?? members[0]
    }

    /// The members that do not lead, in order.
    var followers: [MemberID] { members.filter { $0 != leader } }

    /// Proposes one command.
    func add(_ value: Int64, to register: UInt8 = 0, on member: MemberID) -> CallID {
        propose([.add(register, value)], on: member)[0]
    }

    /// What a register holds on a member.
    func value(_ register: Int = 0, at member: MemberID) -> Int64 {
        peek(at: member) { $0.registers[register].value }
    }

    /// Heals everything, demands that it comes to rest, and reports what failed on the way.
    func finish() {
        settle(within: .seconds(30))
        #expect(failure == nil, "\(report)")
    }

    func isApplied(_ call: CallID) -> Bool {
        if case .applied = outcome(of: call) { return true }
        return false
    }
}
