// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

/// The version in force is a function of the log, and what commands do a function of the version.
@Suite struct `Machine versions: applying` {
    private func makeApplier(
        in founding: MachineVersion = 1, running versions: ClosedRange<MachineVersion> = 1...2
    ) throws -> Applier<VersionedCounter> {
        var applier = Applier<VersionedCounter>((), versions: versions)
        try applier.begin(in: founding)
        return applier
    }

    @Test func `a machine that says nothing of versions runs the first alone`() {
        #expect(Counter.machineVersions == 1...1)
        #expect(Applier<Counter>(()).version == .first)
    }

    @Test func `behaviour changes between the entry that raises the version and the next`() throws {
        var applier = try makeApplier()
        try applier.add(1)
        #expect(applier.machine.total == 1)
        try applier.raise(to: 2)
        #expect(applier.version == 2)
        #expect(applier.machine.total == 1)
        try applier.add(1)
        #expect(applier.machine.total == 11)
        #expect(applier.machine.adopted == [[1, 0], [2, 1]])
    }

    @Test func `a cluster that begins in a version has it from the first entry on`() throws {
        var applier = try makeApplier(in: 2)
        try applier.add(1)
        #expect(applier.machine.total == 10)
        #expect(applier.machine.adopted == [[2, 0]])
    }

    @Test func `a program that cannot run what the log raises the version to applies nothing more`()
        throws
    {
        var applier = try makeApplier(running: 1...1)
        try applier.add(1)
        let error = failure { () throws(RaftError) in try applier.raise(to: 2) }
        #expect(error?.code == .unsupportedMachineVersion)
        let message = error?.message ?? ""
        #expect(
            message.hasPrefix(
                "entry 2 raises the machine version to 2, and this program runs 1 alone"))
        #expect(message.hasSuffix("start this member with the program that the other members run"))
        #expect(applier.index == LogIndex(1))
        #expect(applier.version == 1)
    }

    @Test func `a program that cannot run what the cluster was founded in does not begin`() {
        for founding in [1, 4] as [MachineVersion] {
            var applier = Applier<VersionedCounter>((), versions: 2...3)
            let error = failure { () throws(RaftError) in try applier.begin(in: founding) }
            #expect(error?.code == .unsupportedMachineVersion)
            #expect(error?.message.contains("this program runs 2 to 3") == true)
            #expect(applier.machine.adopted.isEmpty)
        }
    }

    @Test func `the version never falls`() throws {
        var applier = try makeApplier(in: 2)
        try applier.raise(to: 1)
        #expect(applier.version == 2)
        try applier.raise(to: 2)
        #expect(applier.machine.adopted == [[2, 0]])
    }

    @Test func `an entry that does not hold one version cannot be applied`() throws {
        var zero = try makeApplier()
        let error = failure { () throws(RaftError) in try zero.raise(to: 0) }
        #expect(error?.code == .undecodableEntry)
        for length in [0, 3, 5] {
            var applier = try makeApplier()
            let body = [UInt8](repeating: 1, count: length)
            let error = failure { () throws(RaftError) in
                try applier.apply(.machineVersion, [body[...]], count: 0)
            }
            #expect(error?.code == .undecodableEntry)
        }
    }

    @Test func `equal machines under two versions have two state hashes`() throws {
        let one = try makeApplier(in: 1)
        let two = try makeApplier(in: 2)
        #expect(one.machine.stateHash == two.machine.stateHash)
        #expect(one.stateHash != two.stateHash)
        var risen = try makeApplier(in: 1)
        try risen.raise(to: 2)
        var founded = try makeApplier(in: 2)
        try founded.apply(.tick, [], count: 0)
        #expect(risen.stateHash == founded.stateHash)
    }
}
