// SPDX-License-Identifier: Apache-2.0

extension SimulatedCluster where Machine: ~Copyable {
    /// Demands, once all calls have ended, that what users saw can be explained.
    public func audit() {
        guard failure == nil, let verdict = machines.verdict(within: world.timeBounds) else {
            return
        }
        world.docket.note(verdict)
    }
}
