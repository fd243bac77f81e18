// SPDX-License-Identifier: Apache-2.0

import Linearizability
import RESP
import Raft

/// A command of a user: as it is sent, and as the model of a key sees it.
struct KVCall: Hashable, Sendable {
    /// As in Redis' protocol.
    let arguments: [[UInt8]]
    /// What it does to which keys.
    let parts: [Part]

    struct Part: Hashable, Sendable {
        let key: Int
        let command: KeyValueCommand
    }

    private init(_ words: [String], _ parts: [Part]) {
        arguments = words.map { Array($0.utf8) }
        self.parts = parts
    }

    private init(_ words: [String], _ key: Int, _ command: KeyValueCommand) {
        self.init(words, [Part(key: key, command: command)])
    }

    /// The history of each key by itself.
    static func parts(
        _ operation: Operation<KVCall, KeyValueAnswer>
    ) -> [OperationPart<Int, KeyValueCommand, KeyValueAnswer>] {
        let parts = operation.input.parts
        return parts.enumerated().map { place, part in
            let output: KeyValueAnswer? =
                switch operation.output {
                case nil: nil
                case .each(let answers): answers[place]
                // How many of several keys were meant says nothing of one of them.
                case .integer where parts.count > 1: .unspecified
                case .some(let answer): answer
                }
            return OperationPart(key: part.key, input: part.command, output: output)
        }
    }

    /// A command drawn at random.
    /// - Parameter name: Unique, to tell values apart.
    static func draw(_ random: inout SplitMix64, keys: Range<Int>, name: String) -> KVCall {
        let key = keys.lowerBound + Int(random.next(below: UInt64(keys.count)))
        let k = "k\(key)"
        let value = random.next(below: 3) == 0 ? "\(random.next(below: 1000))" : name
        let bytes = Array(value.utf8)
        switch random.next(below: 24) {
        case 0..<6: return KVCall(["GET", k], key, .get)
        case 6..<9: return KVCall(["SET", k, value], key, .set(bytes))
        case 9: return drawConditionalSet(&random, k, value, key)
        case 10: return drawLimitedSet(&random, k, value, key)
        case 11..<15:
            let step = 1 + Int64(random.next(below: 9))
            return KVCall(["INCRBY", k, "\(step)"], key, .add(step))
        case 15: return KVCall(["DECR", k], key, .add(-1))
        case 16: return KVCall(["APPEND", k, name], key, .append(Array(name.utf8)))
        case 17: return drawMany(&random, key, keys, name)
        case 18: return KVCall(["EXISTS", k], key, .exists)
        case 19: return KVCall(["STRLEN", k], key, .length)
        case 20: return KVCall(["PTTL", k], key, .timeToLive)
        case 21: return drawLimit(&random, k, key)
        case 22: return KVCall(["PERSIST", k], key, .persist)
        default: return KVCall(["DEL", k], key, .delete)
        }
    }

    private static func drawConditionalSet(
        _ random: inout SplitMix64, _ k: String, _ value: String, _ key: Int
    ) -> KVCall {
        let isAbsent = random.next(below: 2) == 0
        return KVCall(
            ["SET", k, value, isAbsent ? "NX" : "XX"], key,
            .set(
                Array(value.utf8),
                KeyValueSetOptions(condition: isAbsent ? .ifAbsent : .ifPresent)))
    }

    private static func drawLimitedSet(
        _ random: inout SplitMix64, _ k: String, _ value: String, _ key: Int
    ) -> KVCall {
        let limit = 1 + random.next(below: 3000)
        return KVCall(
            ["SET", k, value, "PX", "\(limit)"], key,
            .set(Array(value.utf8), KeyValueSetOptions(limit: .to(.after(limit * 1_000_000)))))
    }

    private static func drawLimit(
        _ random: inout SplitMix64, _ k: String, _ key: Int
    ) -> KVCall {
        let limit = 1 + random.next(below: 3000)
        return KVCall(["PEXPIRE", k, "\(limit)"], key, .expire(.after(limit * 1_000_000)))
    }

    /// A command of two or three keys.
    private static func drawMany(
        _ random: inout SplitMix64, _ first: Int, _ all: Range<Int>, _ name: String
    ) -> KVCall {
        let count = min(all.count, 2 + Int(random.next(below: 2)))
        let keys = (0..<count).map { all.lowerBound + (first - all.lowerBound + $0) % all.count }
        let names = keys.map { "k\($0)" }
        switch random.next(below: 3) {
        case 0:
            return KVCall(["MGET"] + names, keys.map { Part(key: $0, command: .get) })
        case 1:
            return KVCall(
                ["MSET"] + names.flatMap { [$0, name] },
                keys.map { Part(key: $0, command: .set(Array(name.utf8))) })
        default:
            return KVCall(["DEL"] + names, keys.map { Part(key: $0, command: .delete) })
        }
    }
}

extension KeyValueAnswer {
    /// What a reply says to a model; nil if no store could have said it.
    init?(_ value: Value, to call: KVCall) {
        switch value {
        case .simpleString("OK"): self = .ok
        case .null: self = .null
        case .bulk(let bytes): self = .value(bytes)
        case .integer(let number): self = .integer(number)
        case .array(let elements):
            let answers = elements.compactMap { KeyValueAnswer($0, to: call) }
            guard answers.count == call.parts.count else { return nil }
            self = .each(answers)
        case .error(let text):
            guard text.hasPrefix("ERR value is not an integer") else { return nil }
            self = .failure(.notAnInteger)
        case .simpleString, .map, .set, .push, .double, .boolean, .bigNumber, .verbatim: return nil
        }
    }
}
