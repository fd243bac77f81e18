// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

// What the core counts with, against the plainest thing that could be right.
@Suite struct `Log properties` {
    private static func members(_ count: Int) -> [MemberID] {
        (1...UInt64(count)).compactMap { MemberID($0) }
    }

    // Pitfall 20 [openraft#1802].
    @Test(arguments: 1...9)
    func `a quorum has reached what brute force says`(count: Int) {
        var random = SplitMix64(seed: UInt64(count))
        let voters = Self.members(count)
        let learners = (20...22).compactMap { MemberID($0) }
        let configuration = Configuration(
            voters: voters.shuffled(using: &random), learners: learners)
        #expect(configuration.quorum * 2 > count && (configuration.quorum - 1) * 2 <= count)
        for _ in 0..<200 {
            let values = voters.map { _ in random.next(below: 6) }
            func value(_ member: MemberID) -> UInt64 {
                // Learners are far ahead, and nobody asks them.
                voters.firstIndex(of: member).map { values[$0] } ?? 100
            }
            let reached = configuration.reachedByQuorum(value)
            let expected =
                (0...UInt64(100)).last { level in
                    values.count { $0 >= level } > count / 2
                } ?? 0
            #expect(reached == expected, "\(values)")
            for level in 0...UInt64(6) {
                #expect(
                    configuration.quorumSatisfies { value($0) >= level } == (level <= expected))
            }
        }
    }

    // Any two majorities share a member: the whole of Raft rests on it.
    @Test(arguments: 1...9)
    func `two quorums have a member in common`(count: Int) {
        let quorum = Configuration(voters: Self.members(count)).quorum
        #expect(quorum + quorum > count)
        #expect(quorum <= count)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a term index answers as the plain list of terms does`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var index = TermIndex()
        var terms: [Term] = []
        var newest: UInt64 = 1
        for _ in 0..<80 {
            if random.next(below: 5) == 0 {
                let from = Int(random.next(below: UInt64(terms.count) + 3)) + 1
                index.truncate(from: LogIndex(UInt64(from)))
                terms = Array(terms.prefix(from - 1))
            } else {
                newest += random.next(below: 3) / 2
                index.append(Term(newest))
                terms.append(Term(newest))
            }
            #expect(index.lastIndex == LogIndex(UInt64(terms.count)))
            #expect(index.lastTerm == terms.last ?? .zero)
            for position in 0...terms.count + 1 {
                let expected =
                    position == 0
                    ? Term.zero : position <= terms.count ? terms[position - 1] : nil
                #expect(index.term(at: LogIndex(UInt64(position))) == expected)
            }
            let limit = Term(random.next(below: newest + 2))
            let upTo = Int(random.next(below: UInt64(terms.count) + 3))
            let expected = terms.prefix(upTo).lastIndex { $0 <= limit }.map { $0 + 1 } ?? 0
            #expect(
                index.lastIndex(upTo: LogIndex(UInt64(upTo)), withTermAtMost: limit)
                    == LogIndex(UInt64(expected)))
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `entry sizes add up as the plain list of sizes does`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var first = 1 + Int(random.next(below: 5))
        var sizes = EntrySizes(first: LogIndex(UInt64(first)))
        var plain: [Int] = []
        func at(_ position: Int) -> LogIndex { LogIndex(UInt64(position)) }
        for _ in 0..<150 {
            switch random.next(below: 8) {
            case 0:
                let from = 1 + Int(random.next(below: UInt64(first + plain.count) + 2))
                sizes.truncate(from: at(from))
                if from <= first {
                    (first, plain) = (from, [])
                } else {
                    plain = Array(plain.prefix(from - first))
                }
            case 1 where !plain.isEmpty:
                let through = first - 1 + Int(random.next(below: UInt64(plain.count) + 1))
                sizes.evict(through: at(through))
                plain.removeFirst(through - first + 1)
                first = through + 1
            default:
                let byteCount = Int(random.next(below: 50))
                sizes.append(byteCount)
                plain.append(byteCount)
            }
            let last = first + plain.count - 1
            #expect(sizes.first == at(first) && sizes.last == at(last))
            let after = Int(random.next(below: UInt64(last) + 2))
            #expect(
                sizes.byteCount(after: at(after))
                    == plain.dropFirst(max(0, after - first + 1)).reduce(0, +))
            guard !plain.isEmpty else { continue }
            let from = first + Int(random.next(below: UInt64(plain.count)))
            let limit = Int(random.next(below: 200))
            var expected = from
            var total = plain[from - first]
            while expected < last, total + plain[expected + 1 - first] <= limit {
                expected += 1
                total += plain[expected - first]
            }
            #expect(sizes.last(from: at(from), fitting: limit) == at(expected))
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `a queue behaves as an array does`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var queue = Queue<UInt64>()
        var plain: [UInt64] = []
        for _ in 0..<300 {
            switch random.next(below: 10) {
            case 0...5:
                let value = random.next(below: 100)
                queue.append(value)
                plain.append(value)
            case 6:
                let count = Int(random.next(below: UInt64(plain.count) + 1))
                queue.removeFirst(count)
                plain.removeFirst(count)
            case 7:
                let count = Int(random.next(below: UInt64(min(plain.count, 3)) + 1))
                queue.removeLast(count)
                plain.removeLast(count)
            case 8:
                #expect(queue.popFirst() == plain.first)
                plain = Array(plain.dropFirst())
            default:
                let divisor = 2 + random.next(below: 9)
                queue.removeAll { $0 % divisor == 0 }
                plain.removeAll { $0 % divisor == 0 }
            }
            #expect(Array(queue.elements) == plain)
            #expect(queue.first == plain.first && queue.last == plain.last)
            #expect(queue.count == plain.count && queue.isEmpty == plain.isEmpty)
        }
    }

    @Test func `a vote goes by the last term before the length`() {
        func end(_ term: UInt64, _ index: UInt64) -> LogEnd {
            LogEnd(term: Term(term), index: LogIndex(index))
        }
        #expect(end(1, 9) < end(2, 1))
        #expect(end(2, 1) < end(2, 2))
        #expect(!(end(2, 2) < end(2, 2)))
    }
}
