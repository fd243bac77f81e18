// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

/// What a leader sends on a connection that takes longer for a message than for a heartbeat.
@Suite struct `Core: slow connections` {
    private static let interval = CoreOptions().heartbeatInterval

    /// A follower whose bulk connection needs so many heartbeat intervals for every message, in order; its
    /// answers to heartbeats come at once.
    private struct SlowFollower {
        let pace: Int
        var progress: Progress
        var queue: [LogIndex] = []
        var received = LogIndex.zero
        var sent = 0
        private var busy = 0
        private var now = MonotonicTime.zero

        init(pace: Int, member: MemberID) {
            self.pace = pace
            progress = Progress(member: member, next: LogIndex(1), now: .zero)
            progress.connected()
        }

        /// Lets a heartbeat interval pass; the leader has entries up to `last`, one to a message.
        mutating func pass(last: LogIndex) {
            now = now + SlowConnections.interval
            progress.heartbeatIntervalPassed()
            progress.heardReceived(received, interval: SlowConnections.interval, at: now)
            while progress.canSend(CoreOptions()), progress.next <= last {
                sent += 1
                queue.append(progress.next)
                progress.sent(through: progress.next, byteCount: 100, at: now)
            }
            guard let first = queue.first else { return }
            busy += 1
            guard busy >= pace else { return }
            busy = 0
            queue.removeFirst()
            if first == received.next { received = first }
            _ = progress.accepted(received)
        }
    }

    private typealias SlowConnections = Self

    private func follower(pace: Int) throws -> SlowFollower {
        SlowFollower(pace: pace, member: try #require(MemberID(2)))
    }

    // Without patience it is two thousand at a pace of 30.
    @Test(arguments: [1, 3, 10, 30])
    func `copies do not pile up before what is new`(pace: Int) throws {
        var follower = try follower(pace: pace)
        let last = LogIndex(20)
        var rounds = 0
        while follower.received < last, rounds < 4000 {
            follower.pass(last: last)
            rounds += 1
        }
        #expect(follower.received == last)
        #expect(follower.sent <= 150, "\(follower.sent) messages for 20 entries")
        #expect(rounds <= 80 * pace)
    }

    @Test func `what was lost on a fast connection is sent again soon`() throws {
        var follower = try follower(pace: 1)
        for _ in 0..<5 { follower.pass(last: LogIndex(3)) }
        #expect(follower.received == LogIndex(3))
        follower.pass(last: LogIndex(3))
        // The next message is lost.
        follower.progress.sent(
            through: LogIndex(4), byteCount: 100, at: MonotonicTime(nanoseconds: 1))
        for _ in 0..<6 { follower.pass(last: LogIndex(4)) }
        #expect(follower.received == LogIndex(4))
    }
}
