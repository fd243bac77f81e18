// SPDX-License-Identifier: Apache-2.0

// What the core wants done, and how it gets done.
extension Replica {
    /// Gives the core an event and carries out the effects.
    mutating func step(_ event: Event, at now: Moment) {
        core.step(event, at: now.monotonic, into: &effects)
        for effect in effects.drain() { perform(effect, at: now) }
    }

    private mutating func perform(_ effect: Effect, at now: Moment) {
        switch effect {
        case .send(let message, let peer):
            send(.message(message), to: peer, at: now)
            if case .heartbeat = message { sayAdmitted(to: peer, at: now) }
        case .release(let promise, let peer): send(.promise(promise), to: peer, at: now)
        case .sendEntries(let header, let last, let peer):
            sendEntries(header, through: last, to: peer, at: now)
        case .fetch(let index, let peer): fetch(from: index, for: peer)
        case .persist(let request): persist(request)
        case .startTerm(let term, let index):
            // A new leadership: what earlier ones admitted says nothing about this one.
            admissions = Admissions()
            forwarded.removeAll()
            beginClock(at: now)
            survey = VersionSurvey()
            appendToWindow(
                LogEntry(
                    kind: .termStart, group: group, term: term, index: index,
                    time: stamp(at: now)))
        case .commit(let index):
            for peer in admissions.committed(through: index) {
                step(.announceCommit(to: peer), at: now)
            }
            announceTick(through: index, at: now)
        case .readable(let id, let index):
            reads.confirmed(id, at: index, clock: leaderTime(at: now))
        case .readRefused(let id): reads.refused(id)
        case .readsLost: reads.lost()
        case .roleChanged(let state):
            if state.role != .leader {
                admissions = Admissions()
                forwarded.removeAll()
                survey = VersionSurvey()
                clock.stopLeading(at: now.monotonic)
            }
            output.roleChanges.append(state)
        }
    }

    private mutating func sendEntries(
        _ header: AppendHeader, through last: LogIndex, to peer: MemberID, at now: Moment
    ) {
        let range = header.previous.index.next..<last.next
        let bytes =
            if range.lowerBound >= window.first || range.isEmpty {
                WireMessage.encodedEntries(
                    header, window.entries(range), frameHeader(at: now))
            } else {
                WireMessage.encodedEntries(header, inHand[...], frameHeader(at: now))
            }
        output.frames.append(Frame(peer: peer, channel: .bulk, bytes: bytes))
    }

    mutating func appendToWindow(_ entry: LogEntry) {
        window.append(entry)
        logBytes += entry.bytes.count
        lastStamp = max(lastStamp, entry.time)
    }
}

// The log's way to disk and back.
extension Replica {
    private mutating func persist(_ request: PersistRequest) {
        if let index = request.truncateFrom {
            // One job truncates first and appends then: a second truncation needs a job of its own.
            // The core may have committed some of what replaces its entries already.
            if openJob?.entries.isEmpty == false { closeJob(committedBefore: index) }
            window.truncate(from: index)
        }
        if !request.appended.isEmpty, window.last < request.appended.lowerBound {
            // A follower's entries come with the message in hand; a leader's are in the window already.
            for entry in inHand where request.appended.contains(entry.index) {
                appendToWindow(entry)
            }
        }
        var job =
            openJob
            ?? JobBuilder(
                token: request.token, hardState: request.hardState, truncateFrom: nil,
                entries: [])
        job.token = request.token
        job.hardState = request.hardState
        if let index = request.truncateFrom {
            job.truncateFrom = min(index, job.truncateFrom ?? index)
        }
        job.entries.append(contentsOf: window.entries(request.appended))
        openJob = job
    }

    /// Hands the open job out, unless the disk is far behind: then it goes on gathering, so that what
    /// waits for a stalled disk is a few jobs however long the stall.
    mutating func closeJobIfLaneHasRoom() {
        if jobsUnderWay.count < options.logJobsUnderWay { closeJob() }
    }

    /// - Parameter truncation: From here on the job's entries are void already; nil if none are.
    private mutating func closeJob(committedBefore truncation: LogIndex? = nil) {
        guard let job = openJob else { return }
        let last = truncation?.previous ?? core.log.lastIndex
        openJob = nil
        jobsUnderWay.append(job.token)
        output.logJobs.append(
            LogJob(
                sequence: job.token, hardState: job.hardState, truncateFrom: job.truncateFrom,
                entries: job.entries, commit: min(core.commitIndex, last)))
    }

