// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// A member's clocks: both count the beats of one crystal, which may run fast or slow.
///
/// The boot clock begins anywhere and never goes back. The wall clock has an offset, can be set, and can
/// stand still for a while.
struct SimulatedClock {
    private static let million: UInt64 = 1_000_000

    /// What the boot clock shows when the crystal has counted nothing.
    var bootOffset: UInt64 = 0
    /// By how many milliseconds the wall clock is wrong besides what drift has made of it.
    var wallOffset: Int64 = 0
    /// How many parts per million the crystal is too fast; negative if it is too slow.
    private(set) var drift: Int64 = 0
    /// When the crystal began to run at its speed, and what it had counted then, in nanoseconds.
    private var since: UInt64 = 0
    private var counted: UInt64 = 0
    private var frozen: (wall: ClusterTime, until: MonotonicTime)?

    /// Beats in a million nanoseconds.
    private var speed: UInt64 { UInt64(Int64(Self.million) + drift) }

    /// Milliseconds since the epoch when the world's clock shows zero.
    static let epoch: Int64 = 1_700_000_000_000

    /// What the crystal has counted, in its own nanoseconds.
    private func beats(at now: MonotonicTime) -> UInt64 {
        let passed = now.nanoseconds - since
        guard drift != 0 else { return counted + passed }
        let product = passed.multipliedFullWidth(by: speed)
        return counted + Self.million.dividingFullWidth(product).quotient
    }

    /// What the clocks show at a moment, which is not before the crystal last changed its speed.
    func moment(_ now: MonotonicTime) -> Moment {
        let beats = beats(at: now)
        var wall = ClusterTime(
            milliseconds: Self.epoch + Int64(beats / Self.million) + wallOffset)
        if let frozen, now < frozen.until { wall = frozen.wall }
        return Moment(
            monotonic: MonotonicTime(nanoseconds: beats + bootOffset), wall: wall)
    }

    /// The first moment at which the boot clock shows at least `reading`; some earlier one if that was
    /// before the crystal last changed its speed.
    func worldTime(_ reading: MonotonicTime) -> MonotonicTime {
        guard reading.nanoseconds > bootOffset else { return .zero }
        let beats = reading.nanoseconds - bootOffset
        guard beats > counted else {
            return MonotonicTime(nanoseconds: since - min(since, counted - beats))
        }
        guard drift != 0 else {
            return MonotonicTime(nanoseconds: saturating(since, beats - counted))
        }
        let product = (beats - counted).multipliedFullWidth(by: Self.million)
        guard product.high < speed else { return MonotonicTime(nanoseconds: .max) }
        let (quotient, remainder) = speed.dividingFullWidth(product)
        return MonotonicTime(
            nanoseconds: saturating(since, saturating(quotient, remainder > 0 ? 1 : 0)))
    }

    private func saturating(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, isTooMuch) = a.addingReportingOverflow(b)
        return isTooMuch ? .max : sum
    }

    /// Lets the crystal run at another speed from now on; what it has counted stays.
    mutating func setDrift(_ partsPerMillion: Int64, at now: MonotonicTime) {
        precondition(
            abs(partsPerMillion) < Int64(Self.million), "a drift of \(partsPerMillion) ppm")
        counted = beats(at: now)
        since = now.nanoseconds
        drift = partsPerMillion
    }

    /// Lets the wall clock stand still; afterwards it shows again what it would have shown.
    mutating func freeze(at now: MonotonicTime, until end: MonotonicTime) {
        frozen = (moment(now).wall, end)
    }

    /// Lets the wall clock run again.
    mutating func thaw() { frozen = nil }
}
