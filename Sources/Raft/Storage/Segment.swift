// SPDX-License-Identifier: Apache-2.0

/// The segment that is written to.
struct Segment: Sendable {
    let life: SegmentLife
    let file: FileHandle
    /// The size of the file in bytes.
    let capacity: Int
    /// Where the next group goes, after what.
    var end: LogMark

    /// Creates a segment that is durable when this returns: its zeros, its header, what groups it
    /// begins with, and only then its name.
    ///
    /// So no crash leaves a segment file without a valid header, and what its header says is sealed
    /// was never anything but durable.
    /// - Parameters:
    ///   - groups: What stands after the header, up to `header.sealed`.
    ///   - useSpare: Whether a spare of at least the capacity has been prepared.
    static func create(
        in fileSystem: any FileSystem, header: SegmentHeader, groups: [UInt8] = [],
        useSpare: Bool = false
    ) throws(FileError) -> Segment {
        let path = useSpare ? Storage.sparePath : Storage.nextPath
        let file =
            useSpare ? try fileSystem.open(path, .update) : try fileSystem.replace(path)
        do throws(FileError) {
            if !useSpare { try fileSystem.fill(file, to: header.capacity) }
            try fileSystem.write(file, at: 0, header.block)
            if !groups.isEmpty {
                try fileSystem.write(file, at: SegmentHeader.blockLength, groups)
            }
            try fileSystem.sync(file)
            try fileSystem.rename(path, to: Storage.segmentPath(header.life.number))
            try fileSystem.syncDirectory(Storage.logDirectory)
        } catch {
            fileSystem.close(file)
            throw error
        }
        return Segment(
            life: header.life, file: file, capacity: header.capacity, end: header.sealed)
    }
}

extension WriteAheadLog {
    /// Makes a spare segment, so that the log need not wait for zeros when the current one is full.
    ///
    /// Meant for another thread than the log's; call it when ``needsSpare`` says so, one at a time, and
    /// tell the log by ``spareIsReady()``. After an error the log makes do without; try again later.
    package static func prepareSegment(
        in fileSystem: any FileSystem, options: Options
    ) throws(FileError) {
        let file = try fileSystem.replace(Storage.sparePath)
        defer { fileSystem.close(file) }
        try fileSystem.fill(file, to: options.segmentBytes)
        try fileSystem.sync(file)
    }

    /// Whether a spare segment should be made now.
    package var needsSpare: Bool {
        !hasSpare && failure == nil && segment.end.position.offset >= segment.capacity / 4
    }

    /// Tells the log that ``prepareSegment(in:options:)`` has returned.
    package mutating func spareIsReady() { hasSpare = true }

    /// Ends the current segment and begins one that can hold `bytes` of groups.
    ///
    /// Only ever between syncs: what the new header names as the end of the current segment is durable
    /// before the header exists.
    mutating func roll(toHold bytes: Int) throws(FileError) {
        precondition(
            lastSync == segment.end, "rolling at \(segment.end), synced only to \(lastSync)")
        let needed = SegmentHeader.blockLength + bytes
        let useSpare = hasSpare && needed <= options.segmentBytes
        let number = segment.life.number + 1
        let life = Self.life(of: number, identity: identity, salt: salt)
        let header = SegmentHeader(
            identity: identity, life: life, capacity: max(options.segmentBytes, needed),
            previous: lastSync, sealed: life.start, base: state)
        if useSpare { hasSpare = false }
        let next = try Segment.create(in: fileSystem, header: header, useSpare: useSpare)
        fileSystem.close(segment.file)
        segment = next
        lastSync = next.end
        isMarked = true
    }

    /// The life of a segment; its salt is a function of the log's and the number.
    static func life(of number: UInt64, identity: Identity, salt: UInt64) -> SegmentLife {
        var random = SplitMix64(seed: salt).split("segment", number)
        return SegmentLife(identity: identity, number: number, salt: random.next())
    }
}
