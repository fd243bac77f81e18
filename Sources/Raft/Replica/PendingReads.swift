// SPDX-License-Identifier: Apache-2.0

/// Reads that wait: for a leader, for its confirmation, for the state machine to be far enough.
///
/// All reads of one turn form one group that asks once.
struct PendingReads: Sendable {
    private struct Group: Sendable {
        let id: UInt64
        let accepted: MonotonicTime
        var tokens: [UInt64]
        var state: State
    }

    private enum State: Sendable {
        /// Nobody has been asked, or nobody answered.
        case unasked
        case asked(Term, at: MonotonicTime)
        /// By a leader whose clock showed the time.
        case confirmed(LogIndex, ClusterTime)
    }

    private var groups = Queue<Group>()
    private var nextID: UInt64
    private(set) var count = 0
    /// Deadlines of callers, and whose they are among the reads that wait.
    private var deadlines = DeadlineQueue()
    private var limited: Set<UInt64> = []
    /// Still in their groups, but not to be answered any more.
    private var withdrawn: Set<UInt64> = []

    /// No reads yet.
    /// - Parameter boot: Which of the member's lives this is. It is part of every id, so that an answer
    ///   to a question of an earlier life, come late, answers nothing in this one.
    init(boot: UInt64) { nextID = boot << 40 | 1 }

    var isEmpty: Bool { groups.isEmpty }

    /// Accepts a read into the group of this turn.
    /// - Parameter deadline: When its caller gives it up, if that is earlier than all are given up.
    mutating func accept(
        _ token: UInt64, at now: MonotonicTime, deadline: MonotonicTime? = nil
    ) {
        count += 1
        if let deadline {
            limited.insert(token)
            deadlines.insert(token, at: deadline)
            let limited = limited
            deadlines.forget(allBut: limited.count) { limited.contains($0) }
        }
        if let last = groups.last, case .unasked = last.state, last.accepted == now {
            groups[groups.count - 1].tokens.append(token)
            return
        }
        groups.append(Group(id: nextID, accepted: now, tokens: [token], state: .unasked))
        nextID += 1
    }

    /// Takes the ids of the groups that have to ask now.
    /// - Parameter retry: How long an answer is waited for before asking again; nil for as long as it
    ///   takes, because this member asks itself and nothing can get lost.
    mutating func toAsk(in term: Term, at now: MonotonicTime, retry: Interval?) -> [UInt64] {
        var ids: [UInt64] = []
        for position in 0..<groups.count {
            switch groups[position].state {
            case .confirmed: continue
            case .asked(let askedTerm, let time):
                if askedTerm == term, retry.map({ now - time < $0 }) ?? true { continue }
            case .unasked: break
            }
            groups[position].state = .asked(term, at: now)
            ids.append(groups[position].id)
        }
        return ids
    }

    /// Notes that a group may be answered once an index is applied, and whatever was due by `clock`.
    mutating func confirmed(_ id: UInt64, at index: LogIndex, clock: ClusterTime) {
        for position in 0..<groups.count where groups[position].id == id {
            groups[position].state = .confirmed(index, clock)
        }
    }

    /// A group was not taken: it asks again in the next turn.
    mutating func refused(_ id: UInt64) {
        for position in 0..<groups.count where groups[position].id == id {
            groups[position].state = .unasked
        }
    }

    /// This member leads no more: whatever it had asked itself has to be asked again.
    mutating func lost() {
        for position in 0..<groups.count {
            if case .asked = groups[position].state { groups[position].state = .unasked }
        }
    }

    /// Takes the reads that may be answered.
    /// - Parameters:
    ///   - applied: The last entry applied.
    ///   - settled: See ``Replica/settledTime``.
    mutating func take(appliedThrough applied: LogIndex, settled: ClusterTime) -> [UInt64] {
        take { group in
            guard case .confirmed(let index, let clock) = group.state else { return false }
            return index <= applied && clock <= settled
        }
    }

    /// Whether a read could be answered at an applied index, were it not for the time.
    func awaitTime(appliedThrough applied: LogIndex) -> Bool {
        groups.elements.contains { group in
            guard case .confirmed(let index, _) = group.state else { return false }
            return index <= applied
        }
    }

    /// Takes the reads that were accepted before a time.
    mutating func take(acceptedBefore time: MonotonicTime) -> [UInt64] {
        take { $0.accepted <= time }
    }

