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
        case .isolate(let target, let time):
            let member = resolve(target).position
            for peer in members.indices where peer != member {
                cut(member, peer, time)
                cut(peer, member, time)
            }
        case .cutOneWay(let from, let to, let time):
            cut(resolve(from).position, resolve(to).position, time)
        case .split(let half, let time):
            for a in members where half.contains(a.id) {
                for b in members where !half.contains(b.id) {
                    cut(a.position, b.position, time)
                    cut(b.position, a.position, time)
                }
            }
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
        case .stepClock(let target, let step): resolve(target).wallOffset += step
        }
    }

    private func resolve(_ target: FaultTarget) -> SimulatedMember {
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

    private func cut(_ from: Int, _ to: Int, _ time: Interval) {
        guard from != to else { return }
        network.cut(network.link(from, to))
        heap.push(.heal(link: network.link(from, to), round: healRound), at: now + time)
    }

}
