// SPDX-License-Identifier: Apache-2.0

import Linearizability
import Testing

@Suite struct `Commands to one key` {
    /// Whether some answers are possible for commands that follow one another.
    private func possible(_ steps: (KeyValueCommand, KeyValueAnswer)...) -> Bool {
        var history = History<KeyValueCommand, KeyValueAnswer>()
        for (index, (command, answer)) in steps.enumerated() {
            let time = UInt64(index)
            history.return(history.call(client: 1, command, at: time), answer, at: time)
        }
        return LinearizabilityChecker(KeyValueModel()).check(history).isLinearizable
    }

    @Test func `SET with a condition happens only if that holds`() {
        #expect(
            possible(
                (.set("a", .ifAbsent), .ok), (.set("b", .ifAbsent), .null), (.get, .value("a"))))
        #expect(possible((.set("a", .ifPresent), .null), (.get, .null)))
        #expect(!possible((.set("a", .ifPresent), .ok)))
        #expect(!possible((.set("a"), .ok), (.set("b", .ifAbsent), .ok)))
        #expect(!possible((.set("a"), .ok), (.set("b", .ifPresent), .null)))
    }

    @Test func `SET with GET answers the old value, done or not`() {
        let get = KeyValueSetOptions(returnsOldValue: true)
        let getIfAbsent = KeyValueSetOptions(condition: .ifAbsent, returnsOldValue: true)
        #expect(
            possible(
                (.set(bytes("a"), getIfAbsent), .null),
                (.set(bytes("b"), getIfAbsent), .value("a")),
                (.set(bytes("c"), get), .value("a")), (.get, .value("c"))))
        #expect(!possible((.set(bytes("a"), get), .ok)))
    }

    @Test func `DEL, EXISTS, PERSIST and EXPIRE say whether there was something`() {
        #expect(
            possible(
                (.delete, .integer(0)), (.persist, .integer(0)), (.expire(.after(9)), .integer(0)),
                (.set("a"), .ok), (.persist, .integer(0)), (.exists, .integer(1)),
                (.delete, .integer(1)), (.exists, .integer(0)), (.get, .null)))
        #expect(!possible((.set("a"), .ok), (.delete, .integer(0))))
        #expect(!possible((.delete, .integer(1))))
        #expect(!possible((.set("a"), .ok), (.delete, .integer(1)), (.get, .value("a"))))
        #expect(!possible((.set("a"), .ok), (.expire(.after(9)), .integer(0))))
    }

    @Test func `INCR counts from nothing, refuses what is no number and what is too large`() {
        #expect(possible((.add(1), .integer(1)), (.add(-3), .integer(-2)), (.get, .value("-2"))))
        for text in ["", "a", "01", "+1", "1 ", "-", "-0", "9223372036854775808"] {
            #expect(
                possible(
                    (.set(text), .ok), (.add(1), .failure(.notAnInteger)), (.get, .value(text))))
            #expect(!possible((.set(text), .ok), (.add(1), .integer(1))))
        }
        let largest = "\(Int64.max)"
        #expect(
            possible((.set(largest), .ok), (.add(1), .failure(.overflow)), (.get, .value(largest))))
        let smallest = "\(Int64.min)"
        #expect(possible((.set(smallest), .ok), (.add(1), .integer(.min + 1))))
    }

    @Test func `APPEND continues a value and answers the length`() {
        #expect(
            possible(
                (.append(bytes("ab")), .integer(2)), (.append(bytes("c")), .integer(3)),
                (.length, .integer(3)), (.get, .value("abc"))))
        #expect(!possible((.set("a"), .ok), (.append(bytes("b")), .integer(1))))
    }

    @Test func `what was refused as impossible changes nothing`() {
        #expect(
            possible(
                (.set("a"), .ok), (.expire(.after(.max)), .failure(.invalidArgument)),
                (.timeToLive, .integer(-1)), (.get, .value("a"))))
        #expect(!possible((.set("a"), .failure(.invalidArgument)), (.get, .value("a"))))
    }

    @Test func `an unknown write that nobody saw still counts where it shows otherwise`() {
        let shows: [(KeyValueCommand, KeyValueAnswer)] = [
            (.exists, .integer(1)), (.length, .integer(3)), (.append(bytes("x")), .integer(4)),
            (.add(1), .failure(.notAnInteger)), (.set("z", .ifAbsent), .null),
        ]
        for (command, answer) in shows {
            let verdict = check(
                Call(1, 0..., .set("a")), Call(2, 1..., .set("b")), Call(3, 2..., .set("cde")),
                Call(4, 3...4, command, answer))
            #expect(verdict.isLinearizable, "\(command)")
        }
        let tooLong = check(Call(1, 0..., .set("a")), Call(4, 3...4, .length, .integer(3)))
        #expect(!tooLong.isLinearizable)
    }
}
