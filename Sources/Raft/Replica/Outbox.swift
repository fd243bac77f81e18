// SPDX-License-Identifier: Apache-2.0

/// Commands of one batch on their way into the log, back to back as ``CommandRecord`` reads them.
struct OutboxChunk: Sendable {
    /// The sequence of the first command; the others follow.
    let first: UInt64
    let count: Int
    let bytes: [UInt8]

    /// The sequences of all its commands.
    var sequences: Range<UInt64> { first..<first + UInt64(count) }
}

/// The commands accepted by this member whose fate is not known yet, in the order accepted.
///
/// A command is *queued* until it is handed to the leader of one term, and *sent* from then on. It may
/// then enter the log in that term or never: only that leader takes it, in order and without gaps, each
/// once (see ``Admissions``). So its fate is known when the command itself is applied, or when an entry
/// of a later term is: terms never fall along the log, and what of an earlier term is not there by
/// then never will be. In the second case it is queued again, ahead of everything newer. An election
/// thus becomes latency rather than an error, commands take effect at most once and in the order they
/// were accepted in, and no session is needed for it as long as this member lives.
///
/// Invariant: sent chunks precede queued ones, and all sent chunks were sent in the same term.
struct Outbox: Sendable {
    private struct Waiting: Sendable {
        let chunk: OutboxChunk
        let accepted: MonotonicTime
        var state: State
        /// The caller was told that the outcome is unknown, and waits no more.
        var isAbandoned = false
    }

    private enum State: Sendable {
        case queued
        /// Position in the stream of messages to the leader of the term, from 1; and when it was last sent.
        case sent(position: UInt64, at: MonotonicTime)
    }

    private var waiting = Queue<Waiting>()
    private var sentCount = 0
    private var lastPosition: UInt64 = 0
    /// The term in which the sent chunks were sent.
    private(set) var sentTerm = Term.zero
    /// How many bytes of commands wait.
    private(set) var byteCount = 0
    /// How many bytes of commands were sent and are not resolved.
    private(set) var sentBytes = 0
    /// Deadlines of callers, by the first sequence of a chunk.
    private var deadlines = DeadlineQueue()
    /// First sequences of chunks whose callers have given them up since the last turn.
    private var withdrawn: [UInt64] = []

    var isEmpty: Bool { waiting.isEmpty }
    var hasQueued: Bool { sentCount < waiting.count }
    var hasSent: Bool { sentCount > 0 }

    /// Accepts a chunk.
    /// - Parameter deadline: When its caller gives it up, if that is earlier than all are given up.
    mutating func accept(
        _ chunk: OutboxChunk, at now: MonotonicTime, deadline: MonotonicTime? = nil
    ) {
        waiting.append(Waiting(chunk: chunk, accepted: now, state: .queued))
        byteCount += chunk.bytes.count
        guard let deadline else { return }
        deadlines.insert(chunk.first, at: deadline)
        let waiting = waiting
        deadlines.forget(allBut: waiting.count) { Self.position(of: $0, in: waiting) != nil }
    }

    /// Whether queued chunks may be sent in a term: not while older ones are unresolved in another.
    func maySend(in term: Term) -> Bool { sentCount == 0 || sentTerm == term }

    /// Takes the next queued chunk to send it in a term.
    mutating func send(
        in term: Term, at now: MonotonicTime
    ) -> (chunk: OutboxChunk, position: UInt64)? {
        guard hasQueued else { return nil }
        precondition(maySend(in: term), "sending in \(term), unresolved in \(sentTerm)")
        if sentTerm != term {
            sentTerm = term
            lastPosition = 0
        }
        lastPosition += 1
        waiting[sentCount].state = .sent(position: lastPosition, at: now)
        sentCount += 1
        sentBytes += waiting[sentCount - 1].chunk.bytes.count
        return (waiting[sentCount - 1].chunk, lastPosition)
    }

    /// The sent chunks after a position, to be sent again in the same term, at most about `byteCount`.
    mutating func sentAgain(
        after position: UInt64, byteCount: Int, at now: MonotonicTime
    ) -> [(chunk: OutboxChunk, position: UInt64)] {
        var again: [(chunk: OutboxChunk, position: UInt64)] = []
        var total = 0
        for index in 0..<sentCount {
            guard case .sent(let chunkPosition, _) = waiting[index].state,
                chunkPosition > position
            else { continue }
            waiting[index].state = .sent(position: chunkPosition, at: now)
            again.append((waiting[index].chunk, chunkPosition))
            total += waiting[index].chunk.bytes.count
            if total >= byteCount { break }
        }
        return again
    }

    /// When the first of the sent chunks after a position was last sent; nil if there is none.
    ///
    /// Of that one, not of any: newer ones may leave all the time behind one that was lost.
    func lastSent(after position: UInt64) -> MonotonicTime? {
        for index in 0..<sentCount {
            if case .sent(let chunkPosition, let time) = waiting[index].state,
                chunkPosition > position
            {
                return time
            }
        }
        return nil
    }

    /// Notes that this member applied its own commands up to a sequence.
    mutating func applied(through sequence: UInt64) {
        while let first = waiting.first, first.chunk.first <= sequence {
            precondition(sentCount > 0, "a command was applied that was never sent")
            // A chunk is one part of one entry: it is applied whole.
            remove(1)
        }
    }

