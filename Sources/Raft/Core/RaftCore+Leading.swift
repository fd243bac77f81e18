// SPDX-License-Identifier: Apache-2.0

// What a leader does: replicate, count, commit (dissertation §3.5, §3.6.2).
extension RaftCore {
    mutating func becomeLeader(at now: MonotonicTime, into effects: inout Effects) {
        precondition(durability.isTermDurable, "leader of a term that is not durable")
        role = .leader
        leader = id
        campaign = nil
        leaderContact = nil
        let others = (configuration.voters + configuration.learners).filter { $0 != id }
        leadership = Leadership(others: others, next: log.lastIndex.next, now: now)
        // The first entry of the term: only with it do older entries count as committed (§3.6.2).
        let index = log.lastIndex.next
        effects.add(.startTerm(term, at: index))
        appendOwn(
            [EntryStub(term: term, byteCount: LogEntry.headerLength)], at: now, into: &effects)
        broadcastHeartbeat(at: now, into: &effects)
    }

    mutating func appendOwn(
        _ entries: [EntryStub], at now: MonotonicTime, into effects: inout Effects
    ) {
        precondition(role == .leader, "only a leader appends entries of its own")
        let first = log.lastIndex.next
        for entry in entries {
            precondition(entry.term == term, "an entry of term \(entry.term) in term \(term)")
            log.append(term)
            sizes.append(entry.byteCount)
        }
        persist(appended: first..<log.lastIndex.next, into: &effects)
        replicateToAll(at: now, into: &effects)
    }

    mutating func leaderDeadlinePassed(at now: MonotonicTime, into effects: inout Effects) {
        guard let leadership else { return }
        let heard = configuration.reachedByQuorum { member in
            member == id
                ? now
                : leadership.position(of: member).map { leadership.progress[$0].lastContact }
                    ?? .zero
        }
        // CheckQuorum: a leader that nobody hears must not go on believing in itself (§6.2).
        if now - heard >= options.electionTimeoutMaximum {
            becomeFollower(of: nil, at: now, into: &effects)
            return
        }
        for position in leadership.progress.indices {
            self.leadership?.progress[position].heartbeatIntervalPassed()
        }
        broadcastHeartbeat(at: now, into: &effects)
    }

    /// Says "I lead" to everybody, with the number of the newest read round.
    mutating func broadcastHeartbeat(at now: MonotonicTime, into effects: inout Effects) {
        guard var leadership else { return }
        leadership.heartbeatDeadline = now + options.heartbeatInterval
        for position in leadership.progress.indices {
            let heartbeat = Heartbeat(
                term: term, commit: commitIndex, round: leadership.reads.started)
            let member = leadership.progress[position].member
            effects.add(.send(.heartbeat(heartbeat), to: member))
        }
        self.leadership = leadership
    }

    mutating func announceCommit(to member: MemberID, into effects: inout Effects) {
        guard role == .leader else { return }
        let notice = CommitNotice(term: term, commit: commitIndex)
        effects.add(.send(.commitNotice(notice), to: member))
    }

    mutating func replicateToAll(at now: MonotonicTime, into effects: inout Effects) {
        guard let count = leadership?.progress.count else { return }
        for position in 0..<count { replicate(to: position, at: now, into: &effects) }
    }

    /// Sends a follower what it lacks, as far as its window allows.
    private mutating func replicate(
        to position: Int, at now: MonotonicTime, into effects: inout Effects
    ) {
        guard var progress = leadership?.progress[position] else { return }
        defer { leadership?.progress[position] = progress }
        while progress.canSend(options) {
            let previous = progress.next.previous
            var through = previous
            if progress.next <= log.lastIndex {
                guard progress.next >= sizes.first else {
                    progress.isFetching = true
                    effects.add(.fetch(from: progress.next, for: progress.member))
                    return
                }
                through = sizes.last(from: progress.next, fitting: options.appendBytes)
            } else if progress.mode == .replicate {
                return
            }
            let previousBytes = sizes.byteCount(after: previous)
            send(
                through, byteCount: previousBytes - sizes.byteCount(after: through),
                to: &progress, at: now, into: &effects)
        }
    }

