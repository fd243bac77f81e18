// SPDX-License-Identifier: Apache-2.0

public import Raft

/// By how much cluster time was wrong in a run: what may be said of limits by those who look at true time.
///
/// A limit of `d` set at a moment passes, in true time, no earlier than `d` less ``early`` after it and no
/// later than `d` and ``late``.
public struct TimeBounds: Hashable, Sendable {
    /// By how much cluster time ran ahead of true time, at most, from any moment to any later.
    public let early: Interval
    /// By how much it fell behind.
    public let late: Interval
}
