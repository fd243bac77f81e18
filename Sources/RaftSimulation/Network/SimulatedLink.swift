// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// One direction between two members: how long things take, and what is wrong with it.
///
/// Faults overlap: each cut, clog and slowness is counted, and heals for itself.
struct SimulatedLink {
    /// How long something takes, faults apart.
    let delay: Delay
    /// How many faults cut it at the moment.
    private(set) var cuts = 0
    /// How many faults hold things up on it at the moment.
    private(set) var clogs = 0
    /// By how much each fault slows it at the moment; the worst counts.
    private(set) var slownesses: [UInt64] = []
    /// How often it has been cut, overlapping cuts counted once.
    private(set) var cutCount = 0
    /// Since when it is cut, if it is.
    private(set) var cutSince = MonotonicTime.zero
    /// What has come this far and waits until the link is free.
    var held: [NetworkEvent] = []

    /// Whether there is a connection, how many there were, and how many frames are on their way;
    /// where frames keep no order.
    var isOpen = false
    var connection = 0
    var flights = 0

    init(delay: Delay) { self.delay = delay }

    var isCut: Bool { cuts > 0 }
    var isClogged: Bool { clogs > 0 }
    var isBlocked: Bool { cuts > 0 || clogs > 0 }
    /// How many times longer everything takes at the moment.
    var slowness: UInt64 { slownesses.max() ?? 1 }

    /// - Returns: Whether it worked before.
    mutating func cut(at now: MonotonicTime) -> Bool {
        cuts += 1
        guard cuts == 1 else { return false }
        cutCount += 1
        cutSince = now
        return true
    }

    /// Heals one cut.
    mutating func heal() { cuts = max(0, cuts - 1) }

    mutating func clog() { clogs += 1 }

    /// Removes one clog.
    mutating func unclog() { clogs = max(0, clogs - 1) }

    mutating func slow(by factor: UInt64) { slownesses.append(factor) }

    /// Takes one slowness back.
    mutating func quicken(by factor: UInt64) {
        if let index = slownesses.firstIndex(of: factor) { slownesses.remove(at: index) }
    }

    /// Nothing is wrong with it any more.
    mutating func healAll() {
        cuts = 0
        clogs = 0
        slownesses = []
    }
}
