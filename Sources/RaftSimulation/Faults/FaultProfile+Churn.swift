// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension FaultProfile {
    /// Leaders that fall one after the other, each about an election timeout after the one before, and
    /// return while the next one leads, or just before.
    ///
    /// Single faults seldom meet a leader that has been one for a moment only, and that is where logs
    /// part: what the fallen appended, and what was on its way to or from it, comes up against what its
    /// successors did (dissertation, Figure 3.7).
    func drawChurn(
        at time: Interval, _ members: [MemberID], _ random: inout SplitMix64
    ) -> [DatedFault] {
        if members.count > 4, random.next(below: 3) > 0 {
            return (0..<1 + random.next(below: 4)).flatMap {
                drawRelapse(at: time.nanoseconds + $0 * 2_500_000_000, members, &random)
            }
        }
        if random.next(below: 3) == 0 {
            return (0..<2 + random.next(below: 4)).flatMap {
                drawEcho(at: time.nanoseconds + $0 * 1_800_000_000, members, &random)
            }
        }
        var time = time.nanoseconds
        return (0..<4 + random.next(below: 9)).flatMap { _ in
            defer { time += 50_000_000 + random.next(below: 700_000_000) }
            return drawFall(members, &random).map {
                DatedFault(at: Interval(nanoseconds: time), $0)
            }
        }
    }

    /// A leader that for a while reaches one follower only, whose answers are held up; that hears then of
    /// its successor; and that may lead again when the answers come.
    ///
    /// They accept entries that nobody has any more (dissertation §3.3: replies of an older term).
    private func drawRelapse(
        at time: UInt64, _ members: [MemberID], _ random: inout SplitMix64
    ) -> [DatedFault] {
        let some = [random.pick(members) ?? members[0]]
        let follower = FaultTarget.member(some[0])
        let cutOff = 150_000_000 + random.next(below: 100_000_000)
        let alone = 300_000_000 + random.next(below: 700_000_000)
        let successor = 350_000_000 + random.next(below: 500_000_000)
        let heldUp = max(alone, successor) + 250_000_000 + random.next(below: 700_000_000)
        func lasting(_ time: UInt64) -> Interval { Interval(nanoseconds: time) }
        let isSlow = random.next(below: 5) == 0
        let faults: [(UInt64, Fault)] = [
            // Or its disk is: what one leader sent has yet to be written when the next one replaces it.
            (
                0,
                isSlow
                    ? .stallDisk(follower, lasting: lasting(heldUp))
                    : .clog(from: follower, to: .leader, lasting: lasting(heldUp))
            ),
            (0, .partition(.quorumLoss(.leader, keeping: some), lasting: lasting(alone))),
            // The others have not found a new one yet: it is still the same that leads.
            (
                cutOff,
                .clog(
                    from: .leader, to: follower, lasting: isSlow ? lasting(alone) : lasting(heldUp))
            ),
            (successor, .pause(.leader, lasting: .milliseconds(700))),
        ]
        return faults.map { DatedFault(at: Interval(nanoseconds: time + $0), $1) }
    }

    /// A leader that nobody hears any more, and that still hears: answers to what it said before were held
    /// up, and come just in time to keep it from giving up, when another leads already.
    ///
    /// They prove nothing about now (dissertation §6.4).
    private func drawEcho(
        at time: UInt64, _ members: [MemberID], _ random: inout SplitMix64
    ) -> [DatedFault] {
        func lasting(_ time: UInt64) -> Interval { Interval(nanoseconds: time) }
        let silence = 20_000_000 + random.next(below: 60_000_000)
        let heldUp = lasting(400_000_000 + random.next(below: 200_000_000))
        var faults = members.map {
            DatedFault(
                at: Interval(nanoseconds: time),
                .clog(from: .member($0), to: .leader, lasting: heldUp))
        }
        faults.append(
            DatedFault(
                at: lasting(time + silence),
                .partition(
                    .mute(.leader), lasting: lasting(500_000_000 + random.next(below: 500_000_000)))
            ))
        return faults
    }

    private func drawFall(_ members: [MemberID], _ random: inout SplitMix64) -> [Fault] {
        let anybody = FaultTarget.member(random.pick(members) ?? members[0])
        let target = random.next(below: 4) == 0 ? anybody : .leader
        let some = members.filter { _ in random.next(below: 2) == 0 }
        // Often for about as long as it takes the others to find a new leader.
        let time: Interval =
            random.next(below: 2) == 0
            ? .milliseconds(100 + random.next(below: 900))
            : .milliseconds(280 + random.next(below: 400))
        switch random.next(below: 9) {
        case 0: return [.crash(target, .kill, downFor: time)]
        case 1: return [.crash(target, .powerCut(.draw(&random)), downFor: time)]
        case 2: return [.pause(target, lasting: time)]
        case 3: return [.partition(.mute(target), lasting: time)]
        case 4: return [.partition(.quorumLoss(target, keeping: some), lasting: time)]
        case 5: return [.partition(.halves(some), lasting: time)]
        case 6, 7: return holdUp(target, members, time)
        default: return [.partition(.isolate(target), lasting: time)]
        }
    }

    /// All that is on its way to and from a member comes late: answers to a leader that is none any more.
    private func holdUp(
        _ target: FaultTarget, _ members: [MemberID], _ time: Interval
    ) -> [Fault] {
        members.flatMap { member -> [Fault] in
            [
                .clog(from: target, to: .member(member), lasting: time),
                .clog(from: .member(member), to: target, lasting: time),
            ]
        }
    }
}
