// SPDX-License-Identifier: Apache-2.0

/// How many members faults may destroy in one run: damage what they had promised to keep, or take it.
///
/// Faults that pass, such as crashes, pauses and full disks, need no budget.
public enum FaultBudget: Hashable, Sendable, CaseIterable {
    /// None: what would destroy one does nothing.
    case none
    /// So few that a majority is left, which must go on to serve.
    case minority
    /// Any number. Once no majority is left nothing needs to be served any more, but nothing that is
    /// said may be wrong.
    case unlimited

    /// How many members may be destroyed.
    /// - Parameter members: How many there are.
    public func losses(of members: Int) -> Int {
        switch self {
        case .none: 0
        case .minority: (members - 1) / 2
        case .unlimited: members
        }
    }
}

extension Fault {
    /// Whether a member may be lost for good by it.
    public var isDestroying: Bool {
        switch self {
        case .wipe: return true
        case .damageDisk(_, let damage): return damage.isDestroying
        case .crash, .crashAll, .pause, .stallDisk, .failDisk, .stepClock, .crashWriting, .fillDisk,
            .fallReading,
            .slowDisk, .driftClock, .freezeClock, .upgrade:
            return false
        case .partition, .flap, .clog, .slow, .reset: return false
        }
    }
}
