// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Raft
import RaftSimulation

extension SimulationWorkload<VersionedStore> {
    /// Users of the gateway, and clients with sessions beside them, of which each increments a key that nobody
    /// else knows of.
    static var usersAndSessions: SimulationWorkload<VersionedStore> {
        var workload = SimulationWorkload(front: { KVFront(random: $0) })
        workload.sessions = SessionWorkload(
            command: { increment(Array("session-\($0)".utf8)) }, output: { .integer(Int64($1)) })
        return workload
    }

    private static func increment(_ key: [UInt8]) -> KVCommand {
        do throws(KVError) {
            return try KVCommand(.write(.incrBy(key, 1)))
        } catch {
            preconditionFailure("no increment of \(key): \(error)")
        }
    }
}
