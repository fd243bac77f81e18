// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What time it is at least by the clock of whoever confirms a read that is made now, as long as nobody is
/// elected after `term`.
struct TimeFloor {
    let term: Term
    let clock: ClusterTime
}

/// Watches cluster time as one who knows what time it really is.
///
/// Cluster time is what the clock of whoever leads shows. It may run as much too fast or too slow as the
/// members' crystals do, and ``steering`` more; when leadership changes it may lose what the old leader's
/// words needed to reach those who elect the new one. Wall clocks may set it only where none of these had
/// heard a leader before.
struct TimeJudge {
    /// By how much wall clocks may speed a leader's clock up or slow it down, in parts per million.
    static let steering = 500
    /// How much may be lost when leadership changes, in nanoseconds: as long as a frame has taken.
    private var loss = 1_000_000_000
    /// Clocks show whole milliseconds, and so do those they are set by.
    static let grain = 2_000_000

    /// A clock that runs as fast, or as slow, as is allowed.
    private struct Bound {
        private var value: Int
        private var at: MonotonicTime

        init(_ value: Int, at now: MonotonicTime) {
            self.value = value
            at = now
        }

        func value(at now: MonotonicTime, drift: Int, steering: Int) -> Int {
            let million = 1_000_000
            let beats = Int((now - at).nanoseconds) * (million + drift) / million
            return value + beats * (million + steering) / million
        }

        mutating func advance(to now: MonotonicTime, drift: Int, steering: Int) {
            self = Bound(value(at: now, drift: drift, steering: steering), at: now)
        }
    }

    /// Between these every leader's clock must be.
    private var bounds: (slowest: Bound, fastest: Bound)?
    /// The newest term and what its leader's clock has to show at least.
    private var newest: (term: Term, slowest: Bound, shown: ClusterTime)?
    /// The drifts of the slowest and of the fastest crystal, in parts per million.
    private var drifts = 0...0

    /// Between which values cluster time less true time was so far, in nanoseconds.
    private var offsets: ClosedRange<Int>?
    /// By how many nanoseconds cluster time ran ahead of true time, at most, from any moment to any later.
    private(set) var gain = 0
    /// By how many it fell behind.
    private(set) var delay = 0
    private let docket: Docket

    init(docket: Docket) { self.docket = docket }

    /// A member hears what was said so long ago.
    mutating func arrived(after age: Interval) { loss = max(loss, Int(age.nanoseconds)) }

    /// The newest term that had a leader.
    var newestTerm: Term { newest?.term ?? .zero }

    private mutating func fail(_ property: String, found: String, expected: String) {
        docket.note(property, found: found, expected: expected)
    }

    /// Crystals run between these speeds from now on.
    mutating func crystals(drift: ClosedRange<Int>, at now: MonotonicTime) {
        bounds?.slowest.advance(to: now, drift: drifts.lowerBound, steering: -Self.steering)
        bounds?.fastest.advance(to: now, drift: drifts.upperBound, steering: Self.steering)
        newest?.slowest.advance(to: now, drift: drifts.lowerBound, steering: -Self.steering)
        drifts = drift
    }

    private func slowest(_ bound: Bound, at now: MonotonicTime) -> Int {
        bound.value(at: now, drift: drifts.lowerBound, steering: -Self.steering)
    }

    private func fastest(_ bound: Bound, at now: MonotonicTime) -> Int {
        bound.value(at: now, drift: drifts.upperBound, steering: Self.steering)
    }

    /// A member leads from now on.
    /// - Parameters:
    ///   - clock: What its clock shows.
    ///   - isSet: Whether those who elected it had not heard a leader in their lives.
    mutating func elected(
        _ member: MemberID, in term: Term, _ clock: ClusterTime, isSet: Bool,
        at now: MonotonicTime
    ) {
        let shown = Int(clock.milliseconds) * 1_000_000
        var allowed = loss
        if let bounds {
            let slowest = slowest(bounds.slowest, at: now)
            let fastest = fastest(bounds.fastest, at: now)
            allowed += fastest - slowest
            if isSet {
                self.bounds = (
                    Bound(min(slowest, shown), at: now), Bound(max(fastest, shown), at: now)
                )
            }
        } else {
            bounds = (Bound(shown, at: now), Bound(shown, at: now))
        }
        guard term > newest?.term ?? .zero else { return }
        if let newest, !isSet {
            let expected = slowest(newest.slowest, at: now) - allowed
            if shown < expected {
                fail(
                    "cluster time goes on when leadership changes",
                    found: "\(member), leader of term \(term), begins at \(clock)",
                    expected: "at least \(expected / 1_000_000) after term \(newest.term)")
            }
        }
        newest = (term, Bound(shown, at: now), clock)
    }

    /// A leader's clock shows this.
    mutating func shows(
        _ clock: ClusterTime, of member: MemberID, in term: Term, at now: MonotonicTime
    ) {
        let shown = Int(clock.milliseconds) * 1_000_000
        guard let bounds, let newest else { return }
        let latest = fastest(bounds.fastest, at: now) + Self.grain
        if shown > latest {
            fail(
                "cluster time runs no faster than the fastest crystal, and 500 ppm",
                found: "\(clock) by leader \(member) of term \(term)",
                expected: "at most \(latest / 1_000_000)")
        }
        measure(shown - Int(now.nanoseconds))
        guard term == newest.term else { return }
        let earliest = slowest(newest.slowest, at: now) - Self.grain
        if shown < earliest {
            fail(
                "cluster time runs no slower than the slowest crystal, less 500 ppm",
                found: "\(clock) by leader \(member) of term \(term)",
                expected: "at least \(earliest / 1_000_000)")
        }
        if clock < newest.shown {
            fail(
                "a leader's clock never goes back",
                found: "\(clock) by leader \(member) of term \(term)",
                expected: "at least \(newest.shown)")
        }
        self.newest?.shown = clock
    }

    private mutating func measure(_ offset: Int) {
        let range = offsets ?? offset...offset
        gain = max(gain, offset - range.lowerBound)
        delay = max(delay, range.upperBound - offset)
        offsets = min(range.lowerBound, offset)...max(range.upperBound, offset)
    }
}
