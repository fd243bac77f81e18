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

    /// Lets a fault happen now.
    func strike(_ fault: Fault) {
        faultCount += 1
        recorder?.strikes(fault, leader: resolve(.leader).id, at: now)
        switch fault {
        case .crash(let target, let kind, let time):
            let member = resolve(target)
            guard member.isUp else { return }
            crash(member, kind)
            if let time { planRestart(member, after: time) }
        case .crashAll(let kind, let time):
            for member in members where member.isUp {
                crash(member, kind)
                planRestart(
                    member,
                    after: Interval(nanoseconds: 1 + nemesis.next(below: time.nanoseconds + 1)))
            }
        case .pause(let target, let time):
            let member = resolve(target)
            member.pausedUntil = max(member.pausedUntil, now + time)
            plan(member, after: time)
            network.pause(member.position, until: member.pausedUntil, into: &heap)
        case .partition(let partition, let time): strike(partition, time)
        case .flap(let partition, let down, let up, let time):
            strike(flapping: partition, down: down, up: up, time)
        case .clog(let from, let to, let time): strike(clog: from, to, time)
        case .slow(let from, let to, let factor, let time):
            strike(slow: from, to, by: factor, time)
        case .reset(let from, let to):
            reset(resolve(from).position, resolve(to).position)
        case .stallDisk(let target, let time):
            let member = resolve(target)
            member.stalledUntil = max(member.stalledUntil, now + time)
        case .failDisk(let target, let operation, let reason, let time):
            let member = resolve(target)
            guard member.isServing else { return }
            member.downAfterFault = time
            member.disk.fail(
                operation, with: reason, partial: Int(nemesis.next(below: 1000)))
        case .stepClock(let target, let step): resolve(target).clock.wallOffset += step
        case .crashWriting(let target, let kind, let limit, let time):
            planCrash(of: resolve(target), kind, within: limit, downFor: time)
        case .wipe(let target, let time):
            if !strikeWipe(resolve(target), downFor: time) { faultCount -= 1 }
        case .damageDisk(let target, let damage):
            if !strike(resolve(target), damage) { faultCount -= 1 }
        case .fillDisk(let target, let fullness, let time):
            fillDisk(of: resolve(target), fullness, for: time)
        case .slowDisk(let target, let factor, let time):
            resolve(target).trouble.slowness = (max(1, factor), now + time)
        case .driftClock(let target, let drift): driftClock(of: resolve(target), drift)
        case .freezeClock(let target, let time): freezeClock(of: resolve(target), for: time)
        }
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
