// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// A leader is to fall while it reads; see ``Fault/fallReading(within:reading:)``.
struct PlannedFall {
    let until: MonotonicTime
    let reading: Interval
}

/// What is out of order on a member's machine, over all lives of the process.
struct MachineTrouble {
    /// What a member has lost that it can't get back by itself.
    enum Loss {
        /// Bytes in these files; it may not know yet.
        case damaged([String])
        /// All of its directory.
        case wiped(wasFounded: Bool)
    }

    struct PlannedCrash {
        let kind: CrashKind
        let downFor: Interval
        /// When it comes at the latest.
        var time: MonotonicTime
        /// Whether the log lane's work has made it a time to keep.
        var isDue = false
    }

    var loss: Loss?
    var plannedCrash: PlannedCrash?
    var fullUntil = MonotonicTime.zero
    var slowness: (factor: UInt64, until: MonotonicTime) = (1, .zero)

    var isWiped: Bool {
        if case .wiped? = loss { return true }
        return false
    }
}
