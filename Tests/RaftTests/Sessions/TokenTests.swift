// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

@Suite struct `Tokens: each command once without a session` {
    @Test func `a repeat has no effect and gets the output of the first time`() {
        var member = SessionMember()
        let first = member.add(5, once: "a")
        #expect(first.output == 5 && first.index == 1)
        #expect(member.add(7, once: "b").output == 12)
        let again = member.add(5, once: "a")
        #expect(again.output == 5 && again.index == 1)
        #expect(member.total == 12)
    }

    @Test func `in one entry, the second of two is the repeat`() {
        var member = SessionMember()
        var batch = ProposalBatch()
        for _ in 0..<2 { batch.append(Int64(3), as: CommandToken([1])) }
        let outcomes = member.propose(batch).map { $0.outcome.result(at: LogIndex(9)) }
        #expect(outcomes.map(\.output) == [3, 3])
        #expect(outcomes.map(\.index) == [9, 1])
        #expect(member.total == 3)
    }

    @Test func `a token used for another command is refused, and that has no effect`() {
        var member = SessionMember()
        _ = member.add(5, once: "a")
        #expect(member.add(6, once: "a").error == .rejected(.tokenMismatch))
        #expect(member.total == 5)
        #expect(member.add(5, once: "a").output == 5)
    }

    @Test func `commands are told apart by every byte and by their length`() {
        let commands: [[UInt8]] = [
            [], [0], [0, 0], [1], Array(repeating: 0, count: 8), Array(repeating: 0, count: 9),
            [0, 0, 0, 0, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0, 1],
        ]
        let digests = Set(
            commands.map { bytes in
                bytes.withUnsafeBytes { SessionDigest($0).value }
            })
        #expect(digests.count == commands.count)
    }

    @Test func `a token is forgotten when its window ends, which the first use alone decides`() {
        var member = SessionMember()
        _ = member.add(1, once: "a", window: 1000)
        member.pass(999)
        #expect(member.add(1, once: "a", window: 5000).output == 1)
        member.pass(1)
        #expect(member.add(1, once: "a").output == 2)
        #expect(member.sessions.tokens.count == 1)
    }

    @Test func `what is over is forgotten, a bounded number an entry, and never found meanwhile`() {
        var limits = SessionLimits()
        limits.tokenPurge = 2
        var member = SessionMember(limits)
        for number in 0..<7 { _ = member.add(1, once: "\(number)", window: 100) }
        member.pass(100)
        #expect(member.sessions.tokens.count == 5)
        member.pass(0)
        #expect(member.sessions.tokens.count == 3)
        #expect(member.add(1, once: "6", window: 100).output == 8)
        #expect(member.sessions.tokens.count == 1)
    }

    @Test func `a new leader changes nothing about tokens`() {
        var member = SessionMember()
        _ = member.add(1, once: "a")
        member.pass(1000, .termStart)
        #expect(member.add(1, once: "a").output == 1)
    }

    @Test func `of an output that is too long the place in the log is kept`() {
        var limits = SessionLimits()
        limits.replyBytes = 7
        var member = SessionMember(limits)
        #expect(member.add(4, once: "a").output == 4)
        #expect(member.add(4, once: "a").error == .executed(at: LogIndex(1)))
        #expect(member.total == 4)
    }

    @Test
    func `where there is no room, the token that ends first makes room once it is old enough`() {
        var limits = SessionLimits()
        limits.tokens = 2
        var member = SessionMember(limits)
        _ = member.add(1, once: "a", window: 60_000)
        _ = member.add(1, once: "b", window: 50_000)
        member.pass(limits.tokenAge - 1)
        #expect(member.add(1, once: "c").error == .rejected(.tooManyTokens))
        #expect(member.total == 2)
        member.pass(1)
        #expect(member.add(1, once: "c").output == 3)
        #expect(member.add(1, once: "a").output == 1)
        #expect(member.sessions.tokens.uses.map(\.token) == [Array("a".utf8), Array("c".utf8)])
    }

    @Test func `the room is counted in bytes too`() {
        var limits = SessionLimits()
        limits.tokenBytes = 3 * (TokenTable.Use.overhead + 64 + limits.replyBytes)
        var member = SessionMember(limits)
        var count: Int64 = 0
        while member.add(1, once: "token \(count)").error == nil { count += 1 }
        // As much as the longest reply would take is left for the one under way.
        #expect(member.sessions.tokens.byteCount > limits.tokenBytes / 2)
        #expect(member.sessions.tokens.byteCount <= limits.tokenBytes)
        #expect(member.total == count)
    }

    @Test func `tokens are part of the state's hash`() {
        var one = SessionMember()
        var other = SessionMember()
        _ = one.add(1, once: "a")
        _ = other.add(1, once: "b")
        #expect(one.total == other.total)
        #expect(one.sessions.hash != other.sessions.hash)
    }
}

@Suite struct `Tokens: against a naive model` {
    private struct Known {
        let number: Int64
        let output: Int64
        let index: UInt64
        let end: Int64
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `any mixture of windows, repeats and pauses`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var member = SessionMember()
        var known: [String: Known] = [:]
        var total: Int64 = 0
        for _ in 0..<2000 {
            if random.next(below: 3) == 0 { member.pass(Int64(random.next(below: 40))) }
            let token = "\(random.next(below: 20))"
            let number = Int64(1 + random.next(below: 2))
            let window = UInt32(1 + random.next(below: 300))
            let result = member.add(number, once: token, window: window)
            if let first = known[token], first.end > member.time {
                if first.number == number {
                    #expect(result.output == first.output && result.index == first.index)
                } else {
                    #expect(result.error == .rejected(.tokenMismatch))
                }
            } else {
                total += number
                #expect(result.output == total)
                known[token] = Known(
                    number: number, output: total, index: member.applier.index.rawValue,
                    end: member.time + Int64(window))
            }
        }
        #expect(member.total == total)
    }
}
