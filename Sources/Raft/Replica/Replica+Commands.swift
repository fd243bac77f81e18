// SPDX-License-Identifier: Apache-2.0

// Commands on their way into the log, from here and from members that forward.
extension Replica {
    /// Accepts commands from this member's clients.
    /// - Parameter deadline: When the caller gives them up, if not earlier for want of a leader or an answer.
    /// - Returns: Their sequences in this life's stream, or why they are rejected.
    package mutating func propose(
        _ batch: consuming ProposalBatch, deadline: MonotonicTime? = nil, at now: Moment
    ) -> Result<Range<UInt64>, RejectedProposal> {
        let count = batch.count
        guard batch.longestCommand <= options.commandBytes else {
            return .failure(RejectedProposal(reason: .tooLarge))
        }
        guard outbox.byteCount + batch.byteCount <= options.outboxBytes || outbox.isEmpty else {
            return .failure(RejectedProposal(reason: .overloaded))
        }
        let first = nextSequence
        nextSequence += UInt64(count)
        for chunk in batch.stamped(stream: stream, first: first) {
            outbox.accept(chunk, at: now.monotonic, deadline: deadline)
        }
        return .success(first..<nextSequence)
    }

    /// Gives up a command of a batch of one, at the end of the turn: it is rejected as cancelled if it
    /// was not sent yet; otherwise its outcome is unknown, unless that is known already.
    package mutating func withdraw(_ sequence: UInt64) { outbox.withdraw(sequence) }

    /// Why a whole batch was turned away at the door.
    package struct RejectedProposal: Error {
        package let reason: ProposalError.Rejection
    }

    /// Gives up all commands and reads; the member stops.
    package mutating func close() {
        let (rejected, unknown) = outbox.close()
        output.rejected += rejected.map { ($0, .stopped) }
        output.unknown += unknown
        output.unreadable += reads.close().map { ($0, .stopped) }
    }

    /// Whether nothing that a client waits for is under way.
    package var isQuiet: Bool { outbox.isEmpty && reads.isEmpty }

    mutating func flushCommands(at now: Moment) {
        if core.role == .leader {
            appendCommands(at: now)
        } else if let leader = core.leader, outbox.maySend(in: core.term) {
            forwardCommands(to: leader, at: now)
        }
    }

    /// Whether a leader's backlog, not applied yet or not on its own disk yet, leaves room for more.
    private var hasRoom: Bool {
        let done = min(applied, core.durability.durableIndex)
        // What is not even in memory any more is a backlog of unknown size, and a large one.
        return done.next >= core.sizes.first
            && core.sizes.byteCount(after: done) < options.unappliedBytes
    }

    private mutating func appendCommands(at now: Moment) {
        while hasRoom {
            var parts: [ArraySlice<UInt8>] = []
            var count = 0
            var byteCount = 0
            var origins: [MemberID] = []
            while byteCount < options.entryBytes, let next = forwarded.popFirst() {
                parts.append(next.bytes[...])
                count += next.count
                byteCount += next.bytes.count
                origins.append(next.member)
            }
            while byteCount < options.entryBytes, outbox.maySend(in: core.term),
                let (chunk, _) = outbox.send(in: core.term, at: now.monotonic)
            {
                parts.append(chunk.bytes[...])
                count += chunk.count
                byteCount += chunk.bytes.count
            }
            guard count > 0 else { return }
            append(.commands, commands: parts, count: count, at: now)
            for origin in origins { admissions.placed(origin, at: core.log.lastIndex) }
        }
    }

    mutating func append(
        _ kind: LogEntry.Kind, commands: [ArraySlice<UInt8>] = [], count: Int = 0,
        at now: Moment
    ) {
        let entry = LogEntry(
            kind: kind, group: group, term: core.term, index: core.log.lastIndex.next,
            time: stamp(at: now), commandCount: UInt32(count), commands: commands)
        appendToWindow(entry)
        step(.append([EntryStub(term: entry.term, byteCount: entry.bytes.count)]), at: now)
    }

    private mutating func forwardCommands(to leader: MemberID, at now: Moment) {
        while outbox.sentBytes < options.forwardBytes,
            let (chunk, position) = outbox.send(in: core.term, at: now.monotonic)
        {
            forward(chunk, at: position, to: leader, at: now)
        }
    }

