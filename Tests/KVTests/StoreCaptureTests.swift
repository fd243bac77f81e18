// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Raft
import Testing

@Suite struct `Captures of the store` {
    private func filled(_ order: some Sequence<Int>) throws -> StoreBench {
        let kv = StoreBench()
        for number in order {
            let options: SetOptions = number % 3 == 0 ? .at(5_000_000 + Int64(number % 7)) : .init()
            try kv.set("key\(number)", String(repeating: "v", count: number % 41), options)
        }
        return kv
    }

    @Test func `an empty store survives`() throws {
        let kv = StoreBench()
        let other = try StoreBench(restoring: kv.captured)
        #expect(other.captured == kv.captured)
        #expect(try other.size() == .integer(0))
    }

    @Test func `a restored store has the same hash, bytes, answers and future`() throws {
        let kv = try filled(0..<1500)
        let other = try StoreBench(restoring: kv.captured)
        other.store._checkInvariants()
        #expect(other.store.stateHash == kv.store.stateHash)
        #expect(other.captured == kv.captured)
        #expect(other.store.nextDeadline == kv.store.nextDeadline)
        #expect(other.store.statistics.keysWithDeadline == 500)
        for number in stride(from: 0, to: 1500, by: 11) {
            let key = "key\(number)"
            #expect(try other.get(key) == kv.get(key))
            #expect(try other.pttl(key) == kv.pttl(key))
        }
        for member in [kv, other] {
            member.now = 5_000_003
            member.tick()
            try member.set("key1", "else")
        }
        #expect(other.store.stateHash == kv.store.stateHash)
        #expect(other.captured == kv.captured)
    }

    @Test func `equal states have equal bytes and hashes, whatever their history`() throws {
        let straight = try filled(0..<800)
        let crooked = try filled((0..<3000).reversed())
        for number in 0..<800 where number % 5 == 0 {
            try crooked.set("key\(number)", String(repeating: "w", count: 500), .after(77))
        }
        try crooked.run(.del((800..<3000).map { "key\($0)".bytes }))
        for number in 0..<800 where number % 5 == 0 {
            try crooked.set("key\(number)", String(repeating: "v", count: number % 41))
            if number % 3 == 0 {
                try crooked.expire("key\(number)", .at(milliseconds: 5_000_000 + Int64(number % 7)))
            }
        }
        straight.store._checkInvariants()
        crooked.store._checkInvariants()
        #expect(straight.store.stateHash == crooked.store.stateHash)
        #expect(straight.captured == crooked.captured)
    }

    @Test func `the hash knows keys, values, deadlines and the time`() throws {
        var hashes: [UInt64?] = []
        let kv = StoreBench()
        hashes.append(kv.store.stateHash)
        try kv.set("k", "")
        hashes.append(kv.store.stateHash)
        try kv.set("k", "\0")
        hashes.append(kv.store.stateHash)
        try kv.set("k", "\0\0")
        hashes.append(kv.store.stateHash)
        try kv.set("l", "\0\0")
        hashes.append(kv.store.stateHash)
        try kv.expire("l", .at(milliseconds: 9_000_000))
        hashes.append(kv.store.stateHash)
        try kv.expire("l", .at(milliseconds: 9_000_001))
        hashes.append(kv.store.stateHash)
        try kv.expire("l", .at(milliseconds: .max))
        hashes.append(kv.store.stateHash)
        try kv.run(.persist("l".bytes))
        #expect(kv.store.stateHash == hashes[4])
        kv.pass(1)
        hashes.append(kv.store.stateHash)
        // A sum must not forget which value belongs to which key, or where a byte stands.
        try kv.set("k", "1")
        try kv.set("l", "2")
        hashes.append(kv.store.stateHash)
        try kv.set("k", "2")
        try kv.set("l", "1")
        hashes.append(kv.store.stateHash)
        let block = String(repeating: "a", count: 16)
        let other = String(repeating: "b", count: 16)
        try kv.set("k", block + other)
        hashes.append(kv.store.stateHash)
        try kv.set("k", other + block)
        hashes.append(kv.store.stateHash)
        #expect(!hashes.contains(nil))
        #expect(Set(hashes).count == hashes.count)
    }

    @Test func `a capture is not changed by what comes after it`() throws {
        let kv = try filled(0..<50)
        let before = kv.captured
        let capture = kv.store.capture()
        try kv.run(.flushAll)
        var writer = ByteWriter()
        KVStore.write(capture, to: &writer)
        #expect(writer.bytes == before)
    }

    @Test func `a capture with its keys in another order is refused`() throws {
        let kv = StoreBench()
        try kv.set("a", "1")
        try kv.set("b", "2")
        let bytes = kv.captured
        // Two records of 11 bytes each; the hash of the state does not depend on their order.
        let swapped = bytes[..<17] + bytes[28..<39] + bytes[17..<28] + bytes[39...]
        #expect(throws: DecodingFailure.self) { _ = try StoreBench(restoring: Array(swapped)) }
    }

    @Test func `a capture that is cut short or altered is refused`() throws {
        let kv = try filled(0..<12)
        let bytes = kv.captured
        for length in 0..<bytes.count {
            #expect(throws: (any Error).self) {
                _ = try StoreBench(restoring: Array(bytes[..<length]))
            }
        }
        for place in bytes.indices {
            for bit in [0, 3, 7] {
                var altered = bytes
                altered[place] ^= 1 << bit
                #expect(throws: (any Error).self, "byte \(place), bit \(bit)") {
                    _ = try StoreBench(restoring: altered)
                }
            }
        }
    }
}
