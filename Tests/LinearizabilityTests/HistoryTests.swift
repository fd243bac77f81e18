// SPDX-License-Identifier: Apache-2.0

import Linearizability
import Testing

@Suite struct `Recording a history` {
    private let checker = LinearizabilityChecker(KeyValueModel())

    @Test func `a call without an answer may take effect at any later time`() {
        let call = Operation<Int, Int>(client: 1, input: 1, output: nil, called: 5, returned: 7)
        #expect(call.returned == .max)
    }

    @Test func `at one instant, the order is that of recording`() {
        var after = History<KeyValueCommand, KeyValueAnswer>()
        after.return(after.call(client: 1, .set("a"), at: 5), .ok, at: 5)
        after.return(after.call(client: 2, .get, at: 5), .null, at: 5)
        #expect(!checker.check(after).isLinearizable)
        var during = History<KeyValueCommand, KeyValueAnswer>()
        let write = during.call(client: 1, .set("a"), at: 5)
        let read = during.call(client: 2, .get, at: 5)
        during.return(write, .ok, at: 5)
        during.return(read, .null, at: 5)
        #expect(checker.check(during).isLinearizable)
    }

    @Test func `operations recorded apart overlap if they touch`() {
        #expect(check(Call(1, 0...5, .set("a"), .ok), Call(2, 5...6, .get, .null)).isLinearizable)
        #expect(!check(Call(1, 0...5, .set("a"), .ok), Call(2, 6...7, .get, .null)).isLinearizable)
        #expect(!check(Call(2, 6...7, .get, .null), Call(1, 0...5, .set("a"), .ok)).isLinearizable)
    }

    /// A pipeline of one connection: SET a, SET b, and GET, all under way at once; then, later, a GET.
    private func pipeline(
        _ first: KeyValueAnswer?, _ second: KeyValueAnswer?, _ read: String, then later: String,
        in sequence: Int?
    ) -> Verdict {
        var history = History<KeyValueCommand, KeyValueAnswer>()
        let calls = [KeyValueCommand.set("a"), .set("b"), .get].map {
            history.call(client: 1, $0, in: sequence, at: 1)
        }
        for (call, answer) in zip(calls, [first, second, .value(read)]) {
            if let answer {
                history.return(call, answer, at: 2)
            } else {
                history.returnUnknown(call)
            }
        }
        history.return(history.call(client: 2, .get, at: 3), .value(later), at: 4)
        return checker.check(history)
    }

    @Test func `operations of a sequence take effect in its order, others in any`() {
        #expect(pipeline(.ok, .ok, "b", then: "b", in: 1).isLinearizable)
        #expect(!pipeline(.ok, .ok, "a", then: "b", in: 1).isLinearizable)
        #expect(!pipeline(.ok, .ok, "b", then: "a", in: 1).isLinearizable)
        #expect(pipeline(.ok, .ok, "a", then: "b", in: nil).isLinearizable)
        #expect(pipeline(.ok, .ok, "b", then: "a", in: nil).isLinearizable)
    }

    @Test func `one without an answer takes effect before later changes, or never`() {
        #expect(pipeline(nil, .ok, "b", then: "b", in: 1).isLinearizable)
        #expect(!pipeline(nil, .ok, "a", then: "b", in: 1).isLinearizable)
        #expect(!pipeline(nil, .ok, "b", then: "a", in: 1).isLinearizable)
        #expect(pipeline(nil, .ok, "b", then: "a", in: nil).isLinearizable)
        #expect(pipeline(.ok, nil, "a", then: "a", in: 1).isLinearizable)
        #expect(!pipeline(nil, nil, "b", then: "a", in: 1).isLinearizable)
        // It may still be under way when what is behind it is read.
        #expect(pipeline(.ok, nil, "a", then: "b", in: 1).isLinearizable)
    }