    /// Takes all reads.
    mutating func close() -> [UInt64] { take { _ in true } }

    /// Takes a read that waits out of its group.
    mutating func withdraw(_ token: UInt64) {
        withdrawn.insert(token)
        limited.remove(token)
        count -= 1
        // Few of many cost nothing until their groups are taken; many are cleared away at once.
        guard withdrawn.count > count + 64 else { return }
        var gone: Set<UInt64> = []
        swap(&gone, &withdrawn)
        for position in 0..<groups.count {
            groups[position].tokens.removeAll { gone.contains($0) }
        }
        groups.removeAll { $0.tokens.isEmpty }
    }

    /// Takes the reads whose callers' deadlines have passed.
    mutating func takeOverdue(at now: MonotonicTime) -> [UInt64] {
        var taken: [UInt64] = []
        while let token = deadlines.popDue(at: now) {
            guard limited.contains(token) else { continue }
            withdraw(token)
            taken.append(token)
        }
        return taken
    }

    private mutating func take(where condition: (Group) -> Bool) -> [UInt64] {
        guard !groups.isEmpty else { return [] }
        var taken: [UInt64] = []
        groups.removeAll { group in
            guard condition(group) else { return false }
            taken += group.tokens
            return true
        }
        if !withdrawn.isEmpty { taken = taken.filter { withdrawn.remove($0) == nil } }
        if !limited.isEmpty { for token in taken { limited.remove(token) } }
        count -= taken.count
        return taken
    }

    /// When a group has to ask again or is given up; nil if none waits.
    func deadline(timeout: Interval, retry: Interval?) -> MonotonicTime? {
        guard let first = groups.first else { return nil }
        var deadline = first.accepted + timeout
        if let earliest = deadlines.next { deadline = min(deadline, earliest) }
        guard let retry else { return deadline }
        for group in groups.elements {
            if case .asked(_, let time) = group.state { deadline = min(deadline, time + retry) }
        }
        return deadline
    }
}

extension Replica {
    /// Accepts a linearizable read.
    /// - Parameters:
    ///   - token: Comes back as readable or unreadable.
    ///   - deadline: When the caller gives it up, if not earlier for want of an answer.
    /// - Returns: False if too many reads wait.
    package mutating func read(
        _ token: UInt64, deadline: MonotonicTime? = nil, at now: Moment
    ) -> Bool {
        guard reads.count < options.core.waitingReads else { return false }
        reads.accept(token, at: now.monotonic, deadline: deadline)
        return true
    }

    /// Gives up a read that waits: nothing comes back.
    package mutating func withdrawRead(_ token: UInt64) { reads.withdraw(token) }

    mutating func askForReads(at now: Moment) {
        guard !reads.isEmpty, let leader = core.leader else { return }
        let ids = reads.toAsk(
            in: core.term, at: now.monotonic, retry: readRetry)
        for id in ids {
            if core.role == .leader {
                step(.read(id), at: now)
            } else {
                // Needs no durable term: what it attests, that this member had not voted for anybody
                // later when it asked, stays true whatever is forgotten in a crash.
                let request = ReadIndexRequest(term: core.term, id: id)
                send(.message(.readIndexRequest(request)), to: leader, at: now)
            }
        }
    }

    private var readRetry: Interval? {
        core.role == .leader ? nil : options.core.heartbeatInterval * 2
    }

    var readDeadline: MonotonicTime? {
        // Without a leader to ask there is no point in waking up for it.
        reads.deadline(
            timeout: options.readTimeout, retry: core.leader == nil ? nil : readRetry)
    }

    /// Whether a read waits for nothing but that its leader's clock is caught up with.
    package var hasReadsAwaitingTime: Bool { reads.awaitTime(appliedThrough: applied) }

    /// Hands out the reads that may be answered from the state machine as it is at the end of a turn. Not
    /// before: what is applied meanwhile may have been due already by the clock of a read's leader.
    mutating func releaseReads() {
        guard !reads.isEmpty else { return }
        output.readable += reads.take(appliedThrough: applied, settled: settledTime)
    }

    mutating func expireReads(at now: Moment) {
        for read in reads.takeOverdue(at: now.monotonic) {
            output.unreadable.append((read, .deadlineExceeded))
        }
        for read in reads.take(acceptedBefore: now.monotonic.minus(options.readTimeout)) {
            output.unreadable.append((read, .unavailable))
        }
    }
}
