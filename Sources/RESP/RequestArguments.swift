// SPDX-License-Identifier: Apache-2.0

/// The arguments of one command, in the buffer they arrived in.
///
/// It borrows that buffer: it must not leave the closure that received it, nor may the pointers it
/// hands out. Index 0 is the command's name.
@safe public struct RequestArguments {
    private let source: UnsafeRawBufferPointer
    private let ranges: [RequestParser.Argument]

    init(source: UnsafeRawBufferPointer, ranges: [RequestParser.Argument]) {
        unsafe self.source = source
        self.ranges = ranges
    }

    /// The number of arguments, the command's name included.
    public var count: Int { ranges.count }

    /// The arguments from the one at `start`, 0 ≤ `start` < ``count``, on: a command that another carries.
    public func suffix(from start: Int) -> RequestArguments {
        unsafe RequestArguments(source: source, ranges: Array(ranges[start...]))
    }

    /// The bytes of the argument at `index`, 0 ≤ `index` < ``count``.
    public subscript(index: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: source[ranges[index].range])
    }

    /// Calls `body` with the bytes of the argument at `index`.
    public func withSpan<Success, Failure: Error>(
        at index: Int, _ body: (Span<UInt8>) throws(Failure) -> Success
    ) throws(Failure) -> Success {
        let bytes = unsafe self[index].assumingMemoryBound(to: UInt8.self)
        return try body(unsafe bytes.span)
    }

    /// A copy of the argument at `index`.
    public func bytes(at index: Int) -> [UInt8] { unsafe [UInt8](self[index]) }

    /// The argument at `index` as text; bytes that are not UTF-8 become U+FFFD.
    public func string(at index: Int) -> String {
        unsafe String(decoding: self[index], as: UTF8.self)
    }

    /// The argument at `index` as a number in its one spelling (see ``DecimalInteger``), or nil.
    public func integer(at index: Int) -> Int64? { withSpan(at: index, DecimalInteger.parse) }

    /// Whether the argument at `index` is `word`, which is in capital ASCII letters, in any case.
    ///
    /// - Complexity: O(length), without allocation.
    public func matches(_ index: Int, _ word: StaticString) -> Bool {
        guard ranges[index].length == word.utf8CodeUnitCount else { return false }
        return withSpan(at: index) { bytes in
            for offset in 0..<bytes.count {
                let byte = bytes[offset]
                let isSmall = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
                guard unsafe (isSmall ? byte & 0xdf : byte) == word.utf8Start[offset] else {
                    return false
                }
            }
            return true
        }
    }
}
