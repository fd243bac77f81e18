// SPDX-License-Identifier: Apache-2.0

extension WriteAheadLog {
    /// Reads entries back, through handles of its own: other threads may append meanwhile.
    /// - Parameters:
    ///   - job: What to read, as ``LogMap`` gives it; all of it durable when the job was made. If it was
    ///     truncated since, what is returned is what stood there before or stands there now.
    ///   - identity: Whose log it is.
    ///   - group: Whose entries they are.
    /// - Returns: Entries without gaps from ``LogReadJob/from`` on: at least that one, then as many as
    ///   fit ``LogReadJob/maximumBytes``, none after ``LogReadJob/through``.
    /// - Throws: `.logDamaged` if what is read is not what was written, `.inputOutput`.
    package static func read(
        _ job: LogReadJob, in fileSystem: any FileSystem, identity: Identity,
        group: GroupID = .first
    ) throws(RaftError) -> [LogEntry] {
        var reading = LogReading(job: job, group: group)
        var position = job.position
        while !reading.isComplete {
            // The successor says where a segment ends: after a restart more may stand there than counts.
            let next = try header(
                of: position.segment + 1, in: fileSystem, identity: identity)
            var reader = try SegmentReader.open(
                position.segment, in: fileSystem, identity: identity)
            defer { reader.close() }
            reader.chunkLength = min(max(job.maximumBytes, 64 << 10), 1 << 20)
            let limit = next?.previous.position.offset ?? reader.size
            while !reading.isComplete, position.offset < limit {
                guard let found = try reader.group(at: position.offset) else {
                    throw .damaged(
                        reader.path, at: position.offset,
                        "no group of records stands where entry \(reading.next) was looked for")
                }
                try reading.take(found, from: reader)
                position = LogPosition(segment: position.segment, offset: found.end)
            }
            guard !reading.isComplete else { break }
            guard let next else {
                throw .damaged(
                    reader.path, at: position.offset,
                    "the log ends there without entry \(reading.next), which was durable")
            }
            position = next.life.start.position
        }
        return reading.entries
    }

    private static func header(
        of number: UInt64, in fileSystem: any FileSystem, identity: Identity
    ) throws(RaftError) -> SegmentHeader? {
        let reader = try SegmentReader(segment: number, in: fileSystem, identity: identity)
        defer { reader?.close() }
        return reader?.header
    }
}

/// Gathers the entries that a read asks for from the groups that pass by.
private struct LogReading {
    let job: LogReadJob
    let group: GroupID
    private(set) var entries: [LogEntry] = []
    private var bytes = 0
    private var isFull = false

    init(job: LogReadJob, group: GroupID) {
        self.job = job
        self.group = group
    }

    /// The entry to come next.
    var next: LogIndex { job.from + entries.count }

    var isComplete: Bool { isFull || next > job.through }

    mutating func take(
        _ found: SegmentReader.Group, from reader: SegmentReader
    ) throws(RaftError) {
        if let from = found.header.truncateFrom { truncate(from: from) }
        // Groups before the first wanted entry need not be taken apart.
        guard found.header.state.lastIndex >= next else { return }
        do throws(DecodingFailure) {
            var records = reader.records(of: found)
            for _ in 0..<found.header.recordCount where !isComplete {
                try add(try LogEntry(from: &records, group: group), at: records.position)
            }
        } catch {
            throw .damaged(reader.path, at: found.offset, "expected \(error.expected)")
        }
    }

    private mutating func add(_ entry: LogEntry, at offset: Int) throws(DecodingFailure) {
        guard entry.index >= next else { return }
        guard entry.index == next else {
            throw DecodingFailure("entry \(next), not \(entry.index)", at: offset)
        }
        guard entries.isEmpty || bytes + entry.bytes.count <= job.maximumBytes else {
            isFull = true
            return
        }
        entries.append(entry)
        bytes += entry.bytes.count
    }

    private mutating func truncate(from index: LogIndex) {
        while let last = entries.last, last.index >= index {
            entries.removeLast()
            bytes -= last.bytes.count
        }
    }
}
