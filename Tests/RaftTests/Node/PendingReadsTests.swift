// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

@Suite struct `Pending reads: what is given up is gone` {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func at(_ milliseconds: UInt64) -> MonotonicTime {
        start + .milliseconds(milliseconds)
    }

    /// Has all groups confirmed and takes what may be answered.
    private func answered(_ reads: inout PendingReads) -> [UInt64] {
        for id in reads.toAsk(in: Term(1), at: at(900), retry: nil) {
            reads.confirmed(id, at: LogIndex(1), clock: .zero)
        }
        return reads.take(appliedThrough: LogIndex(1), settled: .zero)
    }

    @Test func `a read that was withdrawn is not answered and leaves room for others`() {
        var reads = PendingReads(boot: 1)
        for token in 1...4 as ClosedRange<UInt64> { reads.accept(token, at: start) }
        reads.withdraw(2)
        reads.withdraw(3)
        #expect(reads.count == 2)
        #expect(answered(&reads) == [1, 4])
        #expect(reads.count == 0)
        #expect(reads.isEmpty)
    }

    @Test func `a read is given up at its own deadline, others at theirs or none`() {
        var reads = PendingReads(boot: 1)
        reads.accept(1, at: start, deadline: at(300))
        reads.accept(2, at: start)
        reads.accept(3, at: at(50), deadline: at(200))
        #expect(reads.deadline(timeout: .seconds(2), retry: nil) == at(200))
        #expect(reads.takeOverdue(at: at(199)).isEmpty)
        #expect(reads.takeOverdue(at: at(250)) == [3])
        #expect(reads.deadline(timeout: .seconds(2), retry: nil) == at(300))
        #expect(answered(&reads) == [1, 2])
        #expect(reads.takeOverdue(at: at(400)).isEmpty)
        #expect(reads.count == 0)
    }

    @Test func `reads given up at once by many do not pile up`() {
        var reads = PendingReads(boot: 1)
        reads.accept(0, at: start)
        for token in 1...10_000 as ClosedRange<UInt64> {
            // Each in a turn of its own.
            let now = start + Interval(nanoseconds: token)
            reads.accept(token, at: now)
            reads.withdraw(token)
        }
        #expect(reads.count == 1)
        #expect(reads.toAsk(in: Term(1), at: at(900), retry: nil).count <= 1 + 66)
    }
}
