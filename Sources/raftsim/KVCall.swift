// SPDX-License-Identifier: Apache-2.0

import Linearizability
import RESP
import Raft

/// A command of a user: as it is sent, and as the model sees it.
struct KVCall: Sendable {
    /// As in Redis' protocol.
    let arguments: [[UInt8]]
    /// What it asks of the model.
    let request: KeyValueRequest

    private init(_ words: [String], _ request: KeyValueRequest) {
        arguments = words.map { Array($0.utf8) }
        self.request = request
    }

    private init(_ name: String, _ key: String, _ command: KeyValueCommand, _ more: [String] = []) {
        self.init([name, key] + more, .one(Array(key.utf8), command))
    }

    /// A command drawn at random.
    /// - Parameters:
    ///   - keys: The numbers of the keys to draw from.
    ///   - name: Unique, to tell values apart.
    ///   - onlyReads: Whether it changes nothing.
    static func draw(
        _ random: inout SplitMix64, keys: Range<Int>, name: String, onlyReads: Bool
    ) -> KVCall {
        let number = keys.lowerBound + Int(random.next(below: UInt64(keys.count)))
        let key = "k\(number)"
        if onlyReads { return KVCall("GET", key, .get) }
        let value = random.next(below: 3) == 0 ? "\(random.next(below: 1000))" : name
        switch random.next(below: 24) {
        case 0..<6: return KVCall("GET", key, .get)
        case 6..<9: return KVCall("SET", key, .set(Array(value.utf8)), [value])
        case 9: return drawConditionalSet(&random, key, value)
        case 10: return drawLimitedSet(&random, key, value)
        case 11..<15:
            let step = 1 + Int64(random.next(below: 9))
            return KVCall("INCRBY", key, .add(step), ["\(step)"])
        case 15: return KVCall("DECR", key, .add(-1))
        case 16: return KVCall("APPEND", key, .append(Array(name.utf8)), [name])
        case 17: return drawMany(&random, number, keys, name)
        case 18: return KVCall("EXISTS", key, .exists)
        case 19: return KVCall("STRLEN", key, .length)
        case 20: return KVCall("PTTL", key, .timeToLive)
        case 21:
            let limit = 1 + random.next(below: 3000)
            return KVCall("PEXPIRE", key, .expire(.after(limit * 1_000_000)), ["\(limit)"])
        case 22: return KVCall("PERSIST", key, .persist)
        default: return KVCall("DEL", key, .delete)
        }
    }

    private static func drawConditionalSet(
        _ random: inout SplitMix64, _ key: String, _ value: String
    ) -> KVCall {
        let isAbsent = random.next(below: 2) == 0
        let options = KeyValueSetOptions(condition: isAbsent ? .ifAbsent : .ifPresent)
        return KVCall(
            "SET", key, .set(Array(value.utf8), options), [value, isAbsent ? "NX" : "XX"])
    }

    private static func drawLimitedSet(
        _ random: inout SplitMix64, _ key: String, _ value: String
    ) -> KVCall {
        let limit = 1 + random.next(below: 3000)
        let options = KeyValueSetOptions(limit: .to(.after(limit * 1_000_000)))
        return KVCall("SET", key, .set(Array(value.utf8), options), [value, "PX", "\(limit)"])
    }

    /// A command of two or three keys.
    private static func drawMany(
        _ random: inout SplitMix64, _ first: Int, _ all: Range<Int>, _ name: String
    ) -> KVCall {
        let count = min(all.count, 2 + Int(random.next(below: 2)))
        let names = (0..<count).map {
            "k\(all.lowerBound + (first - all.lowerBound + $0) % all.count)"
        }
        let keys = names.map { Array($0.utf8) }
        switch random.next(below: 4) {
        case 0: return KVCall(["MGET"] + names, .getAll(keys))
        case 1:
            let value = Array(name.utf8)
            return KVCall(
                ["MSET"] + names.flatMap { [$0, name] },
                .setAll(keys.map { KeyValueRequest.Pair($0, value) }))
        case 2: return KVCall(["EXISTS"] + names, .countExisting(keys))
        default: return KVCall(["DEL"] + names, .deleteAll(keys))
        }
    }
}

extension KeyValueAnswer {
    /// What a reply says to a model; nil if no store could have said it.
    init?(_ value: Value) {
        switch value {
        case .simpleString("OK"): self = .ok
        case .null: self = .null
        case .bulk(let bytes): self = .value(bytes)
        case .integer(let number): self = .integer(number)
        case .array(let elements):
            let answers = elements.compactMap { KeyValueAnswer($0) }
            guard answers.count == elements.count else { return nil }
            self = .each(answers)
        case .error(let text):
            guard text.hasPrefix("ERR value is not an integer") else { return nil }
            self = .failure(.notAnInteger)
        case .simpleString, .map, .set, .push, .double, .boolean, .bigNumber, .verbatim: return nil
        }
    }
}
