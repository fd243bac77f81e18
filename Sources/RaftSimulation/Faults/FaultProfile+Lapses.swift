// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Members that forget: what they knew in one life comes up against what they learn in the next.
extension FaultProfile {
    /// A follower that is soon up again, then down and up once more, while its leader does not hear it:
    /// what it asked in one life may be answered in the next, in which it asks by the same means.
    func drawLapse(
        at time: Interval, _ members: [MemberID], _ random: inout SplitMix64
    ) -> [DatedFault] {
        let follower = FaultTarget.member(random.pick(members) ?? members[0])
        let first = time.nanoseconds
        let second = first + 200_000_000 + random.next(below: 800_000_000)
        let unheard = Interval(nanoseconds: 500_000_000 + random.next(below: 1_500_000_000))
        return [
            (first, drawShortCrash(of: follower, &random)),
            (second, drawShortCrash(of: follower, &random)),
            (second, .partition(.oneWay(from: follower, to: .leader), lasting: unheard)),
        ].map { DatedFault(at: Interval(nanoseconds: $0), $1) }
    }

    /// A leader that nobody hears goes down, and all the others with it. It is up again before them, with a
    /// log that is longer than theirs but in memory no more, leads again, and falls while it reads back what
    /// they lack: what it has read when it leads once more was replaced meanwhile.
    func drawSetback(
        at time: Interval, _ members: [MemberID], _ random: inout SplitMix64
    ) -> [DatedFault] {
        let mute = Fault.partition(
            .mute(.leader), lasting: .milliseconds(200 + random.next(below: 100)))
        let crash = time.nanoseconds + 100_000_000 + random.next(below: 130_000_000)
        var faults = [
            DatedFault(at: time, mute),
            DatedFault(at: Interval(nanoseconds: crash), drawShortCrash(of: .leader, &random)),
        ]
        faults += members.map { member in
            let time = Interval.milliseconds(150 + random.next(below: 150))
            return DatedFault(
                at: Interval(nanoseconds: crash), .crash(.member(member), .kill, downFor: time))
        }
        let reading = Interval.milliseconds(2200 + random.next(below: 1500))
        faults.append(
            DatedFault(
                at: Interval(nanoseconds: crash),
                .fallReading(within: .seconds(2), reading: reading)))
        return faults
    }

    private func drawShortCrash(
        of target: FaultTarget, _ random: inout SplitMix64
    ) -> Fault {
        let kind: CrashKind = random.next(below: 2) == 0 ? .kill : .powerCut(.draw(&random))
        return .crash(target, kind, downFor: .milliseconds(1 + random.next(below: 20)))
    }
}
