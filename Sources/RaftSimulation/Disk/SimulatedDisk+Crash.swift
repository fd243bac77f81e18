// SPDX-License-Identifier: Apache-2.0

public import Raft

extension SimulatedDisk {
    /// What a write touches is written in units of this many bytes.
    static let sectorLength = 512

    /// Ends the process: its handles and locks are gone, the page cache stays as it is.
    ///
    /// What was to fail or stop no longer does; a disk that is full or cannot be read stays so.
    public func kill() {
        state.handles.removeAll()
        state.locks.removeAll()
        state.stopsAfter = nil
        state.failures.removeAll()
        incidents = DiskIncidents()
        state.forgetUnnamed()
    }

    /// Cuts the power: of what was not synced, a part stays that the policy allows.
    ///
    /// Names are kept or lost for each directory by itself, and whatever becomes of the files' bytes.
    public func crash(_ policy: CrashPolicy, random: inout SplitMix64) {
        kill()
        for path in state.directories.keys.sorted() {
            state.directories[path]?.settle(policy, &random)
        }
        // A directory whose own name was lost is gone with everything in it.
        for path in state.directories.keys.sorted() where !path.isEmpty {
            if state.entry(path) != .directory { state.directories[path] = nil }
        }
        for number in state.files.indices {
            if state.files[number].settle(policy, &random) { incidents.filesCutShort += 1 }
        }
        state.forgetUnnamed()
        state.hidesSomething = false
    }

    /// Drops clean pages: what a failed sync gave up, or a lost write hid, is no longer seen.
    public func dropCaches() {
        guard state.hidesSomething else { return }
        state.hidesSomething = false
        for number in state.files.indices {
            var bytes = state.files[number].durable
            for change in state.files[number].pending { SimulatedFile.apply(change, to: &bytes) }
            state.files[number].visible = bytes
        }
    }
}
