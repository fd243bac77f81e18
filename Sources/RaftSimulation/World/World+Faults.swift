// SPDX-License-Identifier: Apache-2.0

internal import Raft

// The schedule of faults, replayed.
extension World {
    /// Puts a schedule on the heap; dates are counted from now.
    func plan(_ faults: [DatedFault]) {
        for fault in faults {
            schedule.append(fault)
            heap.push(.fault(schedule.count - 1), at: now + fault.time)
        }
    }

    func strike(_ index: Int) {
        guard !isSettling else { return }
        trace.add(.fault, nil, at: now, UInt64(index))
        strike(schedule[index].fault)
    }

    /// Lets a fault happen now; it counts if there is something for it to hit.
    func strike(_ fault: Fault) {
        recorder?.strikes(fault, leader: resolve(.leader).id, at: now)
        if hit(fault) { faultCount += 1 }
    }

    /// - Returns: Whether it changed anything: not if its member is down already, for one.
    private func hit(_ fault: Fault) -> Bool {
        switch fault {
        case .crash(let target, let kind, let time):
            let member = resolve(target)
            guard member.isUp else { return false }
            crash(member, kind)
            if let time { planRestart(member, after: time) }
            return true
        case .crashAll(let kind, let time): return crashAll(kind, downFor: time)
        case .pause(let target, let time): return pause(resolve(target), for: time)
        case .partition(let partition, let time): return strike(partition, time)
        case .flap(let partition, let down, let up, let time):
            return strike(flapping: partition, down: down, up: up, time)
        case .clog(let from, let to, let time): return strike(clog: from, to, time)
        case .slow(let from, let to, let factor, let time):
            return strike(slow: from, to, by: factor, time)
        case .reset(let from, let to):
            return reset(resolve(from).position, resolve(to).position)
        case .stallDisk(let target, let time):
            let member = resolve(target)
            guard member.stalledUntil < now + time else { return false }
            member.stalledUntil = now + time
            return true
        case .failDisk(let target, let operation, let reason, let time):
            let member = resolve(target)
            guard member.isServing else { return false }
            member.downAfterFault = time
            member.disk.fail(
                operation, with: reason, partial: Int(nemesis.next(below: 1000)))
            return true
        case .stepClock(let target, let step):
            resolve(target).clock.wallOffset += step
            return step != 0
        case .crashWriting(let target, let kind, let limit, let time):
            return planCrash(of: resolve(target), kind, within: limit, downFor: time)
        case .fallReading(let limit, let time):
            // What comes of it counts when it comes.
            plannedFall = PlannedFall(until: now + limit, reading: time)
            return false
        case .wipe(let target, let time): return strikeWipe(resolve(target), downFor: time)
        case .damageDisk(let target, let damage): return strike(resolve(target), damage)
        case .fillDisk(let target, let fullness, let time):
            fillDisk(of: resolve(target), fullness, for: time)
            return true
        case .slowDisk(let target, let factor, let time):
            resolve(target).trouble.slowness = (max(1, factor), now + time)
            return true
        case .driftClock(let target, let drift):
            driftClock(of: resolve(target), drift)
            return true
        case .freezeClock(let target, let time):
            freezeClock(of: resolve(target), for: time)
            return true
        case .upgrade(let target, let change, let time):
            return upgrade(resolve(target), by: change, downFor: time)
        }
    }

    private func crashAll(_ kind: CrashKind, downFor time: Interval) -> Bool {
        let victims = members.filter(\.isUp)
        for member in victims {
            crash(member, kind)
            planRestart(
                member, after: Interval(nanoseconds: 1 + nemesis.next(below: time.nanoseconds + 1)))
        }
        return !victims.isEmpty
    }

    private func pause(_ member: SimulatedMember, for time: Interval) -> Bool {
        guard member.isUp else { return false }
        member.pausedUntil = max(member.pausedUntil, now + time)
        plan(member, after: time)
        network.pause(member.position, until: member.pausedUntil, into: &heap)
        return true
    }

    func resolve(_ target: FaultTarget) -> SimulatedMember {
        switch target {
        case .member(let id): return members.first { $0.id == id } ?? members[0]
        case .leader: return leader ?? members[0]
        }
    }

    /// Who leads in the highest term, by its own account.
    var leader: SimulatedMember? {
        var best: SimulatedMember?
        for member in members where member.replica?.core.role == .leader {
            if let known = best?.replica?.core.term, let term = member.replica?.core.term,
                known >= term
            {
                continue
            }
            best = member
        }
        return best
    }

    func planRestart(_ member: SimulatedMember, after time: Interval) {
        heap.push(.restart(member: member.position, life: member.life), at: now + time)
    }
}
