// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What of a member's files must not be lost without being missed, and what may be.
///
/// Reads what a power cut would certainly leave, by the format's description (see `SegmentHeader` and
/// `GroupHeader`) and by none of the code that recovers: that code is what damage puts to the test.
///
/// A segment's header is always vouched for. Its groups are as far as the next segment's header says
/// that they go, or, in the last segment, as far as its own header or the mark of a later group says
/// that a sync had completed. Whatever is damaged there, at however many places and one after the other,
/// can be told from a torn write: the witness of the place furthest back stands behind that place, so it
/// has not been hit itself.
struct LogAtlas {
    /// A range of bytes in a file.
    struct Place: Hashable {
        let path: String
        let range: Range<Int>
    }

    /// The file that says who the member is, if it is there.
    private(set) var identity: Place?
    /// From the start of each segment to the last byte that is vouched for.
    private(set) var vouched: [Place] = []
    /// Groups within those.
    private(set) var groups: [Place] = []
    /// Where nothing counts: after the last group, and in files that are no segments.
    private(set) var unused: [Place] = []

    init(_ disk: SimulatedDisk) {
        if disk.settledNames(in: "").contains("identity"),
            let bytes = disk.durableImage("identity"), !bytes.isEmpty
        {
            identity = Place(path: "identity", range: 0..<bytes.count)
        }
        var segments: [Segment] = []
        for name in disk.settledNames(in: "wal") {
            let path = "wal/\(name)"
            guard let bytes = disk.durableImage(path), !bytes.isEmpty else { continue }
            if name.hasSuffix(".log") {
                if let segment = Segment(path: path, bytes) { segments.append(segment) }
            } else if !disk.isWaitingForSync(path) {
                unused.append(Place(path: path, range: 0..<bytes.count))
            }
        }
        for (slot, segment) in segments.enumerated() {
            let next = segments[(slot + 1)...].first { $0.previousNumber == segment.number }
            let end = next?.previousEnd ?? segment.lastMark
            vouched.append(Place(path: segment.path, range: 0..<min(end, segment.size)))
            for group in segment.groups where group.upperBound <= end {
                groups.append(Place(path: segment.path, range: group))
            }
            // Where something is on its way to the medium, nobody knows yet what will count.
            let tail = (next?.previousEnd ?? segment.end)..<segment.size
            if !tail.isEmpty, !disk.isWaitingForSync(segment.path) {
                unused.append(Place(path: segment.path, range: tail))
            }
        }
    }
}

extension LogAtlas {
    /// One segment's file.
    private struct Segment {
        static let blockLength = 512
        static let groupHeaderLength = 128

        let path: String
        let size: Int
        let number: UInt64
        /// The segment before it, and where that one ends.
        let previousNumber: UInt64
        let previousEnd: Int
        /// The groups that follow each other from the start.
        private(set) var groups: [Range<Int>] = []
        /// How far its own header or a group says that it was durable.
        private(set) var lastMark: Int

        /// Where the last group ends.
        var end: Int { groups.last?.upperBound ?? Self.blockLength }

        init?(path: String, _ bytes: [UInt8]) {
            guard bytes.count >= Self.blockLength,
                CRC32C.checksum(bytes, in: 12..<Self.blockLength) == bytes.number32(at: 8)
            else { return nil }
            self.path = path
            size = bytes.count
            number = bytes.number64(at: 48)
            previousNumber = bytes.number64(at: 72)
            previousEnd = Int(bytes.number64(at: 80))
            // Cluster, member, incarnation, number and salt, which every checksum continues.
            let seed = CRC32C.checksum(bytes, in: 16..<64)
            lastMark = max(Self.blockLength, Int(bytes.number64(at: 96)))
            var offset = Self.blockLength
            while offset + Self.groupHeaderLength <= bytes.count {
                let header = offset..<offset + Self.groupHeaderLength
                guard
                    CRC32C.checksum(
                        bytes, in: offset + 12..<header.upperBound, continuing: seed)
                        == bytes.number32(at: offset + 8),
                    bytes.number64(at: offset + 24) == UInt64(offset)
                else { break }
                let payload = Int(bytes.number64(at: offset + 112))
                let length = Self.groupHeaderLength + payload
                let end =
                    offset + (length + Self.blockLength - 1) / Self.blockLength * Self.blockLength
                guard end <= bytes.count else { break }
                if bytes.number64(at: offset + 88) == number {
                    lastMark = max(lastMark, Int(bytes.number64(at: offset + 96)))
                }
                groups.append(offset..<end)
                offset = end
            }
        }
    }
}

extension [UInt8] {
    fileprivate func number64(at offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
    }

    fileprivate func number32(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[offset + $1]) << UInt32(8 * $1) }
    }
}
