// SPDX-License-Identifier: Apache-2.0

/// The client's half of a session: numbers its writes and knows what it can acknowledge.
///
/// The numbering is that of the dissertation, §6.3; the acknowledgement is RIFL's (SOSP '15).
struct SessionWindow: Sendable, Equatable {
    /// The session's number, as the cluster gave it.
    let id: Int64
    /// How many writes may be under way, counted from the oldest unfinished one.
    let window: Int
    /// The last write begun; they are counted from 1.
    private(set) var last: Int64 = 0
    /// All writes through this one are finished.
    private(set) var finishedThrough: Int64 = 0
    /// Of those after it, in order, which are finished too.
    private var finished: [Bool] = []

    init(id: Int64, window: Int) {
        self.id = id
        self.window = window
    }

    /// The number of another write; nil if too many are under way.
    mutating func begin() -> Int64? {
        guard finished.count < window else { return nil }
        last += 1
        finished.append(false)
        return last
    }

    /// A write will not be asked for again: its outcome is known, or nobody waits for it any more.
    ///
    /// Once that is acknowledged, it is never carried out if it was not by then.
    mutating func finish(_ sequence: Int64) {
        guard sequence > finishedThrough, sequence <= last else { return }
        finished[Int(sequence - finishedThrough - 1)] = true
        let count = finished.firstIndex(of: false) ?? finished.count
        guard count > 0 else { return }
        finished.removeFirst(count)
        finishedThrough += Int64(count)
    }
}
