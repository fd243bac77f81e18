// SPDX-License-Identifier: Apache-2.0

import Linearizability
import Testing

/// Anomalies that have names, and their innocent neighbours.
@Suite struct `Known histories` {
    @Test func `a read that began after a write returned must see it`() {
        let stale = check(
            Call(1, 0...1, .set("a"), .ok), Call(1, 2...3, .set("b"), .ok),
            Call(2, 4...5, .get, .value("a")))
        #expect(stale.counterexample?.misfit.text == "GET -> \"a\"")
        let concurrent = check(
            Call(1, 0...1, .set("a"), .ok), Call(1, 2...5, .set("b"), .ok),
            Call(2, 4...6, .get, .value("a")))
        #expect(concurrent.isLinearizable)
    }

    @Test func `what one reader has seen, a later one does not miss`() {
        let reversed = check(
            Call(1, 0...1, .set("a"), .ok), Call(1, 2...20, .set("b"), .ok),
            Call(2, 4...5, .get, .value("b")), Call(3, 6...7, .get, .value("a")))
        #expect(!reversed.isLinearizable)
    }

    @Test func `two increments that got the same sum have lost one`() {
        let lost = check(
            Call(1, 0...5, .add(1), .integer(1)), Call(2, 1...6, .add(1), .integer(1)))
        #expect(!lost.isLinearizable)
        let kept = check(
            Call(1, 0...5, .add(1), .integer(2)), Call(2, 1...6, .add(1), .integer(1)))
        #expect(kept.isLinearizable)
    }

    @Test func `a value that nobody wrote is not read`() {
        #expect(
            !check(Call(1, 0...1, .set("a"), .ok), Call(2, 2...3, .get, .value("z"))).isLinearizable
        )
        #expect(
            !check(Call(1, 0...1, .get, .value("a")), Call(2, 2...3, .set("a"), .ok)).isLinearizable
        )
    }

    @Test func `an unknown write may show late, but once seen it is not unseen`() {
        let late = check(
            Call(1, 0...1, .set("a"), .ok), Call(2, 2..., .set("b")),
            Call(3, 4...5, .get, .value("a")), Call(3, 90...91, .get, .value("b")))
        #expect(late.isLinearizable)
        let unseen = check(
            Call(1, 0...1, .set("a"), .ok), Call(2, 2..., .set("b")),
            Call(3, 4...5, .get, .value("b")), Call(3, 6...7, .get, .value("a")))
        #expect(!unseen.isLinearizable)
        let neverCalled = check(
            Call(3, 4...5, .get, .value("b")), Call(2, 6..., .set("b")))
        #expect(!neverCalled.isLinearizable)
    }

    @Test func `an unknown increment takes effect once or not at all`() {
        func counted(_ sum: Int64) -> Verdict {
            check(
                Call(1, 0...1, .add(1), .integer(1)), Call(2, 2..., .add(1)),
                Call(1, 6...7, .add(1), .integer(sum)))
        }
        #expect(!counted(1).isLinearizable)
        #expect(counted(2).isLinearizable)
        #expect(counted(3).isLinearizable)
        #expect(!counted(4).isLinearizable)
    }

    @Test func `a number that was written once may come from an unknown increment again`() {
        let counted = check(
            Call(1, 0...1, .set("5"), .ok), Call(2, 2..., .add(1)), Call(1, 3...4, .set("4"), .ok),
            Call(3, 5...6, .get, .value("5")))
        #expect(counted.isLinearizable)
    }

    @Test func `that a way failed with an unknown write spent says nothing about it unspent`() {
        // SET "ab", SET "a", APPEND leads to where APPEND, SET "ab" leads; only then "a" can follow.
        let unspent = check(
            Call(1, 0...1, .set("a"), .ok), Call(2, 2..., .set("a")),
            Call(3, 3...10, .set("ab"), .ok), Call(4, 3...11, .append(bytes("b")), .integer(2)),
            Call(1, 12...13, .get, .value("ab")), Call(1, 14...15, .get, .value("a")))
        #expect(unspent.isLinearizable)
    }

    @Test func `of many unknown increments, as many took effect as were counted`() {
        var history = History<KeyValueCommand, KeyValueAnswer>()
        for client in 0..<40 {
            history.returnUnknown(history.call(client: client, .add(1), at: UInt64(client)))
        }
        var read = history
        read.return(read.call(client: 99, .get, at: 50), .value("40"), at: 51)
        #expect(LinearizabilityChecker(KeyValueModel()).check(read).isLinearizable)
        history.return(history.call(client: 99, .get, at: 50), .value("41"), at: 51)
        #expect(LinearizabilityChecker(KeyValueModel()).check(history).counterexample != nil)
    }

    @Test func `many unknown writes do not keep the search from deciding`() {
        var history = History<KeyValueCommand, KeyValueAnswer>()
        for number in 0..<100 as Range<UInt64> {
            _ = history.call(client: 1, .set("u\(number)"), at: number * 10)
            let write = history.call(client: 2, .set("w\(number)"), at: number * 10 + 1)
            history.return(write, .ok, at: number * 10 + 2)
            let read = history.call(client: 3, .get, at: number * 10 + 3)
            let name = number % 7 == 0 ? "u" : "w"
            history.return(read, .value("\(name)\(number)"), at: number * 10 + 4)
        }
        #expect(LinearizabilityChecker(KeyValueModel()).check(history).isLinearizable)
        let stale = history.call(client: 3, .get, at: 2000)
        history.return(stale, .value("w3"), at: 2001)
        let verdict = LinearizabilityChecker(KeyValueModel()).check(history)
        #expect(verdict.counterexample?.misfit.id == stale)
    }
}
