// SPDX-License-Identifier: Apache-2.0

internal import CChecksum

/// The Castagnoli checksum (RFC 3720 §B.4), by the processor's own instruction where it has one, else by
/// eight table look-ups for every eight bytes.
public enum CRC32C {
    /// The checksum of bytes, optionally continuing an earlier one.
    /// - Parameters:
    ///   - bytes: What to sum up.
    ///   - previous: The checksum of what came before; also the place of a salt.
    /// - Complexity: O(n).
    public static func checksum(_ bytes: RawSpan, continuing previous: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe checksum($0, continuing: previous) }
    }

    /// The checksum of part of an array.
    public static func checksum(
        _ bytes: [UInt8], in range: Range<Int>, continuing previous: UInt32 = 0
    ) -> UInt32 {
        unsafe bytes.withUnsafeBytes {
            unsafe checksum(UnsafeRawBufferPointer(rebasing: $0[range]), continuing: previous)
        }
    }

    private static let isAccelerated = cchecksum_has_crc32c()

    private static func checksum(
        _ bytes: UnsafeRawBufferPointer, continuing previous: UInt32
    ) -> UInt32 {
        guard isAccelerated, let base = bytes.baseAddress else {
            return unsafe byTables(bytes, continuing: previous)
        }
        return unsafe ~cchecksum_crc32c(~previous, base, bytes.count)
    }

    /// The same, on any processor.
    static func byTables(
        _ bytes: UnsafeRawBufferPointer, continuing previous: UInt32
    ) -> UInt32 {
        var crc = ~previous
        var at = 0
        let count = bytes.count
        unsafe tables.withUnsafeBufferPointer { table in
            while at + 8 <= count {
                let low =
                    unsafe UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
                    ^ crc
                let high = unsafe UInt32(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self))
                crc =
                    unsafe table[0x700 + Int(low & 0xFF)] ^ table[0x600 + Int(low >> 8 & 0xFF)]
                    ^ table[0x500 + Int(low >> 16 & 0xFF)] ^ table[0x400 + Int(low >> 24)]
                crc =
                    unsafe crc ^ table[0x300 + Int(high & 0xFF)]
                    ^ table[0x200 + Int(high >> 8 & 0xFF)]
                crc =
                    unsafe crc ^ table[0x100 + Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)]
                at += 8
            }
            while at < count {
                crc = unsafe crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[at])]
                at += 1
            }
        }
        return ~crc
    }

    private static let tables: [UInt32] = {
        var table = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            table[byte] = crc
        }
        for byte in 0..<256 {
            for slice in 1..<8 {
                let crc = table[(slice - 1) * 256 + byte]
                table[slice * 256 + byte] = crc >> 8 ^ table[Int(crc & 0xFF)]
            }
        }
        return table
    }()
}