    /// Log jobs became durable.
    package mutating func logJobsDone(_ done: LogJobsDone, at now: Moment) {
        while let oldest = jobsUnderWay.first, oldest <= done.through {
            jobsUnderWay.removeFirst(1)
        }
        for placement in done.placements { map.note(placement) }
        step(.persisted(through: done.through), at: now)
        evict(at: now)
    }

    /// Keeps memory bounded: durable entries beyond the window's size are given up, oldest first.
    private mutating func evict(at now: Moment) {
        let evictable = min(core.durability.durableIndex, core.commitIndex)
        guard let last = window.evict(through: evictable, keeping: options.windowBytes) else {
            return
        }
        step(.evicted(through: last), at: now)
    }

    private mutating func fetch(from index: LogIndex, for peer: MemberID) {
        readLog(
            from: index, through: min(window.first.previous, core.log.lastIndex),
            for: .follower(peer))
    }

    mutating func readLog(
        from index: LogIndex, through last: LogIndex, for purpose: ReplicaLogRead.Purpose
    ) {
        let job = map.readJob(
            from: index, through: last, maximumBytes: options.core.appendBytes)
        guard let job else {
            preconditionFailure("entry \(index) is neither in memory nor on disk")
        }
        output.logReads.append(ReplicaLogRead(purpose: purpose, job: job))
    }

    /// Entries were read back.
    /// - Parameter entries: Contiguous from the job's first entry on; at least one.
    package mutating func logReadDone(
        _ read: ReplicaLogRead, _ entries: [LogEntry], at now: Moment
    ) {
        // What was read may have been truncated and replaced meanwhile, or while it was read.
        let current = Array(
            entries.enumerated().prefix { offset, entry in
                entry.index == read.job.from + offset
                    && core.log.term(at: entry.index) == entry.term
            }.map(\.element))
        switch read.purpose {
        case .apply:
            isReadingBack = false
            guard read.job.from == dispatched.next + readBack.count else { return }
            readBack.append(contentsOf: current.filter { $0.index <= core.commitIndex })
        case .follower(let peer):
            let last = current.last?.index ?? read.job.from.previous
            inHand = current
            let byteCount = current.reduce(0) { $0 + $1.bytes.count }
            step(
                .fetched(peer, from: read.job.from, through: last, byteCount: byteCount),
                at: now)
            inHand = []
        }
    }
}

// Applying.
extension Replica {
    /// Hands out the next committed entries to be applied, in order.
    /// - Parameter maximumBytes: Roughly how much; one entry at least, if one is at hand.
    package mutating func takeCommitted(maximumBytes: Int) -> [LogEntry] {
        var taken: [LogEntry] = []
        var byteCount = 0
        while byteCount < maximumBytes, dispatched < core.commitIndex {
            let entry: LogEntry
            if let read = readBack.popFirst() {
                entry = read
            } else if let present = window.entry(at: dispatched.next) {
                entry = present
            } else {
                if !isReadingBack {
                    isReadingBack = true
                    let last = min(core.commitIndex, window.first.previous)
                    readLog(from: dispatched.next, through: last, for: .apply)
                }
                break
            }
            dispatched = entry.index
            byteCount += entry.bytes.count
            taken.append(entry)
        }
        return taken
    }

    /// Whether ``takeCommitted(maximumBytes:)`` has something at hand.
    package var hasCommitted: Bool {
        dispatched < core.commitIndex
            && (!readBack.isEmpty || window.first <= dispatched.next)
    }

    /// An entry was applied.
    /// - Parameters:
    ///   - own: The last of this life's own commands in it, if any.
    ///   - deadline: When the state machine wants to be woken now.
    /// - Returns: The machine version that is in force now.
    @discardableResult
    package mutating func applied(
        _ entry: LogEntry, own: UInt64?, deadline: ClusterTime?, at now: Moment
    ) -> MachineVersion {
        precondition(entry.index == applied.next, "applied \(entry.index) after \(applied)")
        applied = entry.index
        appliedTime = entry.time
        machineDeadline = deadline
        if entry.kind == .machineVersion { noteVersion(entry) }
        if let own { outbox.applied(through: own) }
        outbox.applied(term: entry.term)
        return machineVersion
    }
}
