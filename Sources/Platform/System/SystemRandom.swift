// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Unpredictable bytes from the kernel, for seeds and identifiers.
///
/// A call is a system call (about 300 ns). Thread-safe.
public enum SystemRandom {
    /// Returns 64 random bits.
    public static func uint64() -> UInt64 {
        var value: UInt64 = 0
        withUnsafeMutableBytes(of: &value) { fill($0) }
        return value
    }

    /// Returns `count` random bytes.
    public static func bytes(count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            fill(UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    /// Fills the whole buffer with random bytes.
    public static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let part = UnsafeMutableRawBufferPointer(rebasing: rest)
            let count = getrandom(part.baseAddress, part.count, 0)
            // Without entropy nothing safe can be started; no caller could do anything about it.
            precondition(count > 0 || errno == EINTR, "getrandom failed with errno \(errno)")
            if count > 0 { rest = rest.dropFirst(count) }
        }
    }

    /// Fills the whole array with random bytes.
    public static func fill(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { fill($0) }
    }
}
