// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Faults of one machine: its disk, its process, its clocks.
extension FaultProfile {
    /// Draws a fault of one machine: several if one comes seldom alone.
    /// - Parameters:
    ///   - members: Whom it can hit.
    ///   - victims: Whom it can destroy.
    /// - Returns: None if there is nobody it may hit.
    func drawMachine(
        _ kind: Kind, at time: Interval, _ members: [MemberID], victims: [MemberID],
        _ random: inout SplitMix64
    ) -> [DatedFault] {
        if kind == .restartStorm { return drawStorm(at: time, members, &random) }
        guard let fault = drawMachine(kind, members, victims, &random) else { return [] }
        var faults = [DatedFault(at: time, fault)]
        if case .damageDisk(let target, let damage) = fault, damage.isDestroying,
            random.next(below: 2) == 0
        {
            // A start reads everything.
            let delay = Interval(nanoseconds: random.next(below: 300_000_000))
            let crash = Fault.crash(
                target, .powerCut(.draw(&random)),
                downFor: .milliseconds(1 + random.next(below: 99)))
            faults.append(
                DatedFault(at: Interval(nanoseconds: time.nanoseconds + delay.nanoseconds), crash))
        }
        return faults
    }

    private func drawMachine(
        _ kind: Kind, _ members: [MemberID], _ victims: [MemberID], _ random: inout SplitMix64
    ) -> Fault? {
        let time = lasting.draw(&random)
        switch kind {
        case .crashWriting:
            let crash: CrashKind =
                random.next(below: 3) == 0 ? .kill : .powerCut(.draw(&random))
            return .crashWriting(
                target(members, &random), crash, within: .milliseconds(500), downFor: time)
        case .wipe:
            guard !victims.isEmpty else { return nil }
            return .wipe(target(victims, &random), downFor: time)
        case .rot: return drawDamage(.rot, members, victims, &random)
        case .lostWrite: return drawDamage(.lostWrite, members, victims, &random)
        case .misdirectedWrite:
            return drawDamage(.misdirectedWrite, members, victims, &random)
        case .unreadable: return drawDamage(.unreadable, members, victims, &random)
        case .readError:
            return .failDisk(target(members, &random), .read, .inputOutput, downFor: time)
        case .diskFull:
            let fullness = random.pick(FullDisk.allCases) ?? .everything
            return .fillDisk(target(members, &random), fullness, lasting: time)
        case .diskSlow:
            let factor = UInt64(2) << random.next(below: 6)
            return .slowDisk(target(members, &random), factor: factor, lasting: time)
        case .clockDrift:
            // A crystal is off by a few hundred parts per million; a broken clock source by far more.
            let largest: UInt64 = random.next(below: 4) == 0 ? 50_000 : 500
            let drift = Int64(random.next(below: 2 * largest + 1)) - Int64(largest)
            return .driftClock(target(members, &random), partsPerMillion: drift)
        case .clockFreeze: return .freezeClock(target(members, &random), lasting: time)
        case .upgrade:
            let change: Int64 = random.next(below: 4) == 0 ? -1 : 1
            return .upgrade(target(members, &random), by: change, downFor: time)
        case .kill, .powerCut, .crashAll, .pause, .partition, .oneWay, .reset, .diskStall,
            .diskError, .clockStep, .bridge, .ring, .quorumLoss, .oneWayIsolation, .flapping,
            .clog, .slowLink, .leaderChurn, .lapse, .setback, .restartStorm:
            return nil
        }
    }

    /// One member that goes down again and again, mostly before it has come up: each life lasts for less
    /// than 30 ms.
    private func drawStorm(
        at time: Interval, _ members: [MemberID], _ random: inout SplitMix64
    ) -> [DatedFault] {
        // One in four while the cluster is being founded.
        var time = random.next(below: 4) == 0 ? random.next(below: 300_000_000) : time.nanoseconds
        guard let member = random.pick(members) else { return [] }
        return (0..<3 + random.next(below: 5)).map { _ in
            let crash: CrashKind =
                random.next(below: 2) == 0 ? .kill : .powerCut(.draw(&random))
            let downFor = Interval(nanoseconds: 1 + random.next(below: 5_000_000))
            defer { time += downFor.nanoseconds + random.next(below: 30_000_000) }
            return DatedFault(
                at: Interval(nanoseconds: time), .crash(.member(member), crash, downFor: downFor))
        }
    }

    private func drawDamage(
        _ kind: DiskDamage.Kind, _ members: [MemberID], _ victims: [MemberID],
        _ random: inout SplitMix64
    ) -> Fault? {
        let choice = random.next()
        let number = random.next(below: 8)
        guard number > 2 || kind != .rot else {
            return .damageDisk(
                target(members, &random), DiskDamage(.rot, .unused, choice: choice))
        }
        guard !victims.isEmpty else { return nil }
        let place: DiskDamage.Place = number == 7 ? .identity : .log
        return .damageDisk(
            target(victims, &random), DiskDamage(kind, place, choice: choice))
    }

    /// Whom a run's faults may destroy.
    func victims(among members: [MemberID], _ random: SplitMix64) -> [MemberID] {
        var random = random.split("victims")
        var rest = members
        return (0..<budget.losses(of: members.count)).map { _ in
            rest.remove(at: random.below(rest.count))
        }
    }
}

extension FaultProfile.Kind {
    /// Whether members may be lost for good by it.
    var isDestroying: Bool {
        [.wipe, .rot, .lostWrite, .misdirectedWrite, .unreadable].contains(self)
    }
}
