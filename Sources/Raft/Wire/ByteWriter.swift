// SPDX-License-Identifier: Apache-2.0

/// Appends values in the library's byte order (little endian) to a growing array.
public struct ByteWriter: Sendable {
    /// What has been written.
    public var bytes: [UInt8]

    /// Creates a writer that continues `bytes`.
    @inlinable
    public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    /// Creates an empty writer with room for `capacity` bytes.
    @inlinable
    public init(capacity: Int) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Writes an integer in as many bytes as its type has.
    @inlinable
    public mutating func write(_ value: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Writes bytes as they are, without their count.
    @inlinable
    public mutating func write(raw bytes: some Sequence<UInt8>) {
        self.bytes.append(contentsOf: bytes)
    }

    /// Writes a count of 32 bits and that many bytes.
    @inlinable
    public mutating func write(counted bytes: some Collection<UInt8>) {
        precondition(bytes.count <= Int(UInt32.max), "\(bytes.count) bytes in one value")
        write(UInt32(bytes.count))
        self.bytes.append(contentsOf: bytes)
    }

    /// Replaces an integer written earlier.
    /// - Parameters:
    ///   - value: The integer to stand there now.
    ///   - offset: Where its first byte was written.
    @inlinable
    public mutating func overwrite(_ value: some FixedWidthInteger, at offset: Int) {
        let width = value.bitWidth / 8
        precondition(
            offset >= 0 && offset + width <= bytes.count,
            "overwriting \(width) bytes at \(offset) of \(bytes.count)")
        unsafe withUnsafeBytes(of: value.littleEndian) { source in
            for i in 0..<width { bytes[offset + i] = unsafe source[i] }
        }
    }
}
