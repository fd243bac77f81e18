// SPDX-License-Identifier: Apache-2.0

/// A growable queue of bytes between a socket and whoever parses or produces its bytes.
///
/// Bytes enter at the tail and leave at the head; nothing moves when they leave. When the tail hits
/// the end of the storage, the rest moves to the front only if at least as much was consumed since
/// (so each byte moves at most a few times), else the storage doubles. Storage appears with the first
/// byte, and goes again after bursts: see `shrinkIfOversized()`.
///
/// Not thread-safe; owned by one connection.
public struct IOBuffer: ~Copyable {
    /// The most bytes the buffer holds at a time; its storage is at most a quarter larger.
    public let limit: Int

    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var capacity = 0
    @usableFromInline var head = 0
    @usableFromInline var tail = 0

    // Since the last look at whether the storage is too large: how often the buffer was emptied, and
    // the most it held.
    @usableFromInline var emptiedCount = 0
    @usableFromInline var peak = 0
    var lastReadWasFull = false

    /// Storage up to this size is kept for as long as the buffer lives.
    @usableFromInline static var smallCapacity: Int { 4096 }
    /// Storage above this size goes as soon as the buffer is empty and did not hold half as much.
    @usableFromInline static var largeCapacity: Int { 1 << 20 }

    /// Creates an empty buffer that will hold at most `limit` bytes (at least 1).
    public init(limit: Int = 64 << 20) {
        precondition(limit > 0, "limit \(limit) must be positive")
        self.limit = limit
    }

    deinit { base?.deallocate() }

    /// How many bytes wait to be consumed.
    @inlinable public var count: Int { tail - head }

    /// Whether no byte waits.
    @inlinable public var isEmpty: Bool { head == tail }

    /// How many bytes may still be appended before the limit.
    @inlinable public var availableCount: Int { limit - count }

    /// How many bytes of storage there are at the moment.
    public var storageCapacity: Int { capacity }

    /// Lends the waiting bytes, oldest first, for the duration of the closure.
    @inlinable
    public borrowing func withReadableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(RawSpan(_unsafeBytes: unsafeReadableBytes))
    }

    /// Lends the waiting bytes, oldest first, as a buffer valid only inside the closure.
    @inlinable
    public borrowing func withUnsafeReadableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafeReadableBytes)
    }

    @inlinable var unsafeReadableBytes: UnsafeRawBufferPointer {
        guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + head, count: tail - head)
    }

    /// Removes `count` bytes (0 through `self.count`) from the front; constant time.
    @inlinable
    public mutating func consume(_ count: Int) {
        precondition(
            count >= 0 && count <= tail - head, "cannot consume \(count) of \(tail - head) bytes")
        if tail - head > peak { peak = tail - head }
        head += count
        if head == tail && count > 0 { becomeEmpty() }
    }

    /// Removes all bytes.
    public mutating func removeAll() { consume(count) }

    @inlinable
    mutating func becomeEmpty() {
        head = 0
        tail = 0
        if capacity > IOBuffer.smallCapacity {
            emptiedCount &+= 1
            if emptiedCount >= 64 || capacity > IOBuffer.largeCapacity { shrinkIfOversized() }
        }
    }

    /// Gives storage back if the buffer is empty and used little of it lately.
    ///
    /// Happens by itself every 64 times the buffer runs empty. Call it from an idle timer too: a
    /// connection that falls silent after a burst would keep its storage.
    public mutating func shrinkIfOversized() {
        guard isEmpty else { return }
        let wanted = peak <= capacity / 4 || capacity > IOBuffer.largeCapacity ? peak * 2 : capacity
        emptiedCount = 0
        peak = 0
        guard wanted < capacity, capacity > IOBuffer.smallCapacity else { return }
        base?.deallocate()
        base = nil
        capacity = 0
    }

    /// Makes room for `count` more bytes at the tail; false, and nothing changed, beyond the limit.
    ///
    /// Use it as a hint before a large value whose length is known.
    @inlinable
    public mutating func reserve(_ count: Int) -> Bool {
        precondition(count >= 0, "cannot reserve \(count) bytes")
        if capacity - tail >= count && count <= limit - (tail - head) { return true }
        return makeRoom(count)
    }

    @usableFromInline
    mutating func makeRoom(_ count: Int) -> Bool {
        let used = tail - head
        guard count <= limit - used else { return false }
        if capacity - tail >= count { return true }
        // A quarter more than the limit, so that a buffer kept nearly full pays for each move with
        // at least a quarter of the limit consumed.
        let largest = limit + limit / 4
        let needed = used + count
        if needed <= capacity && (head >= used || capacity == largest) {
            if let base, used > 0 { base.copyMemory(from: base + head, byteCount: used) }
        } else {
            var wanted = max(capacity, min(IOBuffer.smallCapacity, largest))
            while wanted < needed || (wanted == capacity && wanted < largest) {
                wanted = wanted > largest / 2 ? largest : wanted * 2
            }
            let storage = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
            if let base {
                storage.copyMemory(from: base + head, byteCount: used)
                base.deallocate()
            }
            base = storage
            capacity = wanted
        }
        head = 0
        tail = used
        return true
    }
}
