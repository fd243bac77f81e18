// SPDX-License-Identifier: Apache-2.0

import Linearizability
import Testing

@Suite struct Verdicts {
    @Test func `a counterexample shows what fits, what does not, and what else was under way`() {
        var history = KeyValueHistory()
        func one(_ command: KeyValueCommand) -> KeyValueRequest { .one(bytes("k"), command) }
        history.return(history.call(client: 1, one(.set("a")), at: 100), .ok, at: 140)
        history.return(history.call(client: 1, one(.set("b")), at: 1100), .ok, at: 1140)
        let lost = history.call(client: 2, one(.set("c")), at: 1200)
        let stale = history.call(client: 3, one(.get), at: 1300)
        history.return(stale, .value("a"), at: 1310)
        history.returnUnknown(lost)
        let verdict = KeyValueModel().check(history)
        #expect(
            verdict.counterexample?.description == """
                key "k": not linearizable
                  in order, the last 2 of 2 that fit:
                    100..140    client 1  SET "a" -> OK
                    1100..1140  client 1  SET "b" -> OK
                  then the state is: "b"
                  fits nowhere:
                    1300..1310  client 3  GET -> "a"
                  also under way, the first 1 of 1:
                    1200..      client 2  SET "c" -> unknown
                """)
    }

    @Test func `the misfit is the first return that no order explains`() {
        let twoWrong = check(
            Call(1, 0...20, .get, .value("z")), Call(2, 1...2, .set("a"), .ok),
            Call(3, 3...4, .get, .value("x")))
        #expect(twoWrong.counterexample?.misfit.text == "GET -> \"x\"")
        #expect(twoWrong.counterexample?.prefix.map(\.text) == ["SET \"a\" -> OK"])
        #expect(twoWrong.counterexample?.open.map(\.text) == ["GET -> \"z\""])
    }

    @Test func `a counterexample is short and fits 80 columns`() {
        var random = RandomHistory(seed: 3)
        random.hasUniqueValues = true
        random.unknownPercent = 10
        var calls = random.make(count: 200).map(\.self)
        let end = calls.map(\.called).max().map { $0 + 10_000 } ?? 0
        let text = String(repeating: "\u{1}", count: 300)
        calls.append(Call(8, end...(end + 1), .append(bytes(text)), .integer(1)).operation)
        let verdict = LinearizabilityChecker(KeyValueModel(late: 0)).check(History(calls))
        let lines = verdict.counterexample?.description.split(separator: "\n") ?? []
        #expect((6...20).contains(lines.count))
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
        #expect(lines.contains { $0.hasSuffix("...") })
    }

    @Test func `a search that is given up says so, and claims nothing`() {
        // Twelve appends at once that give one string or another: any order may be the right one.
        var history = History<KeyValueCommand, KeyValueAnswer>()
        let names = (0..<12).map { String(UnicodeScalar(UInt8(97 + $0))) }
        let calls = names.map { history.call(client: 1, .append(bytes($0)), at: 0) }
        for call in calls { history.return(call, .unspecified, at: 1) }
        var impossible = history
        impossible.return(
            impossible.call(client: 2, .get, at: 2), .value("lkjihgfedcbx"), at: 3)
        let verdict = LinearizabilityChecker(KeyValueModel(), budget: 5000).check(impossible)
        guard case .undecided(let steps) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(steps == 5000)
        #expect(!verdict.isLinearizable && verdict.counterexample == nil)
    }

    @Test func `a violation of one key outweighs that another is undecided`() {
        let checker = LinearizabilityChecker(KeyValueModel(), budget: 30)
        var hard = History<KeyValueCommand, KeyValueAnswer>()
        let calls = (0..<6).map { hard.call(client: $0, .append([UInt8($0)]), at: 0) }
        for call in calls { hard.return(call, .unspecified, at: 1) }
        hard.return(hard.call(client: 1, .get, at: 2), .null, at: 3)
        var wrong = History<KeyValueCommand, KeyValueAnswer>()
        wrong.return(wrong.call(client: 1, .get, at: 2), .value("a"), at: 3)
        let undecided = checker.check([(key: 1, history: hard)])
        #expect(!undecided.isLinearizable && undecided.counterexample == nil)
        let both = checker.check([(key: 1, history: hard), (key: 2, history: wrong)])
        #expect(both.counterexample?.key == "2")
    }
}
