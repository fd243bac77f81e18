// SPDX-License-Identifier: Apache-2.0

/// Bytes that somebody else owns, looked at for the length of one call.
///
/// Every access is checked against the count. What is not checked is the owner's life: a view must
/// not be kept beyond the call it was made for, which is why the type never leaves the module.
@safe struct ByteView {
    private let base: UnsafeRawPointer?
    let count: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe base = bytes.baseAddress
        count = bytes.count
    }

    init(_ base: UnsafeRawPointer, count: Int) {
        assert(count >= 0, "a view of \(count) bytes")
        unsafe self.base = base
        self.count = count
    }

    /// The same bytes, for whoever takes a buffer.
    @unsafe var buffer: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }

    subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "byte \(index) of \(count)")
        return unsafe buffer[index]
    }

    subscript(range: Range<Int>) -> ByteView {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count, "bytes \(range) of \(count)")
        return unsafe ByteView(UnsafeRawBufferPointer(rebasing: buffer[range]))
    }

    /// The integer whose little-endian bytes start at `offset`.
    @inline(__always)
    func load<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, at offset: Int) -> T {
        precondition(
            offset >= 0 && offset <= count - T.bitWidth / 8,
            "\(T.bitWidth) bits at \(offset) of \(count) bytes")
        return unsafe T(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// The up to eight bytes that start at `offset` as a little-endian number, zeros after the end.
    @inline(__always)
    func paddedWord(at offset: Int) -> UInt64 {
        if offset <= count - 8 { return load(UInt64.self, at: offset) }
        var word: UInt64 = 0
        var index = count - 1
        while index >= offset {
            word = unsafe word << 8 | UInt64(buffer[index])
            index -= 1
        }
        return word
    }

    static func == (a: ByteView, b: ByteView) -> Bool {
        let count = a.count
        guard count == b.count else { return false }
        guard count >= 8 else { return a.paddedWord(at: 0) == b.paddedWord(at: 0) }
        var offset = 0
        while offset < count - 8 {
            guard a.load(UInt64.self, at: offset) == b.load(UInt64.self, at: offset) else {
                return false
            }
            offset += 8
        }
        // The last eight bytes may overlap those already compared.
        return a.load(UInt64.self, at: count - 8) == b.load(UInt64.self, at: count - 8)
    }

    /// Lexicographic order of the bytes as unsigned numbers; a prefix comes first.
    static func < (a: ByteView, b: ByteView) -> Bool {
        let shared = min(a.count, b.count)
        var offset = 0
        while offset < shared {
            let left = a.paddedWord(at: offset).byteSwapped
            let right = b.paddedWord(at: offset).byteSwapped
            if left != right { return left < right }
            offset += 8
        }
        return a.count < b.count
    }
}
