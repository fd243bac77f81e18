// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What is said and judged of cluster time.
extension World {
    /// A new leader's clock begins.
    func judgeBeginning(of member: SimulatedMember, in term: Term, _ moment: Moment) {
        guard let clock = member.replica?.glanceAtClock(at: moment) else { return }
        var isSet = false
        switch member.replica?.clockBeginning {
        case .wallClocks?, .log?:
            isSet = true
            mark(.timeSetByWallClocks)
            if !logs.isElectedByIgnorance(member.id, in: term) {
                fail(
                    "wall clocks set the time only where nobody knows it",
                    found: "\(member.id), leader of term \(term), begins at \(clock)",
                    expected: "what somebody who elected it had heard from a leader")
            }
        case .others?: mark(.timeTakenFromVoters)
        case .own?, nil: break
        }
        times.elected(member.id, in: term, clock, isSet: isSet, at: now)
    }

    /// What a member tells of its clocks.
    func judgeClocks(_ output: ReplicaOutput, _ glance: Replica.Glance) {
        if glance.hasReadsAwaitingTime { mark(.readAwaitedTick) }
        for event in output.clockEvents {
            if case .raised = event { mark(.clockAlarmRaised) }
        }
    }

    /// The earliest reading of a leader's clock; nil if nobody leads.
    var timeFloor: TimeFloor? {
        var earliest: ClusterTime?
        for member in members where member.replica?.core.role == .leader {
            guard let clock = member.replica?.glanceAtClock(at: member.moment(now)) else {
                continue
            }
            earliest = min(earliest ?? clock, clock)
        }
        return earliest.map { TimeFloor(term: times.newestTerm, clock: $0) }
    }

    /// A linearizable read sees nothing that had expired when it was made: the log was brought so far first.
    func judgeTime(of call: CallJudge.Call, _ member: SimulatedMember) {
        guard let floor = call.time, floor.term == times.newestTerm,
            let deadline = machines.nextDeadline(member.position), deadline <= floor.clock
        else { return }
        let applied = machines.applied(member.position).time
        guard applied < floor.clock else { return }
        fail(
            "a read sees nothing that had expired when it was made",
            found: "on \(member.id) something was due at \(deadline), and time is \(applied) there",
            expected: "\(floor.clock), as its leader's clock showed when the read was made")
    }

    /// By how much cluster time was wrong so far; what lies between two looks at it included.
    var timeBounds: TimeBounds {
        func interval(_ nanoseconds: Int) -> Interval {
            Interval(nanoseconds: UInt64(nanoseconds) + 20_000_000)
        }
        return TimeBounds(early: interval(times.gain), late: interval(times.delay))
    }
}
