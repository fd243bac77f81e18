// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Members whose programs differ in the machine versions they can run, and are replaced.
extension World {
    /// What the newest program can run.
    static func newestProgram(
        of machine: ClosedRange<MachineVersion>, _ profile: VersionProfile
    ) -> ClosedRange<MachineVersion> {
        let oldest = machine.lowerBound
        var newest = MachineVersion(oldest.rawValue + UInt32(max(1, profile.count) - 1))
        if machine.upperBound > oldest { newest = min(newest, machine.upperBound) }
        return oldest...newest
    }

    /// What a member's program can run.
    func versions(of member: SimulatedMember) -> ClosedRange<MachineVersion> {
        programs.lowerBound...member.program
    }

    /// Gives members their first programs.
    func installPrograms(_ random: SplitMix64) {
        var random = random
        let count = UInt64(programs.upperBound.rawValue - programs.lowerBound.rawValue) + 1
        for member in members {
            let age = profile.versions.isMixed ? random.next(below: count) : 0
            member.program = MachineVersion(programs.lowerBound.rawValue + UInt32(age))
        }
    }

    /// Replaces a member's program by a newer one, or an older one if `change` is negative.
    /// - Returns: Whether there is one.
    func upgrade(_ member: SimulatedMember, by change: Int64, downFor time: Interval) -> Bool {
        let (lowest, highest) = (programs.lowerBound.rawValue, programs.upperBound.rawValue)
        let wanted = Int64(member.program.rawValue) + change
        let program = MachineVersion(
            UInt32(min(max(wanted, Int64(lowest)), Int64(highest))))
        guard program != member.program else { return false }
        if program < member.program { mark(.downgraded) }
        install(program, on: member, downFor: time)
        return true
    }

    /// Has a member run another program: at once if it does not run, else after a restart.
    func install(
        _ program: MachineVersion, on member: SimulatedMember, downFor time: Interval
    ) {
        if member.isUp {
            crash(member, .kill)
            planRestart(member, after: time)
        }
        member.program = program
    }

    /// A member stops because its program is too old: whoever looks after it does what it says.
    func verdictOnVersion(_ member: SimulatedMember) -> Verdict {
        guard let newest = versionJudge.newest, newest > member.program else { return .unexcused }
        mark(.outdatedStopped)
        member.program = programs.upperBound
        return .startAgain(after: restartDelay(of: member))
    }

    // MARK: What is judged

    /// A member takes part in the cluster.
    func judgeFounding(of member: SimulatedMember, in version: MachineVersion) {
        let isFirst = versionJudge.newest == nil
        let unable = isFirst ? members.filter { !$0.hasRun(version, since: .zero) } : []
        versionJudge.founded(in: version, member: member.id, unable: unable.map(\.id))
        if isFirst { machines.beginReference(in: version) }
    }

    /// A member has applied an entry.
    /// - Parameters:
    ///   - version: What is in force on it now.
    ///   - said: What it says is.
    func judgeVersion(
        of member: SimulatedMember, after entry: LogEntry, in version: MachineVersion,
        says said: MachineVersion?
    ) {
        versionJudge.applied(
            entry, on: member.id, running: versions(of: member), in: version, says: said)
    }

    /// A leader that raises the version was told by all members that they can, in answer to a question that
    /// was asked less than an election timeout ago.
    func judgeRise(_ rise: LogIndex?, by leader: SimulatedMember) {
        guard rise != leader.judgedRise else { return }
        leader.judgedRise = rise
        guard let rise, let entry = leader.replica?.window.entry(at: rise),
            let version = try? entry.machineVersion()
        else { return }
        // A crystal may be slow by a twentieth.
        let timeout = profile.options.core.electionTimeoutMaximum.nanoseconds
        let begin = now.minus(Interval(nanoseconds: timeout + timeout / 10))
        let unable = members.filter { !$0.hasRun(version, since: begin) }
        versionJudge.raised(to: version, by: leader.id, unable: unable.map(\.id))
        mark(.versionRaised)
    }
}

extension SimulatedMember {
    /// Notes that its process runs from now on.
    func beginLife() { lives.append(Life(program: program, end: nil)) }

    /// Notes that its process has ended.
    func endLife(at now: MonotonicTime) {
        guard let last = lives.indices.last, lives[last].end == nil else { return }
        lives[last].end = now
    }

    /// Whether it ran, since then, a program that can run a version.
    func hasRun(_ version: MachineVersion, since begin: MonotonicTime) -> Bool {
        lives.contains { $0.program >= version && ($0.end.map { $0 >= begin } ?? true) }
    }
}
