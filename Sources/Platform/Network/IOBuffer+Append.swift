// SPDX-License-Identifier: Apache-2.0

extension IOBuffer {
    /// Adds the bytes at the tail; false, and none added, if they would exceed the limit.
    @inlinable
    public mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard reserve(bytes.count) else { return false }
        guard let base, let source = bytes.baseAddress else { return true }
        (base + tail).copyMemory(from: source, byteCount: bytes.count)
        tail += bytes.count
        return true
    }

    /// Adds the bytes at the tail; false, and none added, if they would exceed the limit.
    @inlinable
    public mutating func append(_ bytes: RawSpan) -> Bool {
        guard reserve(bytes.byteCount) else { return false }
        bytes.withUnsafeBytes { source in
            guard let base, let start = source.baseAddress else { return }
            (base + tail).copyMemory(from: start, byteCount: source.count)
            tail += source.count
        }
        return true
    }

    /// Adds the bytes at the tail; false, and none added, if they would exceed the limit.
    @inlinable
    public mutating func append(_ bytes: [UInt8]) -> Bool { append(bytes.span.bytes) }

    /// Adds the bytes at the tail; false, and none added, if they would exceed the limit.
    @inlinable
    public mutating func append(_ bytes: ArraySlice<UInt8>) -> Bool { append(bytes.span.bytes) }

    /// Adds the text's UTF-8 at the tail; false, and none added, if it would exceed the limit.
    @inlinable
    public mutating func append(_ text: StaticString) -> Bool {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Lets the closure write up to `count` bytes straight at the tail and return how many it wrote.
    ///
    /// False, with the closure not called, if `count` bytes would exceed the limit.
    @inlinable
    public mutating func append(
        upTo count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Bool {
        guard reserve(count) else { return false }
        guard let base, count > 0 else { return true }
        let written = write(UnsafeMutableRawBufferPointer(start: base + tail, count: count))
        precondition(written >= 0 && written <= count, "wrote \(written) of \(count) bytes")
        tail += written
        return true
    }
}
