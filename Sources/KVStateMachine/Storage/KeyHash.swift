// SPDX-License-Identifier: Apache-2.0

/// The number that decides where a key lives: its shard, and its place there.
///
/// FNV-1a with 64 bits, folded. A byte enters FNV-1a at the bottom and multiplication carries only
/// upwards, so a low bit of the hash knows nothing of the higher bits of any byte: with sixteen
/// shards chosen by the low four bits, only the low halves of the bytes would count, and keys that
/// count upwards would crowd into a few shards. So the high half is folded into the low one, a
/// multiplication spreads it, and both shard and place are taken from the top. Both steps can be
/// undone, so no two hashes are made equal by them.
///
/// The order of the hashes is the order of everything that is enumerated: shard by shard, and by
/// place in a shard.
struct KeyHash: Equatable, Comparable {
    let rawValue: UInt64

    /// The bits that choose a shard: the topmost.
    static let shardBits = 4

    init(rawValue: UInt64) { self.rawValue = rawValue }

    /// - Complexity: O(n), 1.3 ns a byte.
    init(_ key: ByteView) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let bytes = unsafe key.buffer
        for index in 0..<bytes.count {
            hash = unsafe (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3
        }
        rawValue = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
    }

    /// 0 ..< 16.
    var shard: Int { Int(truncatingIfNeeded: rawValue &>> UInt64(64 - Self.shardBits)) }

    /// The top `bits` (1 … 59) of what the shard leaves over.
    @inline(__always)
    func home(bits: UInt64) -> Int {
        Int(truncatingIfNeeded: (rawValue &<< UInt64(Self.shardBits)) &>> (64 &- bits))
    }

    static func < (a: KeyHash, b: KeyHash) -> Bool { a.rawValue < b.rawValue }
}

/// A key as it arrives with a command, and its hash, computed once.
struct Key {
    let bytes: ByteView
    let hash: KeyHash
}

extension Key {
    @inline(__always)
    init(_ bytes: ByteView) { self.init(bytes: bytes, hash: KeyHash(bytes)) }
}
