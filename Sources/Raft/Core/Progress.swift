// SPDX-License-Identifier: Apache-2.0

/// What a leader knows of one follower's log.
///
/// Invariant: `match < next`.
package struct Progress: Sendable {
    /// How entries are sent.
    package enum Mode: Sendable, Hashable {
        /// It is not known where the logs part: one message at a time.
        case probe(isAwaitingReply: Bool)
        /// The logs agree up to `match`: messages follow each other without waiting.
        case replicate
    }

    package let member: MemberID
    /// The follower's log equals the leader's up to here, durably.
    package private(set) var match: LogIndex = .zero
    /// The next entry to send.
    package private(set) var next: LogIndex
    package private(set) var mode: Mode = .probe(isAwaitingReply: false)
    /// When the follower last said anything in this term.
    package var lastContact: MonotonicTime
    /// The newest read round the follower confirmed.
    package var confirmedRound: UInt64 = 0
    /// Whether entries for it are being read from disk.
    package var isFetching = false

    /// Counts attempts to find where the logs part. Rejections of what an earlier one sent may still be on
    /// their way, and must not start another; the attempt that they name tells them from news.
    package private(set) var attempt: UInt64 = 0
    private var inflight = Queue<Inflight>()
    private var inflightBytes = 0
    /// What had been sent one and two heartbeat intervals ago, and what the last reply said had come.
    private var sentBeforeHeartbeat: LogIndex = .zero
    private var sentBeforePreviousHeartbeat: LogIndex = .zero
    private var lastReceived: LogIndex?
    private var probeSent = MonotonicTime.zero
    /// Since when nothing has arrived although something was sent.
    private var quietSince = MonotonicTime.zero
    /// For how many heartbeat intervals an answer is waited for before the same is sent again.
    ///
    /// Doubled whenever that is done, halved by answers in time (RFC 6298 §5.5): on a connection that
    /// takes longer for a message than that, copies would pile up before all that is new, and for good.
    private var patience: UInt64 = 1
    /// Whether the next acceptance may answer a copy as well as the first, and says nothing about time.
    private var hasRepeated = false

    /// The longest ``patience``.
    private static let longestPatience: UInt64 = 64

    private struct Inflight {
        let last: LogIndex
        let byteCount: Int
    }

    package init(member: MemberID, next: LogIndex, now: MonotonicTime) {
        self.member = member
        self.next = next
        lastContact = now
    }

    /// Whether another append message may leave.
    package func canSend(_ options: CoreOptions) -> Bool {
        switch mode {
        case .probe(let isAwaitingReply): !isAwaitingReply && !isFetching
        case .replicate:
            !isFetching && inflight.count < options.inflightMessages
                && inflightBytes < options.inflightBytes
        }
    }

    /// Notes that entries up to `last` were sent.
    package mutating func sent(through last: LogIndex, byteCount: Int, at now: MonotonicTime) {
        switch mode {
        case .probe:
            mode = .probe(isAwaitingReply: true)
            probeSent = now
        case .replicate:
            guard last >= next else { return }
            if inflight.isEmpty { quietSince = now }
            inflight.append(Inflight(last: last, byteCount: byteCount))
            inflightBytes += byteCount
            next = last.next
        }
    }

    /// Notes an acceptance.
    /// - Returns: Whether it says something new.
    package mutating func accepted(_ index: LogIndex) -> Bool {
        while let oldest = inflight.first, oldest.last <= index {
            inflightBytes -= oldest.byteCount
            inflight.removeFirst(1)
        }
        let isNew = index > match
        if isNew {
            if !hasRepeated { patience = max(1, patience / 2) }
            hasRepeated = false
        }
        match = max(match, index)
        next = max(next, match.next)
        switch mode {
        case .probe:
            next = match.next
            mode = .replicate
        case .replicate: break
        }
        return isNew
    }

    /// Notes a rejection; entries from `next` on have to be sent again.
    /// - Parameter attempt: The attempt of the message that was rejected.
    /// - Returns: False if the rejection is an old one.
    package mutating func rejected(
        _ index: LogIndex, in attempt: UInt64, resumingAt resumption: LogIndex
    ) -> Bool {
        guard attempt == self.attempt, index > match, index < next else { return false }
        startProbing(at: max(match.next, min(index, resumption)))
        return true
    }

    /// A new connection: whatever was under way may be lost; asks again where the logs part.
    ///
    /// As long as nothing is known to match it asks where it asked last: to begin with the first entry would
    /// send the whole log again.
    package mutating func connected() {
        patience = 1
        hasRepeated = false
        switch mode {
        case .probe: startProbing(at: next)
        case .replicate: startProbing(at: match.next)
        }
    }

    private mutating func startProbing(at index: LogIndex) {
        attempt += 1
        next = index
        mode = .probe(isAwaitingReply: false)
        inflight.removeAll()
        inflightBytes = 0
        isFetching = false
    }

    /// Notes that a whole heartbeat interval has passed.
    package mutating func heartbeatIntervalPassed() {
        sentBeforePreviousHeartbeat = sentBeforeHeartbeat
        sentBeforeHeartbeat = next.previous
    }

    /// Notes how much a heartbeat's answer says has arrived, and resumes if messages were lost.
    ///
    /// Lost means: not there although a whole heartbeat interval has passed, and no sign of more coming
    /// for as long as this follower has needed before. Answers come at the pace of read rounds too, so
    /// they say nothing about how much time has passed.
    package mutating func heardReceived(
        _ received: LogIndex, interval: Interval, at now: MonotonicTime
    ) {
        let isNews = lastReceived != received
        lastReceived = received
        switch mode {
        case .probe:
            guard now - probeSent >= interval * patience else { return }
            mode = .probe(isAwaitingReply: false)
            losePatience()
        case .replicate:
            if isNews { quietSince = now }
            guard received < sentBeforePreviousHeartbeat, !isNews,
                patience == 1 || now - quietSince >= interval * patience
            else { return }
            startProbing(at: match.next)
            losePatience()
        }
    }

    private mutating func losePatience() {
        patience = min(Self.longestPatience, 2 * patience)
        hasRepeated = true
    }
}
