// SPDX-License-Identifier: Apache-2.0

internal import Raft
internal import RaftTransport

/// The bytes of one direction of a connection, from the sender's queue to the receiver's hands.
///
/// Positions count from the first byte ever; each mark follows the one before:
///
///     taken ≤ arrived ≤ written ≤ end
struct SimulatedStream {
    private var bytes: [UInt8] = []
    /// The position of the first byte that is kept.
    private var base = 0
    /// The receiver has taken what is before.
    private(set) var taken = 0
    /// What is before has reached the receiver's machine.
    private(set) var arrived = 0
    /// What is before has left the sender's queue.
    private(set) var written = 0
    /// Nothing from here on will ever arrive.
    private(set) var limit = Int.max
    /// Where a bit was turned over on the way.
    private(set) var damage: [Int] = []

    /// Where the sender's queue ends.
    var end: Int { base + bytes.count }
    /// How many bytes wait in the sender's queue.
    var queued: Int { end - written }
    /// How many bytes have arrived and are not taken.
    var available: Int { arrived - taken }

    /// Queues a frame with its header.
    mutating func append(_ frame: [UInt8]) {
        let header = FrameCodec.header(for: frame)
        append(UInt64(header.contents), count: 8)
        append(UInt64(header.checksum), count: 4)
        bytes.append(contentsOf: frame)
    }

    private mutating func append(_ value: UInt64, count: UInt64) {
        for byte in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }

    /// Queues bytes as they are.
    mutating func append(raw more: [UInt8]) { bytes.append(contentsOf: more) }

    /// Sends off what is queued, as far as there is room.
    /// - Returns: The positions of what has left.
    mutating func write(atMost room: Int) -> Range<Int> {
        let start = written
        written += max(0, min(room, queued))
        return start..<written
    }

    /// Drops what is still in the sender's queue.
    mutating func dropQueue() { bytes.removeLast(queued) }

    /// Bytes reach the receiver's machine.
    mutating func arrive(through position: Int) {
        arrived = max(arrived, min(position, limit, written))
    }

    /// Of what is on its way, only a part arrives.
    mutating func cutShort(after position: Int) {
        precondition(position >= arrived, "cut short at \(position) after \(arrived) arrived")
        limit = min(limit, position)
    }

    /// Looks at what has arrived and was not taken.
    func withAvailable<Result>(_ body: (RawSpan) -> Result) -> Result {
        let span = unsafe bytes.span.bytes
        return body(span.extracting(taken - base..<arrived - base))
    }

    /// Looks at what was not taken and can still arrive.
    func withUntaken<Result>(_ body: (RawSpan) -> Result) -> Result {
        let span = unsafe bytes.span.bytes
        return body(span.extracting(taken - base..<max(taken, min(end, limit)) - base))
    }

    /// Takes bytes that have arrived.
    mutating func take(_ count: Int) {
        precondition(count <= available, "took \(count) of \(available) bytes")
        taken += count
        if taken == end {
            bytes.removeAll(keepingCapacity: true)
            base = taken
        } else if taken - base > 1 << 16, taken - base > bytes.count / 2 {
            bytes.removeFirst(taken - base)
            base = taken
        }
    }

    /// Turns a bit over of a byte that has not arrived yet.
    mutating func flip(bit: Int, at position: Int) {
        precondition(arrived <= position && position < end, "no byte on its way at \(position)")
        bytes[position - base] ^= 1 << UInt8(bit)
        damage.append(position)
    }
}
