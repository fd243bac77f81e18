// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension FaultProfile {
    /// Draws one of the network's more particular faults.
    func drawNetworkFault(
        _ kind: Kind, _ target: FaultTarget, _ other: FaultTarget, _ members: [MemberID],
        _ time: Interval, _ random: inout SplitMix64
    ) -> Fault {
        let some = members.filter { _ in random.next(below: 2) == 0 }
        let isEven = random.next(below: 2) == 0
        switch kind {
        case .bridge: return .partition(.bridge(some, over: target), lasting: time)
        case .ring: return .partition(.ring, lasting: time)
        case .quorumLoss: return .partition(.quorumLoss(target, keeping: some), lasting: time)
        case .oneWayIsolation:
            return .partition(isEven ? .deaf(target) : .mute(target), lasting: time)
        case .flapping:
            // Every few milliseconds to every few hundred.
            let longest = UInt64(2_000_000) << random.next(below: 8)
            let down = Interval(nanoseconds: 500_000 + random.next(below: longest))
            let up = Interval(nanoseconds: 500_000 + random.next(below: longest))
            let partition: Partition = isEven ? .isolate(target) : .oneWay(from: target, to: other)
            return .flap(partition, down: down, up: up, lasting: time)
        case .clog: return .clog(from: target, to: other, lasting: time)
        case .slowLink:
            return .slow(from: target, to: other, by: 2 + random.next(below: 49), lasting: time)
        case .kill, .powerCut, .crashAll, .pause, .partition, .oneWay, .reset, .diskStall,
            .diskError, .clockStep, .crashWriting, .restartStorm, .wipe, .rot, .lostWrite,
            .misdirectedWrite, .unreadable, .readError, .diskFull, .diskSlow, .clockDrift,
            .clockFreeze, .leaderChurn, .lapse, .setback, .upgrade:
            preconditionFailure("\(kind) is not one of the network's faults")
        }
    }
}
