// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Faults of one machine: its disk, its process, its clocks.
extension World {
    /// A trouble's time is over, or has come.
    func troubleMayEnd(_ member: SimulatedMember) {
        if now >= member.trouble.fullUntil { member.disk.fill(nil) }
        if let crash = member.trouble.plannedCrash, now >= crash.time {
            self.crash(member, crash.kind)
            planRestart(member, after: crash.downFor)
        }
    }

    /// Mends what can be mended.
    func mendMachine(of member: SimulatedMember) {
        member.disk.state.failures.removeAll()
        member.disk.fill(nil)
        member.trouble.fullUntil = now
        member.trouble.slowness = (1, now)
        member.trouble.plannedCrash = nil
        member.clock.thaw()
        setDrift(of: member, 0)
    }

    // MARK: Process

    func planCrash(
        of member: SimulatedMember, _ kind: CrashKind, within limit: Interval,
        downFor time: Interval
    ) -> Bool {
        guard member.isUp else { return false }
        member.trouble.plannedCrash = MachineTrouble.PlannedCrash(
            kind: kind, downFor: time, time: now + limit)
        heap.push(.trouble(member: member.position), at: now + limit)
        return true
    }

    /// The log lane begins something that ends at `time`: a crash that waits for that comes before.
    func crashWhileWriting(_ member: SimulatedMember, before time: MonotonicTime) {
        guard let crash = member.trouble.plannedCrash, !crash.isDue else { return }
        let delay = nemesis.next(below: (time - now).nanoseconds + 1)
        let due = min(crash.time, now + Interval(nanoseconds: delay))
        member.trouble.plannedCrash?.isDue = true
        member.trouble.plannedCrash?.time = due
        heap.push(.trouble(member: member.position), at: due)
    }

    /// A member begins to read: if that is what a fall waits for, it comes now.
    /// - Returns: How long it reads, if that is not what it would be.
    func fallWhileReading(_ read: ReplicaLogRead, _ member: SimulatedMember) -> Interval? {
        guard let fall = plannedFall, !isSettling, case .follower(let peer) = read.purpose,
            let commit = member.replica?.core.commitIndex, read.job.through > commit
        else { return nil }
        plannedFall = nil
        guard now < fall.until else { return nil }
        mark(.fellReading)
        func time(_ shortest: UInt64, _ width: UInt64) -> Interval {
            .milliseconds(shortest + nemesis.next(below: width))
        }
        plan([
            DatedFault(
                at: time(0, 20), .partition(.isolate(.member(member.id)), lasting: time(450, 450))),
            // The follower is back some time before the end of the reading, to ask for the same again.
            DatedFault(
                at: time(0, 20),
                .partition(
                    .isolate(.member(peer)),
                    lasting: Interval(nanoseconds: fall.reading.nanoseconds / 4 * 3))),
            DatedFault(at: time(900, 500), .partition(.isolate(.leader), lasting: time(700, 700))),
        ])
        return fall.reading
    }

    // MARK: Disk

    func fillDisk(of member: SimulatedMember, _ fullness: FullDisk, for time: Interval) {
        member.disk.fill(fullness)
        member.trouble.fullUntil = max(member.trouble.fullUntil, now + time)
        heap.push(.trouble(member: member.position), at: member.trouble.fullUntil)
    }

    /// How long something takes on a member's disk that would take `time` if it were in order.
    func slowed(_ time: Interval, _ member: SimulatedMember) -> Interval {
        let slowness = member.trouble.slowness
        return now < slowness.until ? time * slowness.factor : time
    }

    func strike(_ member: SimulatedMember, _ damage: DiskDamage) -> Bool {
        if damage.isDestroying {
            guard mayDestroy(member) else { return false }
        }
        let paths = member.disk.damage(damage)
        guard !paths.isEmpty else { return false }
        guard damage.isDestroying else { return true }
        switch member.trouble.loss {
        case nil: member.trouble.loss = .damaged(paths)
        case .damaged(let earlier)?: member.trouble.loss = .damaged(earlier + paths)
        case .wiped?: break
        }
        return true
    }

    func strikeWipe(_ member: SimulatedMember, downFor time: Interval) -> Bool {
        // A cluster of which nobody has anything left is a new one.
        guard mayDestroy(member), !member.trouble.isWiped,
            members.contains(where: { $0 !== member && !$0.trouble.isWiped })
        else { return false }
        crash(member, .kill)
        wipe(member)
        planRestart(member, after: time)
        return true
    }

    // MARK: Clocks

    func freezeClock(of member: SimulatedMember, for time: Interval) {
        member.clock.freeze(at: now, until: now + time)
        mark(.clockFroze)
    }

    func driftClock(of member: SimulatedMember, _ drift: Int64) {
        setDrift(of: member, drift)
        mark(.clockDrifted)
    }

    /// Between which speeds the members' crystals run.
    var drifts: ClosedRange<Int> {
        let drifts = members.map { Int($0.clock.drift) }
        return (drifts.min() ?? 0)...(drifts.max() ?? 0)
    }

    private func setDrift(of member: SimulatedMember, _ drift: Int64) {
        member.clock.setDrift(drift, at: now)
        times.crystals(drift: drifts, at: now)
        // A deadline may now come earlier than it was looked for.
        if let deadline = deadline(of: member) { setTimer(of: member, to: deadline) }
    }
}
