// SPDX-License-Identifier: Apache-2.0

/// A hash of a value that an append continues in the time of what it appends.
///
/// The wrapping sum, over blocks of 16 bytes, of the folded 128-bit product of the block's halves,
/// each masked by a constant and the block's number: the multiplication of wyhash in the summation
/// of UMAC's NH. Not for keeping secrets from, or for standing up to, someone who chooses the
/// bytes: it compares members that ran the same commands.
struct ValueDigest: Equatable {
    private(set) var rawValue: UInt64 = 0

    static let blockBytes = 16

    /// The digest of the empty value.
    init() {}

    init(rawValue: UInt64) { self.rawValue = rawValue }

    /// - Complexity: O(n), about 10 GB/s.
    init(_ value: ByteView) { add(value, from: 0) }

    /// Takes a value's last block out, if it is not full, because more is about to follow.
    mutating func reopen(_ value: ByteView) {
        let full = value.count & ~(Self.blockBytes - 1)
        if full < value.count { rawValue &-= Self.block(of: value, at: full) }
    }

    /// Adds the blocks of `value` from that on in which byte `offset` lies.
    mutating func add(_ value: ByteView, from offset: Int) {
        var sum = rawValue
        var at = offset & ~(Self.blockBytes - 1)
        while at <= value.count - Self.blockBytes {
            sum &+= Self.mix(
                value.load(UInt64.self, at: at), value.load(UInt64.self, at: at + 8), at)
            at += Self.blockBytes
        }
        if at < value.count { sum &+= Self.block(of: value, at: at) }
        rawValue = sum
    }

    private static func block(of value: ByteView, at offset: Int) -> UInt64 {
        mix(value.paddedWord(at: offset), value.paddedWord(at: offset + 8), offset)
    }

    @inline(__always)
    private static func mix(_ low: UInt64, _ high: UInt64, _ offset: Int) -> UInt64 {
        // Both constants are odd, so that no two blocks are masked alike.
        let place = UInt64(truncatingIfNeeded: offset) &+ 1
        return folded(
            low ^ (place &* 0xA076_1D64_78BD_642F), high ^ (place &* 0xE703_7ED1_A0B4_28DB))
    }

    /// Both halves of the product of two numbers, over each other.
    @inline(__always)
    static func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
