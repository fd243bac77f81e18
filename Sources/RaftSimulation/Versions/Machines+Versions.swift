// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Machine versions, for a world that is not generic.
extension Machines where Machine: ~Copyable {
    var machineVersions: ClosedRange<MachineVersion> { Machine.machineVersions }

    func begin(_ member: Int, in founding: MachineVersion) throws(RaftError) {
        try stations[member].applier.begin(in: founding)
    }

    func beginReference(in founding: MachineVersion) {
        // It runs all versions that any program does.
        try? reference.applier.begin(in: founding)
    }

    func version(_ member: Int) -> MachineVersion { stations[member].applier.version }
}
