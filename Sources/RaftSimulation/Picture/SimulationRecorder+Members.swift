// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What is seen by looking at the members.
extension SimulationRecorder {
    /// Looks at a member as it is after an event.
    func see(_ member: SimulatedMember, at now: MonotonicTime) {
        let time = since(now)
        seeState(of: member, at: time)
        seeProgress(of: member, at: time)
    }

    /// A member's process starts.
    func starts(_ member: SimulatedMember, at now: MonotonicTime) {
        note(.start, member.id, "starts", at: now)
        endFaults(at: now) { $0.end == nil && $0.members == [member.id] }
    }

    /// A member's process ends, and what its lanes are at with it.
    func goesDown(_ member: SimulatedMember, _ why: String, at now: MonotonicTime) {
        note(.crash, member.id, why, at: now)
        cutOff(&openWrites[member.position], at: since(now))
        cutOff(&openReads[member.position], at: since(now))
    }

    private func seeState(of member: SimulatedMember, at time: Interval) {
        let state = state(of: member)
        let isServing = member.isServing
        let term = isServing ? member.replica?.core.term : nil
        let leader = isServing ? member.replica?.core.leader : nil
        if let number = openStates[member.position], let open = states[number] {
            if open.state == state, open.term == term, open.leader == leader { return }
            states.update(number) { $0.end = time }
        }
        openStates[member.position] = states.next
        states.append(
            Recording.StateSpan(
                member: member.id, state: state, term: term, leader: leader, begin: time,
                end: time))
    }

    private func state(of member: SimulatedMember) -> Recording.State {
        switch member.phase {
        case .down: return .down
        case .loading: return .starting
        case .bootstrapping: return .founding
        case .recovering: return .recovering
        case .ended: return .ended
        case .serving:
            switch member.replica?.core.role {
            case nil: return .recovering
            case .follower: return .follower
            case .preCandidate: return .preCandidate
            case .candidate: return .candidate
            case .leader: return .leader
            }
        }
    }

    private func seeProgress(of member: SimulatedMember, at time: Interval) {
        // Piece by piece: taking the replica out of its optional would copy all of it.
        guard member.isServing, let last = member.replica?.core.log.lastIndex,
            let durable = member.replica?.core.durability.durableIndex,
            let commit = member.replica?.core.commitIndex, let applied = member.replica?.applied
        else {
            lastProgress[member.position] = nil
            return
        }
        if let known = lastProgress[member.position], known.last == last,
            known.durable == durable, known.commit == commit, known.applied == applied
        {
            return
        }
        let sample = Recording.Progress(
            member: member.id, time: time, last: last, durable: durable, commit: commit,
            applied: applied)
        lastProgress[member.position] = sample
        progress.append(sample)
    }

    private func cutOff(_ open: inout Int?, at time: Interval) {
        guard let number = open else { return }
        open = nil
        diskJobs.update(number) {
            $0.end = time
            $0.outcome = .cutOff
        }
    }

    // MARK: Disks

    /// The log lane has taken jobs.
    func writes(_ member: SimulatedMember, at now: MonotonicTime) {
        openWrites[member.position] = diskJobs.next
        begin(member, isRead: false, text(of: member.logTaken, member.position), now)
    }

    /// The log lane has done them, or failed.
    func wrote(
        _ member: SimulatedMember, _ done: [LogWriter.Done], at now: MonotonicTime
    ) {
        guard let number = openWrites[member.position] else { return }
        openWrites[member.position] = nil
        var outcome = Recording.DiskJob.Outcome.done
        for result in done {
            if case .failed(let error) = result { outcome = .failed(error.message) }
        }
        end(number, outcome, now)
    }

    /// The reader lane begins a job.
    func reads(_ job: SimulatedMember.ReaderJob, _ member: SimulatedMember, at now: MonotonicTime) {
        openReads[member.position] = diskJobs.next
        switch job {
        case .read(let read):
            let range = "\(read.job.from)..\(read.job.through)"
            switch read.purpose {
            case .apply: begin(member, isRead: true, "read \(range) to apply", now)
            case .follower(let id): begin(member, isRead: true, "read \(range) for \(id)", now)
            }
        case .prepareSegment: begin(member, isRead: true, "prepare a segment", now)
        }
    }

    /// The reader lane has done its job.
    func hasRead(_ member: SimulatedMember, at now: MonotonicTime) {
        guard let number = openReads[member.position] else { return }
        openReads[member.position] = nil
        end(number, .done, now)
    }

    private func begin(
        _ member: SimulatedMember, isRead: Bool, _ text: String, _ now: MonotonicTime
    ) {
        diskJobs.append(
            Recording.DiskJob(
                member: member.id, isRead: isRead, text: text, begin: since(now), end: nil,
                outcome: .waiting))
    }

    private func end(
        _ number: Int, _ outcome: Recording.DiskJob.Outcome, _ now: MonotonicTime
    ) {
        let time = since(now)
        diskJobs.update(number) {
            $0.end = time
            $0.outcome = outcome
        }
    }

    private func text(of jobs: [LogWriter.Job], _ member: Int) -> String {
        var parts: [String] = []
        var entries: (first: LogIndex, last: LogIndex)?
        var hardState: HardState?
        for job in jobs {
            switch job {
            case .load: parts.append("load")
            case .recover: parts.append("recover")
            case .store: parts.append("store identity")
            case .mark: parts.append("mark the end")
            case .spareIsReady, .spareFailed: break
            case .perform(let job):
                hardState = job.hardState
                if let index = job.truncateFrom { parts.append("truncate from \(index)") }
                guard let first = job.entries.first?.index, let last = job.entries.last?.index
                else { continue }
                entries = (entries?.first ?? first, last)
            }
        }
        if let entries { parts.append("sync \(entries.first)..\(entries.last)") }
        if let hardState, hardState != hardStates[member] {
            hardStates[member] = hardState
            let vote = hardState.vote.map { ", vote for \($0)" } ?? ""
            parts.append("term \(hardState.term)\(vote)")
        }
        return parts.isEmpty ? "sync" : parts.joined(separator: ", ")
    }
}
