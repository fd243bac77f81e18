// SPDX-License-Identifier: Apache-2.0

/// A member's durable memory: its term, its vote and its log, in one sequence of files.
///
/// A log is written by one thread at a time, from the end that ``recover(in:identity:salt:options:)``
/// found on. Each job becomes one group of records (see ``GroupHeader``); all groups of one call share
/// one sync. Each group repeats up to where the last completed sync had come, so that recovery can
/// tell a write that a power cut tore from bytes that were lost after they had been durable.
///
/// After an error nothing is known about what is on disk: the log is fenced, every later call throws
/// the same error, and only recovery by another start can tell what survived (`fsync` errors are
/// reported once and leave pages marked clean: "Can Applications Recover from fsync Failures?", ATC '20).
package struct WriteAheadLog: Sendable {
    /// Sizes; the defaults suit a member that serves clients.
    package struct Options: Sendable {
        /// The size of a segment, in bytes; one that has to hold a longer batch of jobs gets more.
        package var segmentBytes = 64 << 20
        /// The size of the segment that each start makes: small, because a start waits for its zeros.
        package var firstSegmentBytes = 4 << 20
        /// How many bytes of the newest entries recovery returns.
        package var windowBytes = 16 << 20
        /// Bytes of groups for one place in the ``LogMap``.
        package var placementInterval = 64 << 10
        /// Bytes that are gathered for one write.
        package var writeBytes = 1 << 20
        /// The group whose entries the log holds.
        package var group = GroupID.first

        /// Creates the defaults.
        package init() {}
    }

    let fileSystem: any FileSystem
    let identity: Identity
    let salt: UInt64
    let options: Options
    var segment: Segment
    /// What the log amounts to after the last group.
    var state: LogState
    /// The end of what is durable.
    var lastSync: LogMark
    /// Whether ``lastSync`` stands in the files.
    var isMarked = true
    var hasSpare = false
    /// Why the log is fenced, if it is.
    package private(set) var failure: FileError?
    private var terms: TermIndex
    private var rule: PlacementRule
    private var lastJob: UInt64?
    private var scratch = ByteWriter()
    /// Where in the segment the scratch buffer goes.
    private var scratchStart: Int
    private var isClosed = false

    init(
        fileSystem: any FileSystem, identity: Identity, salt: UInt64, options: Options,
        segment: Segment, replay: LogReplay
    ) {
        self.fileSystem = fileSystem
        self.identity = identity
        self.salt = salt
        self.options = options
        self.segment = segment
        state = replay.state
        terms = replay.terms
        rule = replay.rule
        lastSync = segment.end
        scratchStart = segment.end.position.offset
    }

    /// Makes jobs durable, all of them with one sync, in their order.
    /// - Parameter jobs: At least one. They continue the log: entries without gaps, terms that do not
    ///   fall, one vote a term, nothing truncated that is known to be committed, rising sequences.
    ///   Anything else is a bug of the caller that would lose data, and traps.
    /// - Throws: What failed; the log is then fenced, and how many of the jobs are durable is unknown.
    /// - Complexity: O(bytes) and one or few writes; no allocation per record.
    package mutating func perform(_ jobs: [LogJob]) throws(FileError) -> LogJobsDone {
        precondition(!jobs.isEmpty, "no job to perform")
        if let failure { throw failure }
        var placements: [LogPlacement] = []
        var bytes = 0
        for job in jobs { bytes += GroupHeader.groupLength(payload: job.payloadLength) }
        do throws(FileError) {
            try makeRoom(for: bytes)
            for job in jobs {
                if let placement = append(job) { placements.append(placement) }
                if scratch.bytes.count >= options.writeBytes { try flush() }
            }
            try flush()
            try fileSystem.sync(segment.file)
        } catch {
            failure = error
            throw error
        }
        lastSync = segment.end
        isMarked = false
        return LogJobsDone(through: jobs[jobs.count - 1].sequence, placements: placements)
    }

    /// Notes in the files how far they are durable, if the last sync is not noted yet.
    ///
    /// For a log that has fallen idle (50 ms), and before it is closed: without it, damage to what the
    /// last sync wrote could pass for a torn write.
    /// - Throws: What failed; the log is then fenced.
    package mutating func mark() throws(FileError) {
        if let failure { throw failure }
        guard !isMarked else { return }
        do throws(FileError) {
            try makeRoom(for: GroupHeader.groupLength(payload: 0))
            // A new segment's header is a mark already.
            guard !isMarked else { return }
            appendGroup(truncateFrom: nil, entries: [])
            try flush()
            try fileSystem.sync(segment.file)
        } catch {
            failure = error
            throw error
        }
        lastSync = segment.end
        isMarked = true
    }

    /// Closes the log's file; nothing may follow, and nothing is made durable.
    package mutating func close() {
        guard !isClosed else { return }
        isClosed = true
        fileSystem.close(segment.file)
    }

    private mutating func makeRoom(for bytes: Int) throws(FileError) {
        if segment.end.position.offset + bytes > segment.capacity { try roll(toHold: bytes) }
        scratchStart = segment.end.position.offset
    }

    /// Appends a job's group to the scratch buffer.
    private mutating func append(_ job: LogJob) -> LogPlacement? {
        check(job)
        let position = segment.end.position
        if let from = job.truncateFrom { terms.truncate(from: from) }
        for entry in job.entries { terms.append(entry.term) }
        lastJob = job.sequence
        state.hardState = job.hardState
        state.lastIndex = terms.lastIndex
        state.lastTerm = terms.lastTerm
        state.commit = max(state.commit, min(job.commit, terms.lastIndex))
        appendGroup(truncateFrom: job.truncateFrom, entries: job.entries)
        return rule.place(
            first: job.entries.first?.index, truncateFrom: job.truncateFrom, at: position,
            length: segment.end.position.offset - position.offset)
    }

    private mutating func appendGroup(truncateFrom: LogIndex?, entries: [LogEntry]) {
        var length = 0
        var checksum = segment.life.seed
        for entry in entries {
            length += entry.bytes.count
            checksum = CRC32C.checksum(
                entry.bytes, in: 0..<entry.bytes.count, continuing: checksum)
        }
        state.sequence += 1
        var header = GroupHeader(
            state: state, truncateFrom: truncateFrom, mark: lastSync,
            previousChecksum: segment.end.checksum, payloadLength: length,
            recordCount: entries.count, payloadChecksum: checksum)
        let offset = segment.end.position.offset
        header.write(to: &scratch, offset: offset, life: segment.life)
        for entry in entries { scratch.write(raw: entry.bytes) }
        let padded = GroupHeader.groupLength(payload: length)
        GroupHeader.pad(&scratch, payload: length)
        segment.end = LogMark(
            LogPosition(segment: segment.life.number, offset: offset + padded),
            checksum: header.checksum)
    }

    private mutating func flush() throws(FileError) {
        guard !scratch.bytes.isEmpty else { return }
        try fileSystem.write(segment.file, at: scratchStart, scratch.bytes)
        scratchStart += scratch.bytes.count
        precondition(
            scratchStart == segment.end.position.offset && scratchStart <= segment.capacity,
            "wrote up to \(scratchStart) of \(segment.capacity), expected \(segment.end)")
        // One huge job must not keep its memory for ever.
        if scratch.bytes.capacity > 4 * options.writeBytes { scratch = ByteWriter() }
        scratch.bytes.removeAll(keepingCapacity: true)
    }

    /// Traps on a job that does not continue the log: writing it would lose or forge entries.
    private func check(_ job: LogJob) {
        if let lastJob {
            precondition(
                job.sequence > lastJob, "job \(job.sequence) comes after job \(lastJob)")
        }
        precondition(
            job.hardState.follows(state.hardState),
            "hard state \(job.hardState) after \(state.hardState)")
        if let from = job.truncateFrom {
            precondition(
                from > state.commit && from <= terms.lastIndex.next,
                "truncating from \(from); committed \(state.commit), last \(terms.lastIndex)")
        }
        var index = job.truncateFrom?.previous ?? terms.lastIndex
        var term = terms.term(at: index) ?? .zero
        for entry in job.entries {
            precondition(
                entry.index == index.next && entry.term >= term
                    && entry.term <= job.hardState.term,
                "entry \(entry.index) of term \(entry.term) after entry \(index) of term \(term), "
                    + "in term \(job.hardState.term)")
            index = entry.index
            term = entry.term
        }
    }
}

extension LogJob {
    /// Bytes of the job's records.
    fileprivate var payloadLength: Int { entries.reduce(0) { $0 + $1.bytes.count } }
}
