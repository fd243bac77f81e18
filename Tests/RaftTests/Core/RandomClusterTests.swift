// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

/// Random clusters under random faults: safety at every step, then progress once healed.
///
/// `RAFT_CORE_RUNS` and `RAFT_CORE_SEED` choose how many runs and the first seed; each run is a function of
/// its seed, so that a failure is repeated by `RAFT_CORE_RUNS=1 RAFT_CORE_SEED=…`.
@Suite struct `Random clusters` {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test func `keep every promise under faults and make progress when healed`() {
        let first = Self.setting("RAFT_CORE_SEED") ?? 1
        let count = Self.setting("RAFT_CORE_RUNS") ?? 200
        let steps = Int(Self.setting("RAFT_CORE_STEPS") ?? 250)
        var marks: [String: Int] = [:]
        for seed in first..<first + count {
            var run = RandomRun(seed: seed)
            if let reason = run.runFaults(steps: steps) ?? run.demandProgress() {
                Issue.record("seed \(seed): \(reason)")
                return
            }
            marks.merge(run.cluster.checker.marks, uniquingKeysWith: +)
        }
        guard count >= 100 else { return }
        // Runs in which nothing happens prove nothing.
        for mark in [
            "leader elected", "truncation", "truncation while a write is under way",
            "read answered", "reads lost", "fetch",
        ] {
            #expect(marks[mark, default: 0] > 0, "no run reached: \(mark)")
        }
        if count > 10_000 { print(marks.sorted { $0.key < $1.key }) }
    }
}
