// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension SimulatedCluster where Machine: ~Copyable {
    /// Begins to record for a picture; what was recorded before is forgotten. The run is the same with
    /// and without.
    /// - Parameter limits: How much is kept.
    public func record(_ limits: SimulationRecording.Limits = SimulationRecording.Limits()) {
        let recorder = SimulationRecorder(
            ids: world.ids, clients: world.clients.count, start: world.start, limits: limits)
        world.recorder = recorder
        machines.recorder = recorder
    }

    /// What has been recorded so far; nil without ``record(_:)``.
    /// - Complexity: O(*n* log *n*) in what is kept.
    public var recording: SimulationRecording? {
        world.recorder?.recording(of: world, seed: seed)
    }
}
