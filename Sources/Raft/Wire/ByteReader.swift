// SPDX-License-Identifier: Apache-2.0

/// Takes values off the front of a range of bytes, checking every length.
public struct ByteReader: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var next: Int
    /// Where the next value starts.
    @inlinable public var position: Int { next }
    /// Where the readable range ends.
    public let end: Int

    /// Creates a reader over a whole array.
    @inlinable
    public init(_ bytes: [UInt8]) {
        self.init(bytes, in: 0..<bytes.count)
    }

    /// Creates a reader over part of an array, without copying it.
    /// - Parameter range: Must lie within the array.
    public init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= bytes.count,
            "range \(range) of \(bytes.count) bytes")
        self.bytes = bytes
        next = range.lowerBound
        end = range.upperBound
    }

    /// How many bytes are left.
    @inlinable public var remaining: Int { end - next }

    /// Takes an integer.
    ///
    /// Inlinable, as all bytes from disk and network come by here.
    /// - Throws: If fewer bytes are left than the integer's type has.
    @inlinable
    public mutating func read<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type = T.self
    ) throws(DecodingFailure) -> T {
        let width = T.bitWidth / 8
        guard width <= remaining else { throw cutShort(width, "an integer of ") }
        let at = next
        next += width
        return unsafe bytes.withUnsafeBytes {
            unsafe T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self))
        }
    }

    /// Takes a given number of bytes as a range of the underlying array.
    /// - Throws: If fewer bytes are left.
    @inlinable
    public mutating func skip(_ count: Int) throws(DecodingFailure) -> Range<Int> {
        guard count >= 0, count <= remaining else { throw cutShort(count, "") }
        defer { next += count }
        return next..<next + count
    }

    /// Not inlined: it never happens, and what it would take up is in every reader's way.
    @usableFromInline @inline(never)
    func cutShort(_ count: Int, _ what: String) -> DecodingFailure {
        DecodingFailure("\(what)\(count) bytes, \(remaining) left", at: position)
    }

    /// Takes a given number of bytes as a new array.
    /// - Throws: If fewer bytes are left.
    public mutating func read(count: Int) throws(DecodingFailure) -> [UInt8] {
        let range = try skip(count)
        return Array(bytes[range])
    }

    /// Takes a count of 32 bits and that many bytes, as a range of the underlying array.
    /// - Throws: If fewer bytes are left than the count says.
    public mutating func readCountedRange() throws(DecodingFailure) -> Range<Int> {
        let count = try read(UInt32.self)
        return try skip(Int(count))
    }

    /// Takes a count of 32 bits and that many bytes, as a new array.
    /// - Throws: If fewer bytes are left than the count says.
    public mutating func readCounted() throws(DecodingFailure) -> [UInt8] {
        let range = try readCountedRange()
        return Array(bytes[range])
    }

    /// The bytes of a range that this reader returned, as a new array.
    func copy(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }

    /// A reader of its own over a range that this reader returned.
    func sub(_ range: Range<Int>) -> ByteReader { ByteReader(bytes, in: range) }

    /// Calls `body` with the bytes of a range that this reader returned.
    @inlinable
    public func withBytes<Result>(
        in range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        unsafe bytes.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Checks that nothing is left over.
    /// - Throws: If bytes are left: whatever follows was not written by the same codec.
    public func finish() throws(DecodingFailure) {
        guard remaining == 0 else {
            throw DecodingFailure("nothing more, \(remaining) bytes left", at: position)
        }
    }
}

/// Bytes that do not decode: what was expected, and where.
public struct DecodingFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What should have stood there.
    public let expected: String
    /// The offset in the array that was read.
    public let offset: Int

    /// Creates a failure.
    public init(_ expected: String, at offset: Int) {
        self.expected = expected
        self.offset = offset
    }

    /// One line for a log.
    public var description: String { "expected \(expected) at byte \(offset)" }
}
