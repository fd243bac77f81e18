// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Raft
import RaftSimulation

@main struct RaftSim {
    static func main() {}
}
