// SPDX-License-Identifier: Apache-2.0

import RESP
import Testing

@testable import KVServer
@testable import Raft

@Suite struct `Reply queue` {
    private let slot = ReplyQueue.Slot(version: .resp2)

    @Test func `a thousand replies completed in any order leave in the order they were owed`() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<20 {
            var queue = ReplyQueue()
            var owed: [(number: UInt32, text: String)] = []
            var expected = ""
            var sent = ""
            for step in 0..<1000 {
                let text = "\(step) "
                switch random.next() % 4 {
                case 0:
                    queue.answer(version: .resp2) { $0 += Array(text.utf8) }
                    expected += text
                case 1 where !owed.isEmpty:
                    let one = owed.remove(at: Int(random.next() % UInt64(owed.count)))
                    queue.complete(one.number) { $0 += Array(one.text.utf8) }
                case 2:
                    let limit = Int(random.next() % 20)
                    _ = queue.send { bytes in
                        let part = bytes.prefix(limit)
                        sent += String(decoding: part, as: UTF8.self)
                        return part.count
                    }
                default:
                    owed.append((queue.owe(slot), text))
                    expected += text
                }
            }
            for one in owed { queue.complete(one.number) { $0 += Array(one.text.utf8) } }
            #expect(queue.isSettled)
            _ = queue.send { bytes in
                sent += String(decoding: bytes, as: UTF8.self)
                return bytes.count
            }
            #expect(queue.isEmpty)
            #expect(sent == expected)
        }
    }

    @Test func `memory of what was sent is given back`() {
        var queue = ReplyQueue()
        queue.answer(version: .resp2) { $0 += Array("abc".utf8) }
        #expect(queue.takeMemory() == nil)
        #expect(queue.send { $0.count } == 3)
        #expect((queue.takeMemory()?.capacity ?? 0) >= 3)
        #expect(queue.needsMemory)
    }

    @Test func `a broken socket is told`() {
        var queue = ReplyQueue()
        queue.answer(version: .resp2) { $0 += Array("abc".utf8) }
        #expect(queue.send { _ in nil } == nil)
    }
}

@Suite struct `Rounds under way` {
    @Test func `are found by token until they end, in whatever order`() {
        var random = SplitMix64(seed: 3)
        var queue = RoundQueue<UInt64>()
        var model: [UInt64: UInt64] = [:]
        for step in 0..<2000 as Range<UInt64> {
            if random.next() % 2 == 0 || model.isEmpty {
                model[queue.nextToken] = step
                queue.append(step)
            } else {
                let tokens = model.keys.sorted()
                let token = tokens[Int(random.next() % UInt64(tokens.count))]
                queue[token]? += 1
                #expect(queue.take(token) == model.removeValue(forKey: token).map { $0 + 1 })
                #expect(queue.take(token) == nil)
            }
            #expect(queue.isEmpty == model.isEmpty)
        }
        var ended: [UInt64] = []
        while let round = queue.takeFirst(through: .max) { ended.append(round) }
        #expect(ended == model.keys.sorted().map { model[$0] })
    }
}
