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
        var time = time.nanoseconds
        return (0..<4 + random.next(below: 9)).flatMap { _ in
            defer { time += 50_000_000 + random.next(below: 700_000_000) }
            return drawFall(members, &random).map {
                DatedFault(at: Interval(nanoseconds: time), $0)
            }
        }
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
