// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The clocks of the machine.
///
/// A reading costs about 25 ns: loops read once a turn. Thread-safe.
public enum SystemClock {
    /// Nanoseconds since boot, time spent suspended included (`CLOCK_BOOTTIME`).
    ///
    /// Never steps back. It counts suspension because a lease must not outlive a sleeping laptop.
    public static func monotonicNanoseconds() -> UInt64 {
        let time = read(CLOCK_BOOTTIME)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Milliseconds since 1970-01-01 UTC; may step in either direction (`CLOCK_REALTIME`).
    public static func wallMilliseconds() -> Int64 {
        let time = read(CLOCK_REALTIME)
        return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
    }

    /// Nanoseconds that processors have spent on the calling thread (`CLOCK_THREAD_CPUTIME_ID`).
    public static func threadNanoseconds() -> UInt64 {
        let time = read(CLOCK_THREAD_CPUTIME_ID)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    @inline(__always)
    private static func read(_ clock: Int32) -> timespec {
        var time = timespec()
        let result = clock_gettime(clock, &time)
        precondition(result == 0, "clock_gettime(\(clock)) failed with errno \(errno)")
        return time
    }
}
