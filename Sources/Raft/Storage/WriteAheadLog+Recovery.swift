// SPDX-License-Identifier: Apache-2.0

extension WriteAheadLog {
    /// Reads a member's log, decides where it ends, and makes all of it durable.
    ///
    /// What follows the last mark may be in the page cache and not on disk: it is copied into a fresh
    /// segment, which is synced before this returns. Nothing in the directory is changed before the
    /// whole log has been found sound. An interruption at any point leaves a log that recovers to the
    /// same entries.
    /// - Parameters:
    ///   - identity: Whose log it is; one that is established must have a log already.
    ///   - salt: A number never used before in this directory; a random one will do.
    /// - Throws: `.logDamaged` if bytes that were once durable are not what they were, `.foreignCluster`
    ///   if a segment is another member's, `.invalidConfiguration` if another version wrote one,
    ///   `.inputOutput`.
    /// - Complexity: O(length of the log).
    package static func recover(
        in fileSystem: any FileSystem, identity: Identity, salt: UInt64,
        options: Options = Options()
    ) throws(RaftError) -> (WriteAheadLog, RecoveredLog) {
        let numbers = try reporting { () throws(FileError) in
            try fileSystem.createDirectory(Storage.logDirectory)
            try fileSystem.syncDirectory("")
            // Names too may be seen before they are durable; from here on they are.
            try fileSystem.syncDirectory(Storage.logDirectory)
            return try Storage.segmentNumbers(in: fileSystem)
        }
        if numbers.isEmpty, identity.isEstablished {
            throw .damaged(
                Storage.logDirectory, at: 0,
                "it holds no log, though this member has been part of its cluster")
        }
        var recovery = LogRecovery(fileSystem: fileSystem, identity: identity, options: options)
        let end = try recovery.scan(numbers)
        let sealed = try recovery.seal(end, salt: salt)
        try reporting { () throws(FileError) in try sealed.removeVoid(after: end) }
        let log = WriteAheadLog(
            fileSystem: fileSystem, identity: identity, salt: salt, options: options,
            segment: sealed.segment, replay: recovery.replay)
        return (log, try recovery.recovered(boot: sealed.segment.life.number))
    }
}

/// One run of recovery.
struct LogRecovery {
    /// Where the log ends, and how far back from there it is not proven durable.
    struct End {
        /// The last place that a completed sync vouches for.
        var durable = Checkpoint(mark: .none, state: LogState())
        /// Where the last group ends that counts; in the same segment.
        var offset = 0
    }

    /// A place between two groups.
    struct Checkpoint {
        let mark: LogMark
        let state: LogState
    }

    let fileSystem: any FileSystem
    let identity: Identity
    let options: WriteAheadLog.Options
    var replay: LogReplay

    init(
        fileSystem: any FileSystem, identity: Identity, options: WriteAheadLog.Options
    ) {
        self.fileSystem = fileSystem
        self.identity = identity
        self.options = options
        replay = LogReplay(options: options)
    }

    /// Reads all segments in order.
    mutating func scan(_ numbers: [UInt64]) throws(RaftError) -> End {
        var end = End()
        var next = try open(numbers.first, expected: 1)
        for slot in numbers.indices {
            guard var reader = next else { break }
            defer { reader.close() }
            next = try open(
                slot + 1 < numbers.count ? numbers[slot + 1] : nil, expected: numbers[slot] + 1)
            do throws(RaftError) {
                end = try scan(&reader, before: next?.header, after: end)
            } catch {
                next?.close()
                throw error
            }
        }
        return end
    }

    private func open(
        _ number: UInt64?, expected: UInt64
    ) throws(RaftError) -> SegmentReader? {
        guard let number else { return nil }
        guard number == expected else {
            throw .damaged(
                Storage.segmentPath(expected), at: 0,
                "it is missing, although there is \(Storage.segmentPath(number))")
        }
        return try SegmentReader.open(number, in: fileSystem, identity: identity)
    }

    /// Reads one segment: all that its successor says it has, or, if it is the last, all that is there.
    private mutating func scan(
        _ reader: inout SegmentReader, before next: SegmentHeader?, after previous: End
    ) throws(RaftError) -> End {
        let header = reader.header
        guard header.previous == previous.durable.mark, header.base == replay.state else {
            throw .damaged(
                reader.path, at: 72,
                "it continues \(header.previous) with \(header.base), but the segment before it ends "
                    + "at \(previous.durable.mark) with \(replay.state)")
        }
        // Segments get their full size before their first group and lose it only when a later segment
        // says where they end: a short one has lost what may have stood there.
        let needed = next?.previous.position.offset ?? header.capacity
        guard reader.size >= needed else {
            throw .damaged(
                reader.path, at: reader.size,
                "the file ends there, and not at \(needed) as when it was last synced")
        }
        var scan = SegmentScan(header: header, limit: next?.previous, state: header.base)
        while let group = try scan.next(&reader) {
            try apply(group, of: reader)
        }
        try scan.requireSound(&reader)
        return End(durable: scan.durable, offset: scan.offset)
    }

    private mutating func apply(
        _ group: SegmentReader.Group, of reader: SegmentReader
    ) throws(RaftError) {
        let number = reader.header.life.number
        do throws(DecodingFailure) {
            try replay.apply(
                group.header, records: reader.records(of: group),
                at: LogPosition(segment: number, offset: group.offset))
        } catch {
            // The group is as it was written, so this is no torn write, wherever it stands.
            throw .damaged(
                reader.path, at: group.offset,
                "a group of records is whole but makes no sense: expected \(error.expected)")
        }
    }

    /// What the member starts from.
    func recovered(boot: UInt64) throws(RaftError) -> RecoveredLog {
        let tail = replay.window.entries
        var time = tail.last?.time ?? .zero
        if tail.isEmpty, replay.state.lastIndex > .zero {
            let last = replay.state.lastIndex
            let job = replay.map.readJob(from: last, through: last, maximumBytes: 0)
            guard let job else { preconditionFailure("no place is known for entry \(last)") }
            let entries = try WriteAheadLog.read(
                job, in: fileSystem, identity: identity, group: options.group)
            time = entries.last?.time ?? .zero
        }
        return RecoveredLog(
            hardState: replay.state.hardState, terms: replay.terms, commit: replay.state.commit,
            boot: boot, time: time, byteCount: replay.byteCount, tail: tail, map: replay.map)
    }
}
