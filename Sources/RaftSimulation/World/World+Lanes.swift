// SPDX-License-Identifier: Apache-2.0

internal import Raft

// The threads beside a member's loop, in virtual time: a job is done when its time is over, or not at all,
// or half, if the member goes down before that.
extension World {
    var logOptions: WriteAheadLog.Options {
        var options = WriteAheadLog.Options()
        options.segmentBytes = profile.member.segmentBytes
        options.firstSegmentBytes = min(profile.member.segmentBytes, 16 << 10)
        options.windowBytes = profile.options.windowBytes
        options.placementInterval = profile.member.placementInterval
        options.group = profile.options.group
        return options
    }

    /// Queues a job for a member's log lane.
    func submit(_ job: LogWriter.Job, to member: SimulatedMember) {
        member.logWaiting.append(job)
        if member.logTaken.isEmpty { takeLogJobs(member) }
    }

    private func takeLogJobs(_ member: SimulatedMember) {
        swap(&member.logTaken, &member.logWaiting)
        var delay = pace.sync.draw(&member.random)
        for job in member.logTaken {
            if case .recover = job { delay = pace.recovery.draw(&member.random) }
        }
        delay = slowed(delay, member)
        let time = max(now, member.stalledUntil) + delay
        crashWhileWriting(member, before: time)
        planLogDone(member, at: time)
        recorder?.writes(member, at: now)
    }

    /// What the log lane has taken is done then, and no more when it would have been done before.
    func planLogDone(_ member: SimulatedMember, at time: MonotonicTime) {
        member.logDoneTime = time
        heap.push(.logDone(member: member.position, life: member.life), at: time)
    }

    func logLaneDone(_ member: SimulatedMember) {
        guard member.logDoneTime == now else { return }
        guard now >= member.stalledUntil else {
            return planLogDone(member, at: member.stalledUntil + Interval(nanoseconds: 1))
        }
        member.logDoneTime = nil
        events += 1
        let done = performLogJobs(of: member)
        recorder?.wrote(member, done, at: now)
        member.logTaken.removeAll(keepingCapacity: true)
        for result in done {
            switch result {
            case .performed(let jobs):
                logs.synced(through: jobs.through, by: member.position)
                trace.add(.logDone, member.id, at: now, jobs.through)
            case .recovered(let recovered): audit(recovered, member)
            case .loaded, .stored, .needsSpare, .failed: break
            }
            input(.log(result), to: member)
        }
        if !member.logWaiting.isEmpty { takeLogJobs(member) }
    }

    /// Does what the log lane has taken.
    func performLogJobs(of member: SimulatedMember) -> [LogWriter.Done] {
        var done: [LogWriter.Done] = []
        let jobs = member.logTaken.map { salted($0, by: member) }
        member.logWriter?.run(jobs) { done.append($0) }
        return done
    }

    /// Gives what makes segments a salt. Not before: another order of draws is another run, and stored
    /// cases would no longer be about what they say.
    private func salted(_ job: LogWriter.Job, by member: SimulatedMember) -> LogWriter.Job {
        switch job {
        case .recover(var request):
            request.salt = member.random.next()
            return .recover(request)
        case .store(var request):
            request.salt = member.random.next()
            return .store(request)
        case .load, .perform, .mark, .spareIsReady, .spareFailed: return job
        }
    }

    /// Has the log of a member judged that has just recovered it.
    ///
    /// Now and then it is all read again, by way of the map that later reads rely on; else what recovery
    /// itself has read is taken for the end of it.
    private func audit(_ recovered: RecoveredLog, _ member: SimulatedMember) {
        guard case .recovering(let identity) = member.phase else { return }
        // The judge's own reading must find nothing in the way.
        let failures = member.disk.state.failures
        member.disk.state.failures.removeAll()
        defer { member.disk.state.failures = failures }
        var entries: [LogEntry] = []
        let known = recovered.boot % 4 == 0 ? [] : recovered.tail
        let last = LogIndex(recovered.lastIndex.rawValue - UInt64(known.count))
        while LogIndex(UInt64(entries.count)) < last {
            let next = LogIndex(UInt64(entries.count)).next
            guard
                let job = recovered.map.readJob(
                    from: next, through: last, maximumBytes: 1 << 20),
                let read = try? WriteAheadLog.read(
                    job, in: member.disk, identity: identity, group: profile.options.group),
                !read.isEmpty
            else { break }
            entries += read
        }
        if LogIndex(UInt64(entries.count)) == last { entries += known }
        let (kept, count) = logs.recovered(recovered, entries: entries, by: member.position)
        if kept < count {
            mark(.tailLost)
            recorder?.note(.tailLost, member.id, "\(count - kept) entries lost", at: now)
        }
        if kept > 0 { mark(.tailKept) }
        noteWhole(member)
        trace.add(
            .recovered, member.id, at: now, recovered.lastIndex.rawValue,
            recovered.hardState.term.rawValue, recovered.boot)
    }

    // MARK: The reader lane

    /// Queues a job for a member's reader lane.
    func submit(_ job: SimulatedMember.ReaderJob, to member: SimulatedMember) {
        member.readerJobs.append(job)
        if member.readerJobs.count == 1 { beginReaderJob(member) }
    }

    private func beginReaderJob(_ member: SimulatedMember) {
        guard let job = member.readerJobs.first else { return }
        if case .read(let read) = job, member.random.next(below: 2) == 0 {
            member.readAhead = self.read(read, member)
        }
        var delay = slowed(pace.read.draw(&member.random), member)
        if case .read(let read) = job, let time = fallWhileReading(read, member) { delay = time }
        planReaderDone(member, at: max(now, member.stalledUntil) + delay)
        recorder?.reads(job, member, at: now)
    }

    /// What the reader lane is at is done then, and no more when it would have been done before.
    func planReaderDone(_ member: SimulatedMember, at time: MonotonicTime) {
        member.readerDoneTime = time
        heap.push(.readerDone(member: member.position, life: member.life), at: time)
    }

    func readerLaneDone(_ member: SimulatedMember) {
        guard member.readerDoneTime == now else { return }
        guard now >= member.stalledUntil else {
            return planReaderDone(member, at: member.stalledUntil + Interval(nanoseconds: 1))
        }
        member.readerDoneTime = nil
        guard let job = member.readerJobs.popFirst() else { return }
        events += 1
        recorder?.hasRead(member, at: now)
        switch job {
        case .read(let read):
            let entries = member.readAhead ?? self.read(read, member)
            member.readAhead = nil
            trace.add(.logRead, member.id, at: now)
            switch read.purpose {
            case .apply: mark(.fetchedToApply)
            case .follower: mark(.fetchedForFollower)
            }
            if let entries { input(.read(read, entries), to: member) }
        case .prepareSegment:
            do throws(FileError) {
                try WriteAheadLog.prepareSegment(in: member.disk, options: logOptions)
                mark(.spareMade)
                input(.spareIsReady, to: member)
            } catch {
                input(.spareFailed, to: member)
            }
        }
        beginReaderJob(member)
    }

    private func read(_ read: ReplicaLogRead, _ member: SimulatedMember) -> [LogEntry]? {
        guard let identity = member.identity else { return nil }
        do throws(RaftError) {
            return try WriteAheadLog.read(
                read.job, in: member.disk, identity: identity, group: profile.options.group)
        } catch {
            input(.log(.failed(error)), to: member)
            return nil
        }
    }
}
