// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What is wrong with a member that is not healed when the others are.
enum Breakage: Hashable, CaseIterable {
    /// It does not run.
    case down
    /// It stands still.
    case paused
    /// It reaches nobody, and nobody it.
    case isolated
    /// It hears nobody, and everybody hears it.
    case deaf
    /// It hears everybody, and nobody hears it.
    case mute
    /// Its disk does nothing.
    case stalled
}

// After the faults: some members are healed, the others stay broken.
extension World {
    /// Members whose data is damaged, gone or refused: nothing brings them back once that has come to
    /// light.
    var lost: [SimulatedMember] {
        members.filter { member in
            guard member.trouble.loss == nil else { return true }
            switch member.phase {
            case .ended: return true
            case .down, .loading, .bootstrapping, .recovering, .serving: return false
            }
        }
    }

    /// Mends everything: all run, nothing is cut, stalled or paused, the network is calm.
    func heal() { heal(members) }

    /// Mends some members, and the network between them; breaks the others for good, each in a way of its
    /// own.
    func heal(_ core: [SimulatedMember]) {
        healRound += 1
        recorder?.heals(core.map(\.id), at: now)
        network.healAll(at: now, into: &heap)
        streams.isCalm = true
        pace = MemberProfile()
        for member in members {
            if core.contains(where: { $0 === member }) {
                mend(member)
            } else if member.trouble.loss != nil {
                // Nothing is asked of it, and it must not do what it must not.
                mend(member)
            } else {
                breakForGood(member)
            }
        }
    }

    private func mend(_ member: SimulatedMember) {
        member.breakage = nil
        mendMachine(of: member)
        if member.stalledUntil > now { unstall(member) }
        if member.pausedUntil > now {
            member.pausedUntil = now
            member.turnTime = nil
            plan(member, after: Interval(nanoseconds: 0))
            network.pause(member.position, until: now, into: &heap)
        }
        switch member.phase {
        case .down: start(member)
        case .loading, .bootstrapping, .recovering, .serving, .ended: break
        }
    }

    /// Starts members that may be damaged anew, with nothing in their caches: they have to notice.
    func bringLossesToLight() {
        for member in members {
            guard case .damaged? = member.trouble.loss else { continue }
            crash(member, .kill)
            member.disk.dropCaches()
            mend(member)
        }
    }

    /// What the disk has been asked for is done after all.
    private func unstall(_ member: SimulatedMember) {
        member.stalledUntil = now
        let soon = now + Interval(nanoseconds: 1000)
        if !member.logTaken.isEmpty {
            planLogDone(member, at: soon)
        }
        if !member.readerJobs.isEmpty {
            planReaderDone(member, at: soon)
        }
    }

    private func breakForGood(_ member: SimulatedMember) {
        let all = Breakage.allCases
        var breakage = all[Int(nemesis.next(below: UInt64(all.count)))]
        // A leader with a disk that hangs goes on leading, and takes nothing more, and so does a candidate that
        // is elected with what its disk has by then: leadership that follows the disk's health is a step to
        // come.
        if breakage == .stalled {
            switch member.replica?.core.role {
            case .leader?, .candidate?: breakage = .paused
            case .follower?, .preCandidate?, nil: break
            }
        }
        member.breakage = breakage
        recorder?.breaks(member, breakage, at: now)
        let position = member.position
        let others = members.indices.filter { $0 != position }
        switch breakage {
        case .down: crash(member, .kill)
        case .paused:
            member.pausedUntil = Self.never
            network.pause(position, until: Self.never, into: &heap)
        case .stalled: member.stalledUntil = Self.never
        case .isolated, .deaf, .mute:
            for other in others {
                if breakage != .deaf {
                    network.cut(network.link(position, other), at: now, into: &heap)
                }
                if breakage != .mute {
                    network.cut(network.link(other, position), at: now, into: &heap)
                }
            }
        }
    }

    /// Later than any run lasts.
    private static var never: MonotonicTime { MonotonicTime(nanoseconds: 1 << 62) }
}
