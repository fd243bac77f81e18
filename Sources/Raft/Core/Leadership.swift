// SPDX-License-Identifier: Apache-2.0

/// Everything a member knows only because it leads; ends with its leadership.
package struct Leadership: Sendable {
    /// One for every other member, in order of their ids.
    package internal(set) var progress: [Progress]
    var heartbeatDeadline: MonotonicTime
    var reads = ReadRounds()

    init(others: [MemberID], next: LogIndex, now: MonotonicTime) {
        progress = others.sorted().map { Progress(member: $0, next: next, now: now) }
        heartbeatDeadline = now
    }

    /// Where a member stands in ``progress``; nil if it is none of the others.
    package func position(of member: MemberID) -> Int? {
        progress.firstIndex { $0.member == member }
    }
}

/// Reads that wait until leadership is confirmed, in rounds (dissertation §6.4).
///
/// All reads that arrive while a round is under way wait for the next one together. A heartbeat
/// carries the number of the newest round; an answer confirms that round and all before it, never a later.
struct ReadRounds: Sendable {
    /// Whom to tell.
    enum Origin: Sendable {
        case local(UInt64)
        case peer(MemberID, UInt64)
    }

    struct Waiting: Sendable {
        let origin: Origin
        /// Confirmed once this round is.
        let round: UInt64
        /// The commit index when it arrived; nil until the leader has committed in its own term.
        var index: LogIndex?
    }

    /// The newest round started.
    var started: UInt64 = 0
    /// The newest round a majority has answered.
    var confirmed: UInt64 = 0
    var waiting = Queue<Waiting>()

    /// Whether some read waits for a round that has not been started.
    var needsRound: Bool { (waiting.last?.round ?? 0) > started }
}
