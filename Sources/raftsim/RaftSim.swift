// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import RaftSimulation

@main struct RaftSim {
    static func main() {
        SimulationCommand<KVStore>(
            name: "raftsim", environment: KVStore.Options(),
            workload: SimulationWorkload(front: { KVFront(random: $0) })
        ).main()
    }
}