    private func send(
        _ through: LogIndex, byteCount: Int, to progress: inout Progress,
        at now: MonotonicTime, into effects: inout Effects
    ) {
        let previous = progress.next.previous
        guard let previousTerm = log.term(at: previous) else {
            preconditionFailure("next \(progress.next) beyond the log's \(log.lastIndex)")
        }
        let header = AppendHeader(
            term: term, previous: LogEnd(term: previousTerm, index: previous), commit: commitIndex,
            attempt: progress.attempt)
        effects.add(.sendEntries(header, through: through, to: progress.member))
        progress.sent(through: through, byteCount: byteCount, at: now)
    }

    mutating func fetched(
        _ first: LogIndex, _ last: LogIndex, byteCount: Int, for member: MemberID,
        at now: MonotonicTime, into effects: inout Effects
    ) {
        guard var leadership, let position = leadership.position(of: member),
            leadership.progress[position].isFetching
        else { return }
        leadership.progress[position].isFetching = false
        if leadership.progress[position].next == first, last >= first, last <= log.lastIndex {
            send(
                last, byteCount: byteCount, to: &leadership.progress[position], at: now,
                into: &effects)
        }
        self.leadership = leadership
        replicate(to: position, at: now, into: &effects)
    }

    mutating func receive(
        _ acceptance: AppendAccepted, from sender: MemberID, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        guard let position = leadership?.position(of: sender) else { return }
        accepted(acceptance.match, at: position, now, into: &effects)
        replicate(to: position, at: now, into: &effects)
    }

    private mutating func accepted(
        _ match: LogIndex, at position: Int, _ now: MonotonicTime, into effects: inout Effects
    ) {
        precondition(
            match <= log.lastIndex, "a follower has \(match), the leader \(log.lastIndex)")
        leadership?.progress[position].lastContact = now
        let isNew = leadership?.progress[position].accepted(match) ?? false
        if isNew { advanceCommit(at: now, into: &effects) }
    }

    mutating func receive(
        _ rejection: AppendRejected, from sender: MemberID, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        guard let position = leadership?.position(of: sender) else { return }
        leadership?.progress[position].lastContact = now
        let common = log.lastIndex(
            upTo: rejection.hint.index, withTermAtMost: rejection.hint.term)
        let isNews =
            leadership?.progress[position]
            .rejected(rejection.rejected, in: rejection.attempt, resumingAt: common.next) ?? false
        if isNews { replicate(to: position, at: now, into: &effects) }
    }

    mutating func receive(
        _ reply: HeartbeatReply, from sender: MemberID, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        guard let position = leadership?.position(of: sender) else { return }
        leadership?.progress[position].lastContact = now
        if reply.durable > leadership?.progress[position].match ?? .zero {
            // Says what a lost acceptance said.
            accepted(reply.durable, at: position, now, into: &effects)
        }
        leadership?.progress[position].heardReceived(
            reply.received, interval: options.heartbeatInterval, at: now)
        let round = leadership?.progress[position].confirmedRound ?? 0
        leadership?.progress[position].confirmedRound = max(round, reply.round)
        confirmReads(at: now, into: &effects)
        replicate(to: position, at: now, into: &effects)
    }

    /// A new connection: whatever was under way may be lost.
    mutating func connected(
        _ member: MemberID, at now: MonotonicTime, into effects: inout Effects
    ) {
        guard let position = leadership?.position(of: member) else { return }
        leadership?.progress[position].connected()
        replicate(to: position, at: now, into: &effects)
    }

    /// Commits what a majority has on disk, if the last of it is of the own term (§3.6.2).
    mutating func advanceCommit(at now: MonotonicTime, into effects: inout Effects) {
        guard let leadership else { return }
        let reached = configuration.reachedByQuorum { member in
            member == id
                ? durability.durableIndex
                : leadership.position(of: member).map { leadership.progress[$0].match } ?? .zero
        }
        guard reached > commitIndex, log.term(at: reached) == term else { return }
        let isFirstOfTerm = !hasCommittedInTerm
        commit(through: reached, into: &effects)
        if isFirstOfTerm { releaseEarlyReads(at: now, into: &effects) }
    }
}
