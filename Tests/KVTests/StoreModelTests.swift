// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Raft
import Testing

@Suite struct `The store beside a plain dictionary` {
    /// Draws commands over a number of keys, mostly such that they find something.
    struct Generator {
        var random: SplitMix64
        let keys: UInt64

        mutating func below(_ bound: UInt64) -> UInt64 { random.next(below: bound) }

        mutating func key() -> [UInt8] {
            let number = below(keys)
            // Of all lengths around the words that keys are compared by.
            return "k\(number)".bytes + [UInt8](repeating: 0x61, count: Int(number % 19))
        }

        mutating func value() -> [UInt8] {
            switch below(4) {
            case 0: return String(Int64(truncatingIfNeeded: random.next())).bytes
            case 1: return String(below(100)).bytes
            default:
                let byte = UInt8(truncatingIfNeeded: random.next())
                return [UInt8](repeating: byte, count: Int(below(below(20) == 0 ? 2000 : 60)))
            }
        }

        mutating func deadline(at now: Int64) -> KVDeadline {
            switch below(12) {
            case 0: .at(milliseconds: now + Int64(below(400)) - 100)
            case 1: .after(milliseconds: .max - Int64(below(2_000_000)))
            // Many with the same deadline, whose order is that of the keys.
            case 2...5: .at(milliseconds: (now / 100 + 1) * 100)
            default: .after(milliseconds: Int64(below(600)) + 1)
            }
        }

        mutating func setOptions(at now: Int64) -> SetOptions {
            var options = SetOptions(returnsOldValue: below(4) == 0)
            switch below(6) {
            case 0: options.condition = .ifAbsent
            case 1: options.condition = .ifPresent
            default: break
            }
            switch below(5) {
            case 0: options.expiry = .keep
            case 1, 2:
                let deadline = deadline(at: now)
                if case .at(let time) = deadline, time <= 0 { break }
                options.expiry = .deadline(deadline)
            default: break
            }
            return options
        }

        mutating func write(at now: Int64) -> KVCommand.Write {
            switch below(100) {
            case 0..<45: .set(key(), value(), setOptions(at: now))
            case 45..<55: .del((0...below(3)).map { _ in key() })
            case 55..<63: .incrBy(key(), Int64(truncatingIfNeeded: random.next()))
            case 63..<70: .append(key(), value(), limit: 3000)
            case 70..<76: .mset((0...below(4)).map { _ in KVPair(key(), value()) })
            case 76..<90: .expire(key(), deadline(at: now), name: .expireat)
            default: .persist(key())
            }
        }

        mutating func query() -> KVCommand.Query {
            switch below(8) {
            case 0: .mget((0...below(4)).map { _ in key() })
            case 1: .exists((0...below(4)).map { _ in key() })
            case 2: .strlen(key())
            case 3: .ttl(key())
            case 4: .pttl(key())
            case 5: .type(key())
            case 6: .dbSize
            default: .get(key())
            }
        }
    }

    /// - Returns: what was answered differently, if anything.
    private func compare(
        _ kv: StoreBench, _ model: inout StoreModel, _ generator: inout Generator
    ) throws -> String? {
        model.advance(to: kv.now)
        kv.tick()
        let next = kv.store.nextDeadline?.milliseconds
        guard next == model.nextDeadline else { return "the next deadline is \(next as Any)" }
        guard kv.store.statistics.keys == model.items.count else {
            return "\(kv.store.statistics.keys) keys, not \(model.items.count)"
        }
        let write = generator.write(at: kv.now)
        let context = ApplyContext(
            index: .zero, term: .zero, now: ClusterTime(milliseconds: kv.now))
        let reply = kv.store.apply(try KVCommand(.write(write)), context)
        let expected = model.run(write)
        guard reply == expected else { return "\(write): \(reply), not \(expected)" }
        let query = generator.query()
        let answer = kv.store.answer(try KVCommand(.query(query)))
        let right = model.answer(query)
        guard answer == right else { return "\(query): \(answer), not \(right)" }
        return nil
    }

    @Test(arguments: [(3, 1), (40, 2), (400, 3), (3000, 4)] as [(UInt64, UInt64)])
    func `random commands at random times answer alike`(keys: UInt64, seed: UInt64) throws {
        let kv = StoreBench()
        var model = StoreModel()
        var generator = Generator(random: SplitMix64(seed: seed), keys: keys)
        for step in 0..<2000 {
            if generator.below(3) == 0 { kv.now += Int64(generator.below(120)) }
            if generator.below(900) == 0 {
                try kv.run(.flushAll)
                model.items = [:]
            }
            if let difference = try compare(kv, &model, &generator) {
                Issue.record("step \(step): \(difference)")
                return
            }
            if step % 500 == 499 { kv.store._checkInvariants() }
        }
        kv.store._checkInvariants()
    }

    @Test func `a store that grows, overflows the purge bound and empties answers alike`() throws {
        let kv = StoreBench()
        var model = StoreModel()
        model.now = kv.now
        var generator = Generator(random: SplitMix64(seed: 99), keys: 20_000)
        for _ in 0..<9000 {
            let time = kv.now + (generator.below(4) == 0 ? 300 : 200)
            let write = KVCommand.Write.set(generator.key(), generator.value(), .at(time))
            try kv.run(write)
            _ = model.run(write)
        }
        #expect(kv.store.statistics.keys == model.items.count)
        #expect(model.items.values.count { $0.deadline == kv.now + 200 } > KVStore.purgeBound)
        for step in 0..<8 {
            kv.now += 60
            for _ in 0..<8 {
                if let difference = try compare(kv, &model, &generator) {
                    Issue.record("step \(step): \(difference)")
                    return
                }
            }
            kv.store._checkInvariants()
            #expect(try Set(kv.storedKeys()) == Set(model.items.keys))
        }
        #expect(kv.store.statistics.keys < 1000)
    }
}
