// SPDX-License-Identifier: Apache-2.0

public import Raft

extension SimulatedCluster where Machine: ~Copyable {
    /// The machine version that a member goes by, as of the last entry it has applied.
    public func machineVersion(of id: MemberID) -> MachineVersion { machines.version(position(id)) }

    /// The highest machine version that a member's program can run.
    public func program(of id: MemberID) -> MachineVersion { member(id).program }

    /// Replaces the programs of all that are usable by the newest, one after the other, and demands that the
    /// machine version follows if these are all members.
    func demandRise(of core: [SimulatedMember]) {
        let newest = world.programs.upperBound
        guard world.programs.lowerBound < newest else { return }
        let property = "a member whose program was replaced takes its place again"
        for member in core where member.program < newest && failure == nil {
            world.install(newest, on: member, downFor: .milliseconds(1))
            _ = run(within: .seconds(1)) { member.isUp }
            demand(property, of: core, replayTime)
        }
        guard core.count == world.members.count, failure == nil,
            !run(within: .seconds(10), until: { self.hasRisen(core, to: newest) }), failure == nil
        else { return }
        let versions = core.map { "\($0.id) by \(machines.version($0.position))" }
        world.fail(
            "the machine version rises in the end when all members can run more",
            found: "after 10 s \(versions.joined(separator: ", ")): \(states)",
            expected: "all by \(newest)")
    }

    /// How long a member takes at most that reads all of its log back, an entry at a time.
    private var replayTime: Interval {
        .milliseconds(10_000 + 5 * world.logs.lastCommitted.rawValue)
    }

    private func hasRisen(_ core: [SimulatedMember], to version: MachineVersion) -> Bool {
        core.allSatisfy { machines.version($0.position) == version }
    }
}
