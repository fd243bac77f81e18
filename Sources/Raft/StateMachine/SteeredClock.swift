// SPDX-License-Identifier: Apache-2.0

/// A clock that runs on a member's boot clock and can be made to run a little faster or slower, but
/// neither stepped nor turned back.
struct SteeredClock: Sendable {
    private static let million: UInt64 = 1_000_000

    /// What it showed at ``since``: milliseconds, and nanoseconds beyond them.
    private var milliseconds: Int64
    private var excess: UInt64 = 0
    private var since: MonotonicTime
    /// By how many parts per million it runs faster than the boot clock; negative: slower.
    private(set) var steering: Int64 = 0

    /// A clock that shows `time` at `now` and runs as fast as the boot clock.
    init(showing time: ClusterTime, at now: MonotonicTime) {
        milliseconds = time.milliseconds
        since = now
    }

    private var speed: UInt64 { UInt64(Int64(Self.million) + steering) }

    /// Nanoseconds beyond ``milliseconds`` that it shows at `now`.
    private func passed(at now: MonotonicTime) -> UInt64 {
        let elapsed = (now - since).nanoseconds
        guard steering != 0 else { return excess + elapsed }
        return excess
            + Self.million.dividingFullWidth(elapsed.multipliedFullWidth(by: speed)).quotient
    }

    /// What it shows.
    func time(at now: MonotonicTime) -> ClusterTime {
        let (sum, isTooLarge) = milliseconds.addingReportingOverflow(
            Int64(passed(at: now) / Self.million))
        return ClusterTime(milliseconds: isTooLarge ? .max : sum)
    }

    /// The first reading of the boot clock at which it shows `time`, as it is steered now; one that has
    /// passed if it has been shown already.
    func moment(showing time: ClusterTime) -> MonotonicTime {
        guard time.milliseconds > milliseconds else { return since }
        let (ahead, isTooLarge) = time.milliseconds.subtractingReportingOverflow(milliseconds)
        // Later than any boot clock gets, in nanoseconds.
        guard !isTooLarge, ahead < 1_000_000_000_000 else {
            return MonotonicTime(nanoseconds: .max)
        }
        let wanted = UInt64(ahead) * Self.million
        guard wanted > excess else { return since }
        let (elapsed, rest) = speed.dividingFullWidth(
            (wanted - excess).multipliedFullWidth(by: Self.million))
        return since + Interval(nanoseconds: elapsed + (rest > 0 ? 1 : 0))
    }

    /// Makes it run faster from `now` on by so many parts per million, or slower if negative.
    mutating func steer(by partsPerMillion: Int64, at now: MonotonicTime) {
        precondition(
            abs(partsPerMillion) < Int64(Self.million), "a clock \(partsPerMillion) ppm off")
        let passed = passed(at: now)
        milliseconds = time(at: now).milliseconds
        excess = passed % Self.million
        since = max(since, now)
        steering = partsPerMillion
    }
}
