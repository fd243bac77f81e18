// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

@testable import KVStateMachine

/// A table whose keys get hashes that a test chooses.
private final class TableBench {
    private var table = KeyTable()
    /// What the table should hold: the hash of every key.
    private(set) var hashes: [[UInt8]: UInt64] = [:]
    private(set) var hasMoved = false

    deinit { table.forEach { _, entry in entry.free() } }

    var count: Int { table.count }
    var allocatedBytes: Int { table.allocatedBytes }
    var isMoving: Bool { table.isMoving }

    private func withKey<Result>(
        _ bytes: [UInt8], _ hash: UInt64, _ body: (Key) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { body(Key(bytes: ByteView($0), hash: KeyHash(rawValue: hash))) }
    }

    func insert(_ key: [UInt8], hash: UInt64) {
        hashes[key] = hash
        withKey(key, hash) { key in
            table.moveSome()
            let entry = Entry(key: key.bytes, value: key.bytes, room: key.bytes.count)
            table.insert(entry, hash: key.hash)
        }
        hasMoved = hasMoved || table.isMoving
    }

    func remove(_ key: [UInt8]) -> Bool {
        guard let hash = hashes.removeValue(forKey: key) else { return false }
        defer { hasMoved = hasMoved || table.isMoving }
        return withKey(key, hash) { key in
            table.moveSome()
            guard let position = table.find(key) else { return false }
            table.remove(at: position)
            position.entry.free()
            return true
        }
    }

    func contains(_ key: [UInt8], hash: UInt64) -> Bool {
        withKey(key, hash) { key in
            guard let entry = table.find(key)?.entry else { return false }
            return entry.key == key.bytes
        }
    }

    /// Whether every key is found, and the order is that of (hash, key).
    var isRight: Bool {
        var listed: [[UInt8]] = []
        table.forEach { _, entry in listed.append(Array(entry.key.buffer)) }
        let expected = hashes.sorted { a, b in
            a.value != b.value ? a.value < b.value : a.key.lexicographicallyPrecedes(b.key)
        }
        return listed == expected.map(\.key) && table.count == hashes.count
            && hashes.allSatisfy { contains($0.key, hash: $0.value) }
    }
}

/// Ways to give keys hashes, from good to hostile; the topmost four bits are the shard's.
enum HashPattern: CaseIterable {
    case scattered, crowdedAtTheEnd, crowdedAtTheStart, allEqual, allGreatest, consecutive

    func hash(_ number: UInt64) -> UInt64 {
        var random = SplitMix64(seed: number)
        return switch self {
        case .scattered: random.next() >> 4
        case .crowdedAtTheEnd: 0x0FFF_FFFF_FFFF_0000 | random.next() >> 48
        case .crowdedAtTheStart: random.next() >> 48
        case .allEqual: 0x0123_4567_89AB_CDEF
        case .allGreatest: .max
        case .consecutive: number << 44
        }
    }
}

@Suite struct `The table of a shard` {
    @Test(arguments: HashPattern.allCases)
    func `it finds what it holds while it grows and shrinks`(pattern: HashPattern) {
        let table = TableBench()
        var random = SplitMix64(seed: 3)
        // Up, down to nothing, and up again; every state on the way is looked at.
        for (round, keys) in [UInt64(100), 0, 60].enumerated() {
            var numbers = Array(0..<UInt64(100))
            numbers.shuffle(using: &random)
            for number in numbers {
                let key = Array("key\(number)".utf8)
                let hash = pattern.hash(number)
                let isWanted = number < keys
                if isWanted, table.hashes[key] == nil {
                    #expect(!table.contains(key, hash: hash))
                    table.insert(key, hash: hash)
                } else if !isWanted, table.hashes[key] != nil {
                    #expect(table.remove(key))
                    #expect(!table.contains(key, hash: hash))
                } else {
                    continue
                }
                guard table.isRight else {
                    Issue.record("round \(round), key \(number), moving: \(table.isMoving)")
                    return
                }
            }
        }
        #expect(table.hasMoved)
    }

    @Test func `it moves a few entries at a time`() {
        let table = TableBench()
        var longest = 0
        var steps = 0
        for number in 0..<UInt64(8000) {
            table.insert(Array("key\(number)".utf8), hash: HashPattern.scattered.hash(number))
            steps = table.isMoving ? steps + 1 : 0
            longest = max(longest, steps)
        }
        // The last growth was that of 4,096 homes, or of 8,192, at sixteen a step.
        #expect(longest >= 4096 / 16 - 2)
        #expect(longest < 8192 / 16)
        #expect(table.isRight)
    }

    @Test func `its memory follows its content`() {
        let table = TableBench()
        let least = table.allocatedBytes
        for number in 0..<UInt64(4000) {
            table.insert(Array("key\(number)".utf8), hash: HashPattern.scattered.hash(number))
        }
        // A slot of 16 bytes in a table at least 7/16 full, and half as much again while it moves.
        #expect(table.allocatedBytes < 4000 * 16 * 16 / 7 * 3 / 2 + 2000)
        for number in 0..<UInt64(4000) { #expect(table.remove(Array("key\(number)".utf8))) }
        #expect(table.allocatedBytes <= 4 * least)
    }

    @Test func `consecutive keys spread evenly over the shards`() {
        var counts = [Int](repeating: 0, count: 16)
        for number in 0..<16_000 {
            "key:\(number)".utf8.withContiguousStorageIfAvailable { bytes in
                counts[KeyHash(ByteView(UnsafeRawBufferPointer(bytes))).shard] += 1
            }
        }
        #expect(counts.allSatisfy { (850...1150).contains($0) }, "\(counts)")
    }

    @Test func `keys that differ only in the upper halves of their bytes spread evenly too`() {
        var counts = [Int](repeating: 0, count: 16)
        for number in 0..<4096 {
            let key = [8, 4, 0].map { UInt8(number >> $0 & 15) << 4 | 1 }
            key.withUnsafeBytes { counts[KeyHash(ByteView($0)).shard] += 1 }
        }
        #expect(counts.allSatisfy { (180...340).contains($0) }, "\(counts)")
    }
}

@Suite struct `Bytes in the store` {
    private static let samples: [[UInt8]] = {
        var samples: [[UInt8]] = [[]]
        for length in [1, 7, 8, 9, 16, 17, 23] {
            for place in [0, length / 2, length - 1] {
                for byte: UInt8 in [0, 1, 0x80, 0xFF] {
                    var sample = [UInt8](repeating: 0x40, count: length)
                    sample[place] = byte
                    samples.append(sample)
                }
            }
        }
        return samples
    }()

    @Test func `they are equal and ordered as sequences of numbers are`() {
        for a in Self.samples {
            for b in Self.samples {
                a.withUnsafeBytes { left in
                    b.withUnsafeBytes { right in
                        let (x, y) = (ByteView(left), ByteView(right))
                        #expect((x == y) == (a == b))
                        #expect((x < y) == a.lexicographicallyPrecedes(b))
                    }
                }
            }
        }
    }

    @Test func `a digest continued is the digest of the whole`() {
        let bytes = (0..<70).map { UInt8($0 * 37 & 0xFF) }
        bytes.withUnsafeBytes { buffer in
            let whole = ByteView(buffer)
            for cut in 0...70 {
                var digest = ValueDigest(whole[0..<cut])
                digest.reopen(whole[0..<cut])
                digest.add(whole, from: cut)
                #expect(digest == ValueDigest(whole), "cut at \(cut)")
            }
        }
    }
}
