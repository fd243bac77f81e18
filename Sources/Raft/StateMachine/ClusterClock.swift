// SPDX-License-Identifier: Apache-2.0

/// What cluster time it is, as far as one member can tell.
///
/// A leader's clock is cluster time: it begins, with its leadership, at the latest of what the log says and
/// what the members that elected it knew, and then runs on its boot clock. A follower knows what the
/// leader said last and counts on from there, so that time goes on while there is no leader, and whoever
/// is elected next takes it up where it is. Wall clocks decide only where nobody knows anything: when so
/// many members were started at once that those who elect the leader have not heard one before. Otherwise
/// they steer, the median of them, by 500 parts per million at most. A wall clock that is stepped in a
/// running cluster thus moves nothing.
package struct ClusterClock: Sendable {
    /// By how much wall clocks speed a leader's clock up or slow it down at most, in parts per million.
    static let steeringLimit: Int64 = 500
    /// For how long the best of what a leader said counts before something newer has to take its place:
    /// that long two crystals may run apart unnoticed.
    static let hearingWindow = Interval.seconds(1)

    /// What a leader has said.
    ///
    /// What comes late says too little, so the highest counts; but not for ever, as a follower whose crystal
    /// is faster than the leader's would believe itself more and more.
    private struct Hearing: Sendable {
        var best: SteeredClock
        /// The best before ``begun``.
        var earlier: SteeredClock?
        var begun: MonotonicTime

        func time(at now: MonotonicTime) -> ClusterTime {
            max(best.time(at: now), earlier?.time(at: now) ?? .zero)
        }
    }

    private enum State: Sendable {
        /// No leader was heard in this life.
        case unknown
        case following(Hearing)
        case leading(SteeredClock)
    }

    /// What another member said of its clocks, last.
    private struct Other: Sendable {
        let member: MemberID
        var estimate: SteeredClock?
        var wall: SteeredClock
        var heard: MonotonicTime
    }

    private var state = State.unknown
    private var others: [Other] = []

    /// What cluster time it is; nil if this member has heard no leader since it was started.
    func estimate(at now: MonotonicTime) -> ClusterTime? {
        switch state {
        case .unknown: nil
        case .following(let hearing): hearing.time(at: now)
        case .leading(let clock): clock.time(at: now)
        }
    }

    /// Whether there is an estimate.
    var isKnown: Bool {
        if case .unknown = state { return false }
        return true
    }

    /// When a leader's clock will show a time; nil if this member does not lead.
    func moment(showing time: ClusterTime) -> MonotonicTime? {
        guard case .leading(let clock) = state else { return nil }
        return clock.moment(showing: time)
    }

    /// Notes what a frame from another member says of its clocks.
    mutating func heard(_ header: FrameHeader, from member: MemberID, at now: MonotonicTime) {
        let other = Other(
            member: member,
            estimate: header.clock.map { SteeredClock(showing: $0, at: now) },
            wall: SteeredClock(showing: header.wall, at: now), heard: now)
        if let place = others.firstIndex(where: { $0.member == member }) {
            others[place] = other
        } else {
            others.append(other)
        }
    }

    /// Notes what the leader says its clock shows.
    mutating func follow(_ leaderClock: ClusterTime, at now: MonotonicTime) {
        let heard = SteeredClock(showing: leaderClock, at: now)
        switch state {
        case .leading: return
        case .unknown:
            state = .following(Hearing(best: heard, begun: now))
        case .following(var hearing):
            if now - hearing.begun >= Self.hearingWindow {
                hearing = Hearing(best: heard, earlier: hearing.best, begun: now)
            } else if leaderClock > hearing.best.time(at: now) {
                hearing.best = heard
            }
            state = .following(hearing)
        }
    }

    /// This member leads no more; what it knows of cluster time it goes on counting.
    mutating func stopLeading(at now: MonotonicTime) {
        guard case .leading(var clock) = state else { return }
        clock.steer(by: 0, at: now)
        state = .following(Hearing(best: clock, begun: now))
    }
}

// A leader's clock.
extension ClusterClock {
    /// Where a leader's clock began, and why there.
    package enum Beginning: Sendable, Hashable {
        /// This member knew no less than the others did.
        case own
        /// One of the others knew of a later time.
        case others
        /// Nobody knew anything: the median of wall clocks, unless the log has a later time.
        case wallClocks
        /// Nobody knew anything, and wall clocks are so far ahead of the log, by so many milliseconds, that
        /// they are not believed: the time of the log.
        case log(ahead: Int64)
    }

    /// Begins a leader's clock.
    /// - Parameters:
    ///   - stamp: The time of the last entry in the log; zero if there is none.
    ///   - recent: How long ago others were heard at most to be taken into account; those that voted are.
    ///   - jumpLimit: How far ahead of the log wall clocks may set the time.
    mutating func lead(
        after stamp: ClusterTime, at now: Moment, recent: Interval, jumpLimit: Interval
    ) -> Beginning {
        let own = estimate(at: now.monotonic)
        let others = heard(within: recent, at: now.monotonic)
        let theirs = others.compactMap { $0.estimate?.time(at: now.monotonic) }.max()
        var time = max(stamp, own ?? .zero, theirs ?? .zero)
        var beginning: Beginning = theirs ?? .zero > max(stamp, own ?? .zero) ? .others : .own
        if own == nil, theirs == nil {
            let walls = (others.map { $0.wall.time(at: now.monotonic) } + [now.wall]).sorted()
            // Of the two in the middle the lower one: rather late than early.
            let median = walls[(walls.count - 1) / 2]
            let ahead = median.milliseconds - stamp.milliseconds
            if stamp > .zero, ahead > Int64(jumpLimit.nanoseconds / 1_000_000) {
                beginning = .log(ahead: ahead)
            } else {
                beginning = .wallClocks
                time = max(stamp, median)
            }
        }
        state = .leading(SteeredClock(showing: time, at: now.monotonic))
        return beginning
    }

    /// Steers a leader's clock towards the median of the members' wall clocks.
    ///
    /// Of an even number the two in the middle decide together: only what both ask for is done.
    /// - Parameters:
    ///   - quorum: Of how many wall clocks at least something must be known.
    ///   - recent: How long ago at most.
    mutating func discipline(at now: Moment, quorum: Int, recent: Interval) {
        guard case .leading(var clock) = state else { return }
        let time = clock.time(at: now.monotonic).milliseconds
        let walls = heard(within: recent, at: now.monotonic).map { $0.wall.time(at: now.monotonic) }
        let offsets = (walls + [now.wall]).map { $0.milliseconds - time }.sorted()
        var steering: Int64 = 0
        if offsets.count >= quorum {
            let low = offsets[(offsets.count - 1) / 2]
            let high = offsets[offsets.count / 2]
            let offset = max(low, min(high, 0))
            // Made up for within ten seconds, if it is no more than five milliseconds.
            steering = max(-5, min(5, offset)) * (Self.steeringLimit / 5)
        }
        guard steering != clock.steering else { return }
        clock.steer(by: steering, at: now.monotonic)
        state = .leading(clock)
    }

    private func heard(within recent: Interval, at now: MonotonicTime) -> [Other] {
        others.filter { now - $0.heard <= recent }
    }
}
