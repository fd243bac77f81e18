// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

@Suite struct `Outbox: what is sent, and again` {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func chunk(_ sequence: UInt64) -> OutboxChunk {
        OutboxChunk(first: sequence, count: 1, bytes: [UInt8(sequence)])
    }

    private func at(_ milliseconds: UInt64) -> MonotonicTime {
        start + .milliseconds(milliseconds)
    }

    @Test func `a lost message is not made to look fresh by those sent after it`() {
        var outbox = Outbox()
        for number in 1...3 as ClosedRange<UInt64> {
            outbox.accept(chunk(number), at: at(number * 100))
            _ = outbox.send(in: Term(1), at: at(number * 100))
        }
        #expect(outbox.lastSent(after: 0) == at(100))
        #expect(outbox.lastSent(after: 1) == at(200))
        #expect(outbox.sentAgain(after: 1, byteCount: 1, at: at(900)).map(\.position) == [2])
        #expect(outbox.lastSent(after: 1) == at(900))
        #expect(outbox.lastSent(after: 2) == at(300))
        #expect(outbox.lastSent(after: 3) == nil)
    }

    @Test func `an entry of a later term sends back what is not in the log, in order`() {
        var outbox = Outbox()
        for number in 1...3 as ClosedRange<UInt64> { outbox.accept(chunk(number), at: start) }
        for _ in 1...2 { _ = outbox.send(in: Term(1), at: start) }
        outbox.applied(through: 1)
        #expect(!outbox.maySend(in: Term(2)))
        outbox.applied(term: Term(2))
        #expect(outbox.maySend(in: Term(2)))
        #expect(outbox.send(in: Term(2), at: start)?.chunk.first == 2)
        #expect(outbox.send(in: Term(2), at: start)?.position == 2)
        #expect(outbox.byteCount == 2)
    }

    @Test func `what is given up before it was sent is taken back, and what was sent is in doubt`()
    {
        var outbox = Outbox()
        for number in 1...4 as ClosedRange<UInt64> { outbox.accept(chunk(number), at: start) }
        _ = outbox.send(in: Term(1), at: start)
        for number in [3, 1, 9, 3] as [UInt64] { outbox.withdraw(number) }
        let (rejected, unknown) = outbox.giveUpWithdrawn()
        #expect(rejected == [3..<4])
        #expect(unknown == [1..<2])
        #expect(outbox.byteCount == 3)
        #expect(outbox.send(in: Term(1), at: start)?.chunk.first == 2)
        #expect(outbox.send(in: Term(1), at: start)?.chunk.first == 4)
        // Told already: neither once more nor, after an election, sent again.
        outbox.withdraw(1)
        #expect(outbox.giveUpWithdrawn() == ([], []))
        outbox.applied(term: Term(2))
        #expect(outbox.send(in: Term(2), at: start)?.chunk.first == 2)
    }

    @Test func `a caller's deadline is the earliest of what wakes up`() {
        var outbox = Outbox()
        outbox.accept(chunk(1), at: start, deadline: at(300))
        outbox.accept(chunk(2), at: start, deadline: at(200))
        outbox.accept(chunk(3), at: start)
        let wait = Interval.milliseconds(1000)
        #expect(outbox.nextExpiry(queuedFor: wait, sentFor: wait) == at(200))
        #expect(outbox.giveUpOverdue(at: at(199)) == ([], []))
        #expect(outbox.giveUpOverdue(at: at(200)) == ([2..<3], []))
        #expect(outbox.nextExpiry(queuedFor: wait, sentFor: wait) == at(300))
        _ = outbox.send(in: Term(1), at: at(250))
        #expect(outbox.giveUpOverdue(at: at(300)) == ([], [1..<2]))
        #expect(outbox.nextExpiry(queuedFor: wait, sentFor: wait) == at(1000))
        #expect(outbox.expire(queuedBefore: at(0), sentBefore: at(0)) == ([3..<4], []))
    }
}
