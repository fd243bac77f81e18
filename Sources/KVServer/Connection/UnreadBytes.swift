// SPDX-License-Identifier: Apache-2.0

/// What a client sent and nobody could use yet: half a command, or commands behind one that waits.
///
/// Owns no memory while empty. Consuming is cheap: the front is cut off only when it is the larger
/// part.
struct UnreadBytes {
    private var bytes: [UInt8] = []
    private var start = 0

    /// How many bytes wait.
    var count: Int { bytes.count - start }

    var isEmpty: Bool { bytes.isEmpty }

    /// Adds bytes at the end.
    mutating func append(_ more: UnsafeRawBufferPointer) {
        guard unsafe !more.isEmpty else { return }
        if start > bytes.count / 2 {
            bytes.removeSubrange(..<start)
            start = 0
        }
        unsafe bytes.append(contentsOf: more)
    }

    /// Offers the bytes to `body` and drops as many as it consumed.
    mutating func consume(_ body: (UnsafeRawBufferPointer) -> Int) {
        let offered = count
        let consumed = unsafe bytes.withUnsafeBytes {
            unsafe body(UnsafeRawBufferPointer(rebasing: $0[start...]))
        }
        precondition(consumed >= 0 && consumed <= offered, "\(consumed) consumed of \(offered)")
        start += consumed
        if start == bytes.count { self = UnreadBytes() }
    }

    /// Drops everything.
    mutating func removeAll() { self = UnreadBytes() }
}
