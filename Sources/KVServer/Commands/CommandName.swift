// SPDX-License-Identifier: Apache-2.0

/// The name of a command in any case, as two words: compared and looked up without allocation.
struct CommandName: Equatable {
    private let first: UInt64
    /// The ninth to fifteenth byte; the top byte holds the length.
    private let second: UInt64

    /// The most bytes a name has.
    static let maximumLength = 15

    /// Folds a name; nil if it is empty or longer than any command's.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        guard count > 0, count <= Self.maximumLength else { return nil }
        unsafe first = Self.folded(Self.word(bytes, from: 0))
        let rest = count > 8 ? unsafe Self.folded(Self.word(bytes, from: 8)) : 0
        second = rest | UInt64(count) << 56
    }

    /// Folds a name that is known to fit.
    init(_ name: StaticString) {
        let bytes = unsafe UnsafeRawBufferPointer(
            start: name.utf8Start, count: name.utf8CodeUnitCount)
        guard let folded = unsafe CommandName(bytes) else {
            preconditionFailure("\"\(name)\" does not fit a command's name")
        }
        self = folded
    }

    /// A small number that spreads names well: the top `bits` bits of a multiplication.
    @inline(__always)
    func slot(bits: Int) -> Int {
        let mixed = (first ^ second &* 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
        return Int(truncatingIfNeeded: mixed >> UInt64(64 - bits))
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, from start: Int) -> UInt64 {
        let count = bytes.count - start
        if count >= 8 {
            return unsafe UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        var word: UInt64 = 0
        for offset in 0..<count {
            word |= unsafe UInt64(bytes[start + offset]) << UInt64(8 * offset)
        }
        return word
    }

    /// Makes the ASCII capitals of eight bytes small, all at once; other bytes stay as they are.
    @inline(__always)
    private static func folded(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let sevenBits = word & (ones &* 0x7F)
        // Bit 7 of each byte: above Z; at least A; no byte of a longer alphabet.
        let isAboveZ = sevenBits &+ ones &* UInt64(0x7F - UInt8(ascii: "Z"))
        let isFromA = sevenBits &+ ones &* UInt64(0x80 - UInt8(ascii: "A"))
        let isCapital = (isFromA ^ isAboveZ) & ~word & (ones &* 0x80)
        return word | isCapital >> 2
    }
}