    /// Notes that an entry of a term was applied: whatever was sent in an earlier one is not in the log.
    mutating func applied(term: Term) {
        guard sentCount > 0, term > sentTerm else { return }
        var requeued: [Waiting] = []
        for index in 0..<sentCount {
            var item = waiting[index]
            byteCount -= item.chunk.bytes.count
            if item.isAbandoned { continue }
            item.state = .queued
            byteCount += item.chunk.bytes.count
            requeued.append(item)
        }
        requeued.append(contentsOf: waiting.elements.dropFirst(sentCount))
        waiting.removeAll()
        waiting.append(contentsOf: requeued)
        sentCount = 0
        sentBytes = 0
    }

    /// Gives up what has waited too long.
    /// - Parameters:
    ///   - queuedBefore: Queued chunks accepted before this are rejected: certainly not executed.
    ///   - sentBefore: The caller of sent chunks accepted before this is told that it is unknown.
    mutating func expire(
        queuedBefore: MonotonicTime, sentBefore: MonotonicTime
    ) -> (rejected: [Range<UInt64>], unknown: [Range<UInt64>]) {
        var rejected: [Range<UInt64>] = []
        var unknown: [Range<UInt64>] = []
        for index in 0..<sentCount
        where waiting[index].accepted <= sentBefore && !waiting[index].isAbandoned {
            waiting[index].isAbandoned = true
            unknown.append(waiting[index].chunk.sequences)
        }
        // Chunks are in the order accepted, so the expired ones are the first of the queued.
        if hasQueued, waiting[sentCount].accepted <= queuedBefore {
            rejected = takeBack { $0.accepted <= queuedBefore }
        }
        return (rejected, unknown)
    }

    /// Notes that the caller has given up the chunk that begins with a sequence.
    mutating func withdraw(_ first: UInt64) {
        withdrawn.append(first)
    }

    /// Gives up what was withdrawn since the last time.
    mutating func giveUpWithdrawn() -> (rejected: [Range<UInt64>], unknown: [Range<UInt64>]) {
        guard !withdrawn.isEmpty else { return ([], []) }
        defer { withdrawn.removeAll() }
        var unknown: [Range<UInt64>] = []
        var takesBack = false
        for first in withdrawn {
            guard let index = Self.position(of: first, in: waiting), !waiting[index].isAbandoned
            else { continue }
            waiting[index].isAbandoned = true
            if index < sentCount {
                unknown.append(waiting[index].chunk.sequences)
            } else {
                takesBack = true
            }
        }
        return (takesBack ? takeBack { $0.isAbandoned } : [], unknown)
    }

    /// Gives up what has passed its caller's deadline.
    mutating func giveUpOverdue(
        at now: MonotonicTime
    ) -> (rejected: [Range<UInt64>], unknown: [Range<UInt64>]) {
        while let first = deadlines.popDue(at: now) { withdrawn.append(first) }
        return giveUpWithdrawn()
    }

    /// When ``expire(queuedBefore:sentBefore:)`` may have something to do; nil for never.
    func nextExpiry(queuedFor: Interval, sentFor: Interval) -> MonotonicTime? {
        var next: MonotonicTime?
        if hasQueued { next = waiting[sentCount].accepted + queuedFor }
        if let deadline = deadlines.next { next = min(next ?? deadline, deadline) }
        for index in 0..<sentCount where !waiting[index].isAbandoned {
            let expiry = waiting[index].accepted + sentFor
            return min(next ?? expiry, expiry)
        }
        return next
    }

    /// Gives up everything: the member stops.
    mutating func close() -> (rejected: [Range<UInt64>], unknown: [Range<UInt64>]) {
        let sent = waiting.elements.prefix(sentCount)
        let queued = waiting.elements.dropFirst(sentCount)
        defer { self = Outbox() }
        return (
            queued.map(\.chunk.sequences),
            sent.filter { !$0.isAbandoned }.map(\.chunk.sequences)
        )
    }

    /// Takes queued chunks back: they are certainly not executed.
    private mutating func takeBack(where condition: (Waiting) -> Bool) -> [Range<UInt64>] {
        var taken: [Range<UInt64>] = []
        var kept: [Waiting] = []
        for item in waiting.elements.dropFirst(sentCount) {
            guard condition(item) else {
                kept.append(item)
                continue
            }
            taken.append(item.chunk.sequences)
            byteCount -= item.chunk.bytes.count
        }
        waiting.removeLast(waiting.count - sentCount)
        waiting.append(contentsOf: kept)
        return taken
    }

    /// Where the chunk that begins with a sequence waits; chunks are in the order of sequences.
    private static func position(of first: UInt64, in waiting: Queue<Waiting>) -> Int? {
        var low = 0
        var high = waiting.count
        while low < high {
            let middle = (low + high) / 2
            if waiting[middle].chunk.first < first { low = middle + 1 } else { high = middle }
        }
        return low < waiting.count && waiting[low].chunk.first == first ? low : nil
    }

    private mutating func remove(_ count: Int) {
        for index in 0..<count {
            byteCount -= waiting[index].chunk.bytes.count
            sentBytes -= waiting[index].chunk.bytes.count
        }
        waiting.removeFirst(count)
        sentCount -= count
    }
}
