// SPDX-License-Identifier: Apache-2.0

package import Raft

/// How frames stand in the byte stream of a connection, once its handshake is done.
///
/// Little endian: a length (32 bits, of the bytes alone), their CRC-32C (32 bits), the CRC-32C of these
/// two (32 bits), the bytes. A length that no frame may have, or a wrong checksum, means that the two
/// ends have lost each other: there is nothing to search for in the rest of the stream, and the
/// connection ends.
///
/// The header has a checksum of its own because nothing else could tell a damaged length before as many
/// bytes have come: a receiver would wait for megabytes of heartbeats, and take each for a part of one
/// long frame.
package enum FrameCodec {
    /// The bytes before those of the frame.
    package static let headerLength = 12

    /// The bytes the longest frame of a channel may have, header not counted.
    ///
    /// Bulk has some slack over the 64 MiB that an entry may have, for the message around it.
    package static func maximumLength(on channel: Frame.Channel) -> Int {
        switch channel {
        case .control: 1 << 20
        case .bulk: 64 << 20 + 64 << 10
        }
    }

    /// The header of a frame, as integers whose little-endian bytes it is.
    /// - Parameter bytes: At least one byte, at most as many as the channel allows.
    /// - Complexity: O(n), for the checksum.
    package static func header(for bytes: [UInt8]) -> (contents: UInt64, checksum: UInt32) {
        let checksum = CRC32C.checksum(bytes, in: 0..<bytes.count)
        let contents = UInt64(checksum) << 32 | UInt64(UInt32(bytes.count))
        return (contents, Self.checksum(ofHeader: contents))
    }

    private static func checksum(ofHeader contents: UInt64) -> UInt32 {
        let bytes = contents.littleEndian
        return unsafe withUnsafeBytes(of: bytes) {
            unsafe CRC32C.checksum(RawSpan(_unsafeBytes: $0))
        }
    }

    /// What the front of a stream holds.
    package enum Decoded: Hashable, Sendable {
        /// No whole frame yet; there will be none before so many bytes are there.
        case incomplete(needed: Int)
        /// A frame, whose bytes stand in this range; the next one starts behind it.
        case frame(Range<Int>)
    }

    /// Looks for a frame at the front of a stream, and checks it.
    ///
    /// Keeps nothing between calls: asking again after every read costs a look at the header.
    /// - Parameters:
    ///   - stream: What has arrived and was not consumed.
    ///   - offset: Where the frame starts.
    /// - Throws: If what stands there is no frame; what follows then means nothing.
    /// - Complexity: O(n) in the length of the frame, once it is complete.
    package static func decode(
        _ stream: RawSpan, at offset: Int, on channel: Frame.Channel
    ) throws(FrameViolation) -> Decoded {
        let available = stream.byteCount - offset
        guard available >= headerLength else { return .incomplete(needed: headerLength) }
        let header = UInt64(
            littleEndian: unsafe stream.unsafeLoadUnaligned(
                fromByteOffset: offset, as: UInt64.self))
        let headerChecksum = UInt32(
            littleEndian: unsafe stream.unsafeLoadUnaligned(
                fromByteOffset: offset + 8, as: UInt32.self))
        guard CRC32C.checksum(stream.extracting(offset..<offset + 8)) == headerChecksum else {
            throw .damaged
        }
        let length = Int(header & 0xFFFF_FFFF)
        let maximum = maximumLength(on: channel)
        guard length > 0 else { throw .empty }
        guard length <= maximum else { throw .tooLong(length: length, maximum: maximum) }
        guard available >= headerLength + length else {
            return .incomplete(needed: headerLength + length)
        }
        let start = offset + headerLength
        let checksum = CRC32C.checksum(stream.extracting(start..<start + length))
        guard checksum == UInt32(header >> 32) else { throw .damaged }
        return .frame(start..<start + length)
    }
}

/// Bytes on a connection that are not those of a frame.
package enum FrameViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// A frame of no bytes: every message has at least its format version.
    case empty
    /// A frame longer than the channel allows; not one byte of it was kept.
    case tooLong(length: Int, maximum: Int)
    /// A frame whose checksum is not that of its bytes, or whose header's is not that of the header.
    case damaged

    /// The end of a sentence that starts with the name of the sender.
    package var description: String {
        switch self {
        case .empty: "sent an empty frame"
        case .tooLong(let length, let maximum):
            "sent a frame of \(length) bytes, more than the \(maximum) allowed"
        case .damaged: "sent a frame that does not match its checksum"
        }
    }
}
