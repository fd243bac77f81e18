// SPDX-License-Identifier: Apache-2.0

import Linearizability
import Testing

@Suite struct `Values that expire` {
    private let exact = KeyValueModel(early: 0, late: 0)

    @Test func `a value is not gone before its time, less the clocks' error`() {
        let written = Call(1, 100...110, .set("a", for: 1000), .ok)
        let missed = Call(2, 1050...1080, .get, .null)
        #expect(!check(exact, written, missed).isLinearizable)
        #expect(check(KeyValueModel(early: 20), written, missed).isLinearizable)
        #expect(check(KeyValueModel(early: .max), written, missed).isLinearizable)
        #expect(check(exact, written, Call(2, 1050...1100, .get, .null)).isLinearizable)
    }

    @Test func `a value is gone after its time, plus the clocks' error, if that has a limit`() {
        let written = Call(1, 100...110, .set("a", for: 1000), .ok)
        let seen = Call(2, 1150...1160, .get, .value("a"))
        #expect(!check(exact, written, seen).isLinearizable)
        #expect(check(KeyValueModel(late: 41), written, seen).isLinearizable)
        #expect(check(KeyValueModel(), written, seen).isLinearizable)
    }

    @Test func `a value that is gone does not come back`() {
        let undone = check(
            KeyValueModel(early: 100), Call(1, 0...1, .set("a", for: 50), .ok),
            Call(2, 10...11, .get, .null), Call(2, 12...13, .get, .value("a")))
        #expect(undone.counterexample?.misfit.text == "GET -> \"a\"")
    }

    @Test func `a slow read that misses a value is no excuse for a fast one before it`() {
        let early = check(
            exact, Call(1, 0...1, .set("a", for: 1000), .ok), Call(2, 10...2000, .get, .null),
            Call(3, 20...500, .get, .null))
        #expect(!early.isLinearizable)
    }

    @Test func `an unknown command is no excuse for an early end either`() {
        let early = check(
            exact, Call(1, 0...1, .set("a", for: 1000), .ok), Call(2, 10..., .persist),
            Call(3, 20...500, .get, .null))
        #expect(!early.isLinearizable)
    }

    @Test func `the limit goes with another SET or PERSIST and stays with INCR, APPEND, KEEPTTL`() {
        let keep = KeyValueSetOptions(limit: .keep)
        func isGone(after command: KeyValueCommand, _ answer: KeyValueAnswer) -> Bool {
            let start = [
                Call(1, 0...1, .set("5", for: 100), .ok), Call(1, 2...3, command, answer),
            ].map(\.operation)
            let read = Call(2, 300...301, .exists, .integer(0)).operation
            return LinearizabilityChecker(exact).check(History(start + [read])).isLinearizable
        }
        #expect(!isGone(after: .set("6"), .ok))
        #expect(!isGone(after: .persist, .integer(1)))
        #expect(!isGone(after: .expire(.at(1000)), .integer(1)))
        #expect(isGone(after: .add(1), .integer(6)))
        #expect(isGone(after: .append(bytes("0")), .integer(2)))
        #expect(isGone(after: .set(bytes("6"), keep), .ok))
        #expect(isGone(after: .expire(.after(10)), .integer(1)))
    }

    @Test func `a limit of nothing ends a value at once`() {
        #expect(
            check(
                Call(1, 0...1, .set("a"), .ok), Call(1, 2...3, .expire(.after(0)), .integer(1)),
                Call(1, 4...5, .get, .null)
            ).isLinearizable)
        #expect(
            !check(
                Call(1, 0...1, .set("a", for: 0), .ok), Call(1, 4...5, .get, .value("a"))
            ).isLinearizable)
    }

    @Test func `TTL tells no key, no limit and a limit apart`() {
        func ttl(_ command: KeyValueCommand, _ seconds: Int64) -> Bool {
            check(
                Call(1, 0...1, command, .ok), Call(1, 2...3, .timeToLive, .integer(seconds))
            ).isLinearizable
        }
        #expect(ttl(.set("a", for: 1000), 1) && ttl(.set("a", for: 1000), 0))
        #expect(!ttl(.set("a", for: 1000), -1) && !ttl(.set("a", for: 1000), -2))
        #expect(ttl(.set("a"), -1) && !ttl(.set("a"), 7) && !ttl(.set("a"), -2))
    }
}
