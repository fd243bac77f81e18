// SPDX-License-Identifier: Apache-2.0

extension LogRecovery {
    /// The segment that recovery made, and the log up to it.
    struct Sealed {
        let segment: Segment
        let fileSystem: any FileSystem

        /// Gives back the space that nothing refers to any more, at the end of the segment before.
        ///
        /// What is cut off has been copied or was never part of the log; the new segment's header,
        /// durable by now, says so.
        func removeVoid(after end: End) throws(FileError) {
            let position = end.durable.mark.position
            guard position.segment > 0 else { return }
            let file = try fileSystem.open(Storage.segmentPath(position.segment), .update)
            defer { fileSystem.close(file) }
            guard try fileSystem.size(of: file) > position.offset else { return }
            try fileSystem.truncate(file, to: position.offset)
        }
    }

    /// Makes a fresh segment that begins with a copy of whatever is not proven durable.
    mutating func seal(_ end: End, salt: UInt64) throws(RaftError) -> Sealed {
        let previous = end.durable.mark
        let number = previous.position.segment + 1
        let life = WriteAheadLog.life(of: number, identity: identity, salt: salt)
        let (groups, sealed) = try copyGroups(from: end, into: life)
        let needed = SegmentHeader.blockLength + groups.count
        let header = SegmentHeader(
            identity: identity, life: life, capacity: max(options.firstSegmentBytes, needed),
            previous: previous, sealed: sealed, base: end.durable.state)
        let segment = try reporting { () throws(FileError) in
            try removeLeftovers()
            return try Segment.create(in: fileSystem, header: header, groups: groups)
        }
        return Sealed(segment: segment, fileSystem: fileSystem)
    }

    /// The groups after the last durable place, as they stand in a fresh segment.
    private mutating func copyGroups(
        from end: End, into life: SegmentLife
    ) throws(RaftError) -> (bytes: [UInt8], sealed: LogMark) {
        var last = life.start
        let start = end.durable.mark.position
        guard start.offset < end.offset else { return ([], last) }
        var reader = try SegmentReader.open(
            start.segment, in: fileSystem, identity: identity)
        defer { reader.close() }
        replay.forgetPlacements(from: start)
        var writer = ByteWriter(capacity: end.offset - start.offset)
        var offset = start.offset
        while offset < end.offset {
            guard let group = try reader.group(at: offset) else {
                throw RaftError(FileError("read", reader.path, .inputOutput))
            }
            offset = group.end
            replay.note(group.header, at: last.position)
            let checksum = group.header.write(
                copying: reader.records(of: group), to: &writer, after: last, life: life,
                mark: end.durable.mark)
            last = LogMark(
                LogPosition(
                    segment: life.number,
                    offset: SegmentHeader.blockLength + writer.bytes.count),
                checksum: checksum)
        }
        return (writer.bytes, last)
    }

    private func removeLeftovers() throws(FileError) {
        let leftovers = [Storage.nextPath, Storage.sparePath]
        for name in try fileSystem.list(Storage.logDirectory) {
            let path = "\(Storage.logDirectory)/\(name)"
            if leftovers.contains(path) { try fileSystem.remove(path) }
        }
    }
}

extension GroupHeader {
    /// Appends a group with the same records at another place in the log's files.
    /// - Returns: The checksum of the copy.
    fileprivate func write(
        copying records: ByteReader, to writer: inout ByteWriter, after last: LogMark,
        life: SegmentLife, mark: LogMark
    ) -> UInt32 {
        let payload = Array(records.bytes[records.position..<records.end])
        var header = self
        header.mark = mark
        header.previousChecksum = last.checksum
        header.payloadChecksum = CRC32C.checksum(
            payload, in: 0..<payload.count, continuing: life.seed)
        header.write(to: &writer, offset: last.position.offset, life: life)
        writer.write(raw: payload)
        GroupHeader.pad(&writer, payload: payload.count)
        return header.checksum
    }
}
