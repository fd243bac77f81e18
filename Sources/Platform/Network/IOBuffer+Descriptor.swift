// SPDX-License-Identifier: Apache-2.0

extension IOBuffer {
    /// The least room offered to a read, unless the limit is nearer.
    private static var leastRead: Int { 2048 }
    /// Reads that fill the room they had let the storage double up to this size.
    private static var eagerCapacity: Int { 256 << 10 }

    /// Reads once from the descriptor, straight into free storage.
    ///
    /// One system call, except that `bufferFull` (the limit is reached) costs none. Level-triggered
    /// loops call it once per event and not until it would block: that is fair to other connections.
    public mutating func readOnce(from fd: FileDescriptor) throws(SystemError) -> ReadResult {
        let allowed = availableCount
        guard allowed > 0 else { return .bufferFull }
        let isEager = lastReadWasFull && capacity < IOBuffer.eagerCapacity
        let eager = isEager ? capacity * 2 - count : 0
        _ = reserve(min(allowed, max(IOBuffer.leastRead, eager)))
        guard let base else { return .bufferFull }
        let room = min(capacity - tail, allowed)
        let free = UnsafeMutableRawBufferPointer(start: base + tail, count: room)
        let result = try fd.read(into: free)
        if case .bytes(let count) = result {
            tail += count
            lastReadWasFull = count == room
        }
        return result
    }

    /// Writes the waiting bytes once to the descriptor and consumes what was taken.
    ///
    /// One system call; none if the buffer is empty. Write again when the descriptor is writable.
    public mutating func writeOnce(to fd: FileDescriptor) throws(SystemError) -> WriteResult {
        let result = try fd.write(unsafeReadableBytes)
        if case .bytes(let count) = result { consume(count) }
        return result
    }
}
