// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// A moment by which something must have happened.
struct Deadline {
    /// How long it was away at first, in milliseconds.
    let total: Int

    private let nanoseconds: UInt64

    init(after timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        // Rounded up, so that it is never reached before its time; a year is as good as for ever.
        let wanted =
            min(max(0, seconds), 365 * 86400) * 1000 + (attoseconds + 999_999_999_999_999)
            / 1_000_000_000_000_000
        total = Int(max(0, wanted))
        nanoseconds = SystemClock.monotonicNanoseconds() + UInt64(total) * 1_000_000
    }

    /// How long it is away, in milliseconds, rounded up; 0 when it has come.
    var milliseconds: Int {
        let now = SystemClock.monotonicNanoseconds()
        return now >= nanoseconds ? 0 : Int((nanoseconds - now + 999_999) / 1_000_000)
    }
}
