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
    func submit(_ job: SimulatedMember.LogJobKind, to member: SimulatedMember) {
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
        heap.push(.logDone(member: member.position, life: member.life), at: time)
        recorder?.writes(member, at: now)
    }

    func logLaneDone(_ member: SimulatedMember) {
        guard now >= member.stalledUntil else {
            let time = member.stalledUntil + Interval(nanoseconds: 1)
            return heap.push(.logDone(member: member.position, life: member.life), at: time)
        }
        events += 1
        let done = performLogJobs(of: member)
        recorder?.wrote(member, done, at: now)
        member.logTaken.removeAll(keepingCapacity: true)
        for result in done {
            if case .performed(let jobs) = result {
                logs.synced(through: jobs.through, by: member.position)
                trace.add(.logDone, member.id, at: now, jobs.through)
            }
            if case .recovered(let identity, let recovered) = result {
                audit(recovered, identity, member)
            }
            input(.log(result), to: member)
        }
        if !member.logWaiting.isEmpty { takeLogJobs(member) }
    }

    /// Does what the log lane has taken, as the log lane in production does.
    func performLogJobs(of member: SimulatedMember) -> [SimulatedMember.LogDone] {
        var done: [SimulatedMember.LogDone] = []
        do throws(RaftError) {
            var position = 0
            while position < member.logTaken.count {
                position = try performLogJob(at: position, of: member, &done)
            }
        } catch {
            done.append(.failed(error))
        }
        return done
    }

    private func performLogJob(
        at position: Int, of member: SimulatedMember, _ done: inout [SimulatedMember.LogDone]
    ) throws(RaftError) -> Int {
        switch member.logTaken[position] {
        case .load:
            try Storage.lock(member.disk)
            done.append(.loaded(try Identity.load(from: member.disk)))
        case .recover(let identity):
            let (log, recovered) = try WriteAheadLog.recover(
                in: member.disk, identity: identity, salt: member.random.next(),
                options: logOptions)
            member.log = log
            done.append(.recovered(identity, recovered))
        case .store(let identity):
            try Storage.store(
                identity, salt: member.random.next(), options: logOptions, in: member.disk)
            done.append(.stored)
        case .mark:
            try inputOutput { () throws(FileError) in try member.log?.mark() }
        case .spareIsReady:
            member.log?.spareIsReady()
            member.isSpareOrdered = false
        case .perform:
            var jobs: [LogJob] = []
            var end = position
            while end < member.logTaken.count, case .perform(let job) = member.logTaken[end] {
                jobs.append(job)
                end += 1
            }
            let result = try inputOutput { () throws(FileError) in try member.log?.perform(jobs) }
            if let result { done.append(.performed(result)) }
            if member.log?.needsSpare == true, !member.isSpareOrdered {
                member.isSpareOrdered = true
                done.append(.needsSpare)
            }
            return end
        }
        return position + 1
    }

    private func inputOutput<Result>(
        _ body: () throws(FileError) -> Result
    ) throws(RaftError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw RaftError(.inputOutput, error.description)
        }
    }

    /// Reads the whole log of a member that has just recovered it, and has it judged.
    private func audit(
        _ recovered: RecoveredLog, _ identity: Identity, _ member: SimulatedMember
    ) {
        // The judge's own reading must find nothing in the way.
        let failures = member.disk.state.failures
        member.disk.state.failures.removeAll()
        defer { member.disk.state.failures = failures }
        var entries: [LogEntry] = []
        while LogIndex(UInt64(entries.count)) < recovered.lastIndex {
            let next = LogIndex(UInt64(entries.count)).next
            guard
                let job = recovered.map.readJob(
                    from: next, through: recovered.lastIndex, maximumBytes: 1 << 20),
                let read = try? WriteAheadLog.read(
                    job, in: member.disk, identity: identity, group: profile.options.group),
                !read.isEmpty
            else { break }
            entries += read
        }
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
        let delay = slowed(pace.read.draw(&member.random), member)
        let time = max(now, member.stalledUntil) + delay
        heap.push(.readerDone(member: member.position, life: member.life), at: time)
        recorder?.reads(job, member, at: now)
    }

    func readerLaneDone(_ member: SimulatedMember) {
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
                // Not fatal: without a spare the log makes its next segment itself.
                member.isSpareOrdered = false
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