    @Test func `what was sent again has left its sequence`() {
        var history = History<KeyValueCommand, KeyValueAnswer>()
        let first = history.call(client: 1, .set("a"), in: 1, at: 1)
        let second = history.call(client: 1, .set("b"), in: 1, at: 1)
        history.return(first, .ok, at: 2)
        history.return(second, .ok, at: 2)
        history.return(history.call(client: 2, .get, at: 3), .value("a"), at: 4)
        #expect(!checker.check(history).isLinearizable)
        history.leaveSequence(second)
        #expect(checker.check(history).isLinearizable)
    }

    @Test func `what was certainly not executed explains nothing`() {
        var history = History<KeyValueCommand, KeyValueAnswer>()
        let write = history.call(client: 1, .set("a"), at: 0)
        var read = history
        read.return(read.call(client: 2, .get, at: 1), .value("a"), at: 2)
        #expect(checker.check(read).isLinearizable)
        read.returnUnknown(write)
        #expect(checker.check(read).isLinearizable)
        history.certainlyNotExecuted(write)
        #expect(history.operations.isEmpty)
        history.return(history.call(client: 2, .get, at: 1), .value("a"), at: 2)
        #expect(!checker.check(history).isLinearizable)
    }

    @Test func `nothing, and nothing that returned, is linearizable`() {
        var history = History<KeyValueCommand, KeyValueAnswer>()
        #expect(checker.check(history).isLinearizable)
        _ = history.call(client: 1, .set("a"), at: 0)
        #expect(checker.check(history).isLinearizable)
    }
}

@Suite struct `Splitting by key` {
    private let keys = [bytes("a"), bytes("b"), bytes("c")]

    /// MSET a 1 b 1, then one more request.
    private func verdict(_ request: KeyValueRequest, _ answer: KeyValueAnswer) -> Verdict {
        var history = KeyValueHistory()
        let pairs = keys.prefix(2).map { KeyValueRequest.Pair($0, bytes("1")) }
        history.return(history.call(client: 1, .setAll(pairs), at: 0), .ok, at: 1)
        history.return(history.call(client: 2, request, at: 2), answer, at: 3)
        return KeyValueModel().check(history)
    }

    @Test func `a request to several keys is one to each`() {
        #expect(verdict(.getAll(keys), .each([.value("1"), .value("1"), .null])).isLinearizable)
        let wrong = verdict(.getAll(keys), .each([.value("1"), .null, .null]))
        #expect(wrong.counterexample?.key == "\"b\"")
        #expect(wrong.counterexample?.misfit.id.number == 1)
    }

    @Test func `a count of none or all says it of each key, another count says nothing`() {
        let two = Array(keys.prefix(2))
        #expect(verdict(.deleteAll(two), .integer(2)).isLinearizable)
        #expect(verdict(.deleteAll(two + two), .integer(2)).isLinearizable)
        #expect(!verdict(.deleteAll(two), .integer(0)).isLinearizable)
        #expect(!verdict(.deleteAll(two), .integer(3)).isLinearizable)
        #expect(!verdict(.deleteAll(keys), .integer(3)).isLinearizable)
        #expect(verdict(.deleteAll(keys), .integer(1)).isLinearizable)
        #expect(verdict(.countExisting(two + two), .integer(4)).isLinearizable)
        #expect(!verdict(.countExisting([keys[2]]), .integer(1)).isLinearizable)
    }

    @Test func `the last of two values for one key stays`() {
        var history = KeyValueHistory()
        let pairs = [("a", "1"), ("b", "2"), ("a", "3")].map {
            KeyValueRequest.Pair(bytes($0.0), bytes($0.1))
        }
        history.return(history.call(client: 1, .setAll(pairs), at: 0), .ok, at: 1)
        var read = history.call(client: 1, .one(bytes("a"), .get), at: 2)
        var good = history
        good.return(read, .value("3"), at: 3)
        #expect(KeyValueModel().check(good).isLinearizable)
        history.return(read, .value("1"), at: 3)
        #expect(!KeyValueModel().check(history).isLinearizable)
        read = good.call(client: 1, .one(bytes("b"), .get), at: 4)
        good.return(read, .value("2"), at: 5)
        #expect(KeyValueModel().check(good).isLinearizable)
    }
}