    private mutating func forward(
        _ chunk: OutboxChunk, at position: UInt64, to leader: MemberID, at now: Moment
    ) {
        let forward = Forward(
            term: core.term, stream: stream, position: position, count: UInt32(chunk.count),
            bytes: chunk.bytes)
        send(.forward(forward), to: leader, at: now)
    }

    /// Sends again what the leader does not have yet; it takes every message once, however often it comes.
    mutating func sendAgain(after position: UInt64, at now: Moment) {
        guard let leader = core.leader, leader != member, outbox.sentTerm == core.term else {
            return
        }
        let again = outbox.sentAgain(
            after: position, byteCount: options.forwardBytes, at: now.monotonic)
        for (chunk, position) in again { forward(chunk, at: position, to: leader, at: now) }
    }

    mutating func receive(_ forward: Forward, from peer: MemberID, at now: Moment) {
        guard core.role == .leader, forward.term == core.term, hasRoom,
            forward.holdsWholeCommands, admissions.admit(forward, from: peer)
        else { return }
        forwarded.append(
            Forwarded(member: peer, count: Int(forward.count), bytes: forward.bytes))
    }

    mutating func receive(_ admitted: ForwardAdmitted, from peer: MemberID, at now: Moment) {
        guard admitted.term == core.term, peer == core.leader, admitted.stream == stream,
            let sent = outbox.lastSent(after: admitted.position),
            now.monotonic - sent > options.core.heartbeatInterval * 2
        else { return }
        sendAgain(after: admitted.position, at: now)
    }

    mutating func sayAdmitted(to peer: MemberID, at now: Moment) {
        guard let entry = admissions.entries.first(where: { $0.member == peer }) else { return }
        let admitted = ForwardAdmitted(
            term: core.term, stream: entry.stream, position: entry.position)
        send(.forwardAdmitted(admitted), to: peer, at: now)
    }

    /// Gives up what callers want no more, before any of it is sent.
    mutating func giveUpCommands(at now: Moment) {
        // Appending nothing is not for nothing, and there is nothing in nearly every turn.
        let cancelled = outbox.giveUpWithdrawn()
        for sequences in cancelled.rejected { output.rejected.append((sequences, .cancelled)) }
        if !cancelled.unknown.isEmpty { output.unknown += cancelled.unknown }
        let overdue = outbox.giveUpOverdue(at: now.monotonic)
        for sequences in overdue.rejected {
            output.rejected.append((sequences, .deadlineExceeded))
        }
        if !overdue.unknown.isEmpty { output.unknown += overdue.unknown }
    }

    mutating func expireCommands(at now: Moment) {
        let time = now.monotonic
        let expired = outbox.expire(
            queuedBefore: time.minus(options.leaderWait),
            sentBefore: time.minus(options.proposalTimeout))
        // With a leader at hand it was its backlog, or this member's, that let nothing through.
        let reason: ProposalError.Rejection = core.leader == nil ? .noLeader : .overloaded
        for sequences in expired.rejected { output.rejected.append((sequences, reason)) }
        if !expired.unknown.isEmpty { output.unknown += expired.unknown }
        // A forward whose every copy was lost, the note of it too, is sent again on suspicion.
        if outbox.hasSent, outbox.sentTerm == core.term,
            let sent = outbox.lastSent(after: 0), time - sent > options.core.electionTimeoutMaximum
        {
            sendAgain(after: 0, at: now)
        }
    }

    func commandDeadline(at now: Moment) -> MonotonicTime? {
        guard
            let expiry = outbox.nextExpiry(
                queuedFor: options.leaderWait, sentFor: options.proposalTimeout)
        else { return nil }
        // Without a leader to send to there is no point in waking up for it.
        guard outbox.hasSent, let leader = core.leader, leader != member,
            outbox.sentTerm == core.term
        else { return expiry }
        guard let sent = outbox.lastSent(after: 0) else { return expiry }
        // One nanosecond more, so that "longer than" holds when the deadline comes.
        let resend = sent + options.core.electionTimeoutMaximum
        return min(expiry, resend + Interval(nanoseconds: 1))
    }
}

extension Forward {
    /// Whether the bytes are as many whole command records of the stream as the count says.
    fileprivate var holdsWholeCommands: Bool {
        var reader = ByteReader(bytes)
        for _ in 0..<count {
            guard let record = try? CommandRecord(from: &reader, awaiting: stream),
                record.stream == stream
            else { return false }
        }
        return reader.remaining == 0 && count > 0
    }
}
