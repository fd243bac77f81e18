// SPDX-License-Identifier: Apache-2.0

/// A reading of this machine's boot clock: never steps, counts suspend, means nothing elsewhere.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since an arbitrary start.
    public let nanoseconds: UInt64

    /// Creates a reading.
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The arbitrary start.
    public static let zero = MonotonicTime(nanoseconds: 0)

    /// Orders readings by age.
    public static func < (a: MonotonicTime, b: MonotonicTime) -> Bool {
        a.nanoseconds < b.nanoseconds
    }

    /// The reading `interval` later.
    public static func + (time: MonotonicTime, interval: Interval) -> MonotonicTime {
        MonotonicTime(nanoseconds: time.nanoseconds &+ interval.nanoseconds)
    }

    /// The reading `interval` earlier, or the start if that is later.
    package func minus(_ interval: Interval) -> MonotonicTime {
        MonotonicTime(
            nanoseconds: nanoseconds < interval.nanoseconds
                ? 0 : nanoseconds - interval.nanoseconds)
    }

    /// How much later `a` is than `b`; zero if it is not.
    public static func - (a: MonotonicTime, b: MonotonicTime) -> Interval {
        Interval(nanoseconds: a < b ? 0 : a.nanoseconds - b.nanoseconds)
    }
}

/// A span of time, never negative.
///
/// `Duration` has 128 bits and a sign; timers need neither.
public struct Interval: Hashable, Comparable, Sendable {
    /// Nanoseconds.
    public let nanoseconds: UInt64

    /// Creates a span.
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// A span of whole milliseconds.
    public static func milliseconds(_ count: UInt64) -> Interval {
        Interval(nanoseconds: count * 1_000_000)
    }

    /// A span of whole seconds.
    public static func seconds(_ count: UInt64) -> Interval {
        Interval(nanoseconds: count * 1_000_000_000)
    }

    /// Orders spans by length.
    public static func < (a: Interval, b: Interval) -> Bool { a.nanoseconds < b.nanoseconds }

    /// A span `factor` times as long.
    public static func * (interval: Interval, factor: UInt64) -> Interval {
        Interval(nanoseconds: interval.nanoseconds * factor)
    }
}

/// The time of the replicated log: milliseconds since the Unix epoch, as stamped by leaders.
///
/// Never decreases along the log, across terms too. State machines know no other time.
public struct ClusterTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64

    /// Creates a time.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The time before the first entry.
    public static let zero = ClusterTime(milliseconds: 0)

    /// Orders times.
    public static func < (a: ClusterTime, b: ClusterTime) -> Bool {
        a.milliseconds < b.milliseconds
    }

    /// Milliseconds, as a number.
    public var description: String { "\(milliseconds)" }
}
