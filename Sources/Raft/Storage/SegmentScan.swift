// SPDX-License-Identifier: Apache-2.0

/// Walks over the groups of a segment and tells a torn tail from damage.
///
/// The first place `P` where no group stands that continues the one before is the end of a segment
/// that has no successor, unless something says that data beyond `P` was once durable: the mark of
/// any later group, or the segment's own header. In a segment with a successor, whose header says
/// where this one ends, it is damage. (DESIGN: A restart; "Protocol-Aware Recovery", FAST '18, §3.3.)
struct SegmentScan {
    /// Where the next group would start.
    private(set) var offset: Int
    /// Ends of groups from the last durable one on.
    private var checkpoints: [LogRecovery.Checkpoint]
    private let header: SegmentHeader
    /// Where the segment ends, according to its successor.
    private let limit: LogMark?
    private var isSealReached: Bool

    init(header: SegmentHeader, limit: LogMark?, state: LogState) {
        self.header = header
        self.limit = limit
        let start = header.life.start
        offset = start.position.offset
        checkpoints = [LogRecovery.Checkpoint(mark: start, state: state)]
        isSealReached = header.sealed == start
    }

    /// The last place that is proven to be durable.
    var durable: LogRecovery.Checkpoint { checkpoints[0] }

    private var last: LogRecovery.Checkpoint { checkpoints[checkpoints.count - 1] }

    /// Reads the next group; nil at the end, whatever kind of end it is.
    mutating func next(_ reader: inout SegmentReader) throws(RaftError) -> SegmentReader.Group? {
        if let limit, offset >= limit.position.offset { return nil }
        guard let group = try reader.group(at: offset),
            group.header.previousChecksum == last.mark.checksum,
            group.header.state.sequence == last.state.sequence + 1
        else { return nil }
        try adopt(group.header.mark, foundAt: offset, path: reader.path)
        offset = group.end
        let end = LogMark(
            LogPosition(segment: header.life.number, offset: offset),
            checksum: group.header.checksum)
        checkpoints.append(LogRecovery.Checkpoint(mark: end, state: group.header.state))
        if end == header.sealed {
            isSealReached = true
            checkpoints.removeFirst(checkpoints.count - 1)
        }
        return group
    }

    /// Decides what kind of end the scan has come to.
    /// - Throws: `.logDamaged` if it is not one that an interrupted write can leave.
    mutating func requireSound(_ reader: inout SegmentReader) throws(RaftError) {
        guard isSealReached else {
            throw .damaged(
                reader.path, at: offset,
                "no group of records stands there that continues the one before it, but the "
                    + "segment's header says that data up to byte \(header.sealed.position.offset) "
                    + "was on disk")
        }
        guard let limit else { return try requireTornTail(&reader) }
        guard last.mark == limit else {
            throw .damaged(
                reader.path, at: min(offset, limit.position.offset),
                "the groups of records do not lead to the end at byte \(limit.position.offset) that "
                    + "the next segment names")
        }
        // What a successor names as the end was durable before the successor was.
        checkpoints.removeFirst(checkpoints.count - 1)
    }

    private mutating func adopt(
        _ mark: LogMark, foundAt offset: Int, path: String
    ) throws(RaftError) {
        guard mark.position > durable.mark.position else { return }
        guard let slot = checkpoints.firstIndex(where: { $0.mark == mark }) else {
            throw .damaged(
                path, at: offset,
                "the group of records there follows other data than what stands before it")
        }
        checkpoints.removeFirst(slot)
    }

    private func requireTornTail(_ reader: inout SegmentReader) throws(RaftError) {
        let end = LogPosition(segment: header.life.number, offset: offset)
        var candidate = offset + SegmentHeader.blockLength
        while candidate < reader.size {
            if let later = try reader.groupHeader(at: candidate), later.mark.position > end {
                throw .damaged(
                    reader.path, at: offset,
                    "no group of records stands there that continues the one before it, but the "
                        + "group at byte \(candidate) says that data up to byte "
                        + "\(later.mark.position.offset) was on disk")
            }
            candidate += SegmentHeader.blockLength
        }
    }
}
