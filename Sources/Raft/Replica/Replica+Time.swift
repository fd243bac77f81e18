// SPDX-License-Identifier: Apache-2.0

// Cluster time: a leader's clock, the estimate of a follower, and what waits for either.
extension Replica {
    /// What cluster time it is, as far as this member can tell.
    package func clusterTime(at now: Moment) -> ClusterTime {
        max(lastStamp, clock.estimate(at: now.monotonic) ?? .zero)
    }

    /// Whether it has heard a leader in its life, or led.
    package var knowsClusterTime: Bool { clock.isKnown }

    /// How long ago another member's clocks were read at most to count: a candidate's votes do.
    private var recent: Interval { options.core.electionTimeoutMaximum * 2 }

    func frameHeader(at now: Moment) -> FrameHeader {
        FrameHeader(
            group: group, clock: clock.estimate(at: now.monotonic).map { max(lastStamp, $0) },
            wall: now.wall)
    }

    /// By how many milliseconds the wall clock is ahead of cluster time; nil if that is not known.
    package func wallClockOffset(at now: Moment) -> Int64? {
        clock.estimate(at: now.monotonic).map { now.wall.milliseconds - $0.milliseconds }
    }

    /// What the leader's clock shows, where its word on a read has just come.
    func leaderTime(at now: Moment) -> ClusterTime {
        let own = clusterTime(at: now)
        // A leader's own clock counts, whatever the follower believed whose answer was the last it needed.
        return core.role == .leader ? own : leaderClock ?? own
    }

    /// The time for the next entry.
    mutating func stamp(at now: Moment) -> ClusterTime {
        lastStamp = clusterTime(at: now)
        return lastStamp
    }

    /// A new leader's clock begins.
    mutating func beginClock(at now: Moment) {
        let beginning = clock.lead(
            after: lastStamp, at: now, recent: recent, jumpLimit: options.clockJumpLimit)
        clockBeginning = beginning
        switch beginning {
        case .own, .others: break
        case .wallClocks:
            output.clockEvents.append(.setByWallClocks(clusterTime(at: now)))
        case .log(let ahead): raise(.jumpRefused(milliseconds: ahead))
        }
    }

    /// Looks at the wall clocks, once a second.
    mutating func checkClocks(at now: Moment) {
        guard now.monotonic >= nextClockCheck else { return }
        nextClockCheck = now.monotonic + .seconds(1)
        if core.role == .leader {
            clock.discipline(
                at: now, quorum: core.configuration.voters.count / 2 + 1, recent: recent)
        }
        guard let offset = wallClockOffset(at: now) else { return }
        let limit = Int64(options.clockAlarmOffset.nanoseconds / 1_000_000)
        switch clockAlarm {
        case nil:
            if abs(offset) > limit { raise(.wallClockIsOff(milliseconds: offset)) }
        case .wallClockIsOff, .jumpRefused:
            // Not again and again while it is just about the limit.
            if abs(offset) <= limit / 2 {
                clockAlarm = nil
                output.clockEvents.append(.cleared)
            }
        }
    }

    private mutating func raise(_ alarm: ClockAlarm) {
        clockAlarm = alarm
        output.clockEvents.append(.raised(alarm))
    }

    /// Up to which reading of a leader's clock the state machine is as it would be if time had been let pass
    /// up to there: nothing was due by then.
    ///
    /// A read at a later reading has to wait for the tick, or it would see what its leader takes for
    /// expired; to hide that from it without the log's word would let it come back under another leader.
    var settledTime: ClusterTime {
        guard let deadline = machineDeadline else { return ClusterTime(milliseconds: .max) }
        return max(appliedTime, ClusterTime(milliseconds: deadline.milliseconds - 1))
    }
}

// The state machine's timers.
extension Replica {
    /// Whether only a tick would bring the state machine's timers on: nothing else is under way.
    private var needsTick: Bool {
        core.role == .leader && core.hasCommittedInTerm && applied == core.log.lastIndex
    }

    mutating func appendTickIfDue(at now: Moment) {
        guard needsTick, let deadline = machineDeadline, clusterTime(at: now) >= deadline,
            now.monotonic >= lastTick + options.tickInterval
        else { return }
        lastTick = now.monotonic
        append(.tick, at: now)
        tickUnderWay = core.log.lastIndex
    }

    func tickDeadline(at now: Moment) -> MonotonicTime? {
        guard needsTick, let deadline = machineDeadline,
            let due = clock.moment(showing: deadline)
        else { return nil }
        return max(due, now.monotonic, lastTick + options.tickInterval)
    }

    /// Tells all followers at once that a tick is committed: reads may wait for it there.
    mutating func announceTick(through index: LogIndex, at now: Moment) {
        guard let tick = tickUnderWay, tick <= index else { return }
        tickUnderWay = nil
        for peer in core.leadership?.progress.map(\.member) ?? [] {
            step(.announceCommit(to: peer), at: now)
        }
    }
}
