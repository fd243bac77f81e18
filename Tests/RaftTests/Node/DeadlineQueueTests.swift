// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

@Suite struct `Deadline queue: whose time has come` {
    private func time(_ nanoseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `numbers come in the order of their times, and none before its time`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var queue = DeadlineQueue()
        var model: [UInt64: UInt64] = [:]
        for number in 0..<500 as Range<UInt64> {
            if random.next(below: 3) > 0 {
                model[number] = random.next(below: 1000)
                queue.insert(number, at: time(model[number] ?? 0))
            } else {
                let now = random.next(below: 1000)
                #expect(queue.next == model.values.min().map(time))
                while let due = queue.popDue(at: time(now)) {
                    #expect(model[due] == model.values.min())
                    model[due] = nil
                }
                #expect(model.values.allSatisfy { $0 > now })
            }
        }
    }

    @Test func `what waits no more does not pile up`() {
        var queue = DeadlineQueue()
        var waiting: Set<UInt64> = []
        for number in 0..<10_000 as Range<UInt64> {
            // Each is answered long before its deadline, but for ten.
            waiting.insert(number)
            queue.insert(number, at: time(1_000_000 - number))
            queue.forget(allBut: waiting.count) { waiting.contains($0) }
            if number >= 10 { waiting.remove(number) }
        }
        var left: [UInt64] = []
        while let number = queue.popDue(at: time(1_000_000)) { left.append(number) }
        #expect(left.count <= 2 * 11 + 64)
        #expect(left.suffix(10) == (0..<10).reversed().map { UInt64($0) })
    }
}
