// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import RaftSimulation

@main struct RaftSim {
    /// The simulator of the key-value store.
    static let command = SimulationCommand<VersionedStore>(
        name: "raftsim", environment: KVStore.Options(),
        workload: .usersAndSessions)

    static func main() { command.main() }
}
