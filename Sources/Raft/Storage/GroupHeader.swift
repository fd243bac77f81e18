// SPDX-License-Identifier: Apache-2.0

/// What stands before the records of a group.
///
/// A group is what one job made durable: the records of its entries between this header and the next
/// multiple of 512 bytes, where the next group starts. Little endian, checksums salted by
/// ``SegmentLife/seed``:
///
/// | offset | bytes | |
/// | --- | --- | --- |
/// | 0 | 8 | `RaftGrup` |
/// | 8 | 4 | CRC32C of the rest of the header |
/// | 12 | 4 | CRC32C of the records |
/// | 16 | 8 | salt of the segment |
/// | 24 | 8 | where in the segment the group starts |
/// | 32 | 48 | what the log amounts to after the group, see ``LogState`` |
/// | 80 | 8 | entries from this index on are void before the records count; 0 for none |
/// | 88 | 8 | the last completed sync: its segment |
/// | 96 | 8 | … where the data ended |
/// | 104 | 4 | … and the checksum of the last group of it, see ``LogMark`` |
/// | 108 | 4 | checksum of the group before this one; the seed for a segment's first |
/// | 112 | 8 | length of the records in bytes |
/// | 120 | 4 | number of records |
/// | 124 | 4 | zero |
struct GroupHeader: Sendable {
    static let length = 128
    private static let magic: UInt64 = 0x7075_7247_7466_6152

    /// What the log amounts to after the group.
    var state: LogState
    /// Entries from here on are void before the records count.
    var truncateFrom: LogIndex?
    /// The last sync that had completed when the group was written.
    var mark: LogMark
    /// The checksum of the group before.
    var previousChecksum: UInt32
    /// How many bytes of records follow.
    var payloadLength: Int
    /// How many records follow.
    var recordCount: Int
    /// Their checksum.
    var payloadChecksum: UInt32
    /// The header's own checksum, the group's link in the chain; set by reading and writing.
    private(set) var checksum: UInt32 = 0

    init(
        state: LogState, truncateFrom: LogIndex?, mark: LogMark, previousChecksum: UInt32,
        payloadLength: Int, recordCount: Int, payloadChecksum: UInt32
    ) {
        self.state = state
        self.truncateFrom = truncateFrom
        self.mark = mark
        self.previousChecksum = previousChecksum
        self.payloadLength = payloadLength
        self.recordCount = recordCount
        self.payloadChecksum = payloadChecksum
    }

    /// How many bytes of a segment a group takes.
    static func groupLength(payload: Int) -> Int {
        let block = SegmentHeader.blockLength
        return (length + payload + block - 1) / block * block
    }

    /// Appends zeros after a group's records, up to where the next group starts.
    static func pad(_ writer: inout ByteWriter, payload: Int) {
        writer.write(raw: zeros[..<(groupLength(payload: payload) - length - payload)])
    }

    private static let zeros = [UInt8](repeating: 0, count: SegmentHeader.blockLength)

    /// Appends the header of a group that starts at `offset` in the segment.
    mutating func write(to writer: inout ByteWriter, offset: Int, life: SegmentLife) {
        let start = writer.bytes.count
        writer.write(Self.magic)
        writer.write(UInt32(0))
        writer.write(payloadChecksum)
        writer.write(life.salt)
        writer.write(UInt64(offset))
        state.write(to: &writer)
        writer.write(truncateFrom?.rawValue ?? 0)
        writer.write(mark.position.segment)
        writer.write(UInt64(mark.position.offset))
        writer.write(mark.checksum)
        writer.write(previousChecksum)
        writer.write(UInt64(payloadLength))
        writer.write(UInt32(recordCount))
        writer.write(UInt32(0))
        checksum = CRC32C.checksum(
            writer.bytes, in: start + 12..<start + Self.length, continuing: life.seed)
        writer.overwrite(checksum, at: start + 8)
    }

    /// Reads a header; nil unless one was written here, at `offset` in this life of the segment.
    /// - Parameter range: Where the header's bytes are in `bytes`.
    init?(_ bytes: [UInt8], in range: Range<Int>, offset: Int, life: SegmentLife) {
        do throws(DecodingFailure) {
            var reader = ByteReader(bytes, in: range)
            guard try reader.read(UInt64.self) == Self.magic else { return nil }
            checksum = try reader.read()
            payloadChecksum = try reader.read()
            guard try reader.read(UInt64.self) == life.salt,
                try reader.read(UInt64.self) == UInt64(offset),
                CRC32C.checksum(
                    bytes, in: range.lowerBound + 12..<range.upperBound, continuing: life.seed)
                    == checksum
            else { return nil }
            state = try LogState(from: &reader)
            let truncation = try reader.read(UInt64.self)
            truncateFrom = truncation == 0 ? nil : LogIndex(truncation)
            let markSegment = try reader.read(UInt64.self)
            let markOffset = Int(truncatingIfNeeded: try reader.read(UInt64.self))
            mark = LogMark(
                LogPosition(segment: markSegment, offset: markOffset),
                checksum: try reader.read())
            previousChecksum = try reader.read()
            payloadLength = Int(truncatingIfNeeded: try reader.read(UInt64.self))
            recordCount = Int(try reader.read(UInt32.self))
        } catch {
            return nil
        }
    }
}
