// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The names of one directory.
struct SimulatedDirectory {
    enum Target: Hashable {
        case file(Int)
        case directory
    }

    /// What one operation makes of names: each then stands for this, or for nothing.
    struct Change {
        let names: [(name: String, target: Target?)]
    }

    /// Looked up by name; whoever goes over them sorts them first.
    var durable: [String: Target] = [:]
    var visible: [String: Target] = [:]
    var pending: [Change] = []

    mutating func change(_ names: [(name: String, target: Target?)]) {
        for (name, target) in names { visible[name] = target }
        pending.append(Change(names: names))
    }

    mutating func sync() {
        durable = visible
        pending.removeAll()
    }

    /// Keeps of the unsynced changes what the policy allows.
    ///
    /// If any subset may survive, each name by itself keeps some of what was done to it, in order: a
    /// renamed file may be there under both names or, where the new one was free, under none. That a
    /// name which is replaced is the old file or the new one, and not gone, every journal promises.
    mutating func settle(_ policy: CrashPolicy, _ random: inout SplitMix64) {
        switch policy.survival {
        case .nothing, .prefix, .everything:
            for change in pending.prefix(policy.survivors(of: pending.count, &random)) {
                for (name, target) in change.names { durable[name] = target }
            }
        case .anySubset:
            var settled: [String] = []
            for change in pending {
                for (name, _) in change.names where !settled.contains(name) {
                    settled.append(name)
                    settle(name, &random)
                }
            }
        }
        visible = durable
        pending.removeAll()
    }

    private mutating func settle(_ name: String, _ random: inout SplitMix64) {
        let states = pending.flatMap { $0.names.filter { $0.name == name } }
        let survivors = random.next(below: UInt64(states.count) + 1)
        if survivors > 0 { durable[name] = states[Int(survivors) - 1].target }
    }
}
