// SPDX-License-Identifier: Apache-2.0

/// What a member's log amounts to when it starts; all of it is durable.
package struct RecoveredLog: Sendable {
    /// Term and vote.
    package let hardState: HardState
    /// The terms of all entries.
    package let terms: TermIndex
    /// How far the log was known to be committed; perhaps it was committed further.
    package let commit: LogIndex
    /// Which of the member's lives begins: greater than that of every earlier one.
    package let boot: UInt64
    /// The cluster time of the last entry.
    package let time: ClusterTime
    /// How many bytes of entries are in the files, those among them that were truncated later too.
    package let byteCount: Int
    /// The newest entries, as many as fit the window; the last of them is the log's last.
    package let tail: [LogEntry]
    /// Where all entries are.
    package let map: LogMap

    /// The last entry; zero if there is none.
    package var lastIndex: LogIndex { terms.lastIndex }
    /// The term of the last entry; zero if there is none.
    package var lastTerm: Term { terms.lastTerm }
}

/// Carries out the groups of a log again, one after the other.
struct LogReplay {
    /// What the log amounts to so far.
    private(set) var state = LogState()
    private(set) var terms = TermIndex()
    private(set) var window: EntryWindow
    private(set) var map = LogMap()
    private(set) var rule: PlacementRule
    private(set) var byteCount = 0
    private let group: GroupID

    init(options: WriteAheadLog.Options) {
        window = EntryWindow(maximumBytes: options.windowBytes)
        rule = PlacementRule(interval: options.placementInterval)
        group = options.group
    }

    /// Carries out one group.
    /// - Throws: If its records do not decode or do not give what its header says: it was written
    ///   wrong, or this is not the place it was written for.
    mutating func apply(
        _ header: GroupHeader, records: ByteReader, at position: LogPosition
    ) throws(DecodingFailure) {
        if let from = header.truncateFrom {
            guard from > .zero, from <= terms.lastIndex.next else {
                throw DecodingFailure(
                    "a truncation at or before entry \(terms.lastIndex.next), not at \(from)",
                    at: records.position)
            }
            terms.truncate(from: from)
            window.truncate(from: from)
        }
        var reader = records
        for _ in 0..<header.recordCount { try append(&reader) }
        try reader.finish()
        guard
            header.state.sequence == state.sequence + 1,
            header.state.lastIndex == terms.lastIndex, header.state.lastTerm == terms.lastTerm,
            header.state.commit >= state.commit, header.state.commit <= terms.lastIndex,
            header.state.lastTerm <= header.state.hardState.term,
            header.state.hardState.follows(state.hardState)
        else {
            throw DecodingFailure(
                "what follows \(state) with last entry \(terms.lastIndex) of term "
                    + "\(terms.lastTerm), not \(header.state)", at: records.position)
        }
        state = header.state
        note(header, at: position)
    }

    /// Takes in that groups from `position` on have moved; ``note(_:at:)`` follows for each.
    mutating func forgetPlacements(from position: LogPosition) { map.remove(from: position) }

    /// Takes in where a group stands.
    mutating func note(_ header: GroupHeader, at position: LogPosition) {
        let count = header.recordCount
        let placement = rule.place(
            first: count == 0 ? nil : header.firstIndex, truncateFrom: header.truncateFrom,
            at: position, length: GroupHeader.groupLength(payload: header.payloadLength))
        if let placement { map.note(placement) }
    }

    private mutating func append(_ reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.position
        let entry = try LogEntry(from: &reader, group: group)
        guard entry.index == terms.lastIndex.next, entry.term >= terms.lastTerm else {
            throw DecodingFailure(
                "entry \(terms.lastIndex.next) of term \(terms.lastTerm) or later, not entry "
                    + "\(entry.index) of term \(entry.term)", at: offset)
        }
        terms.append(entry.term)
        window.append(entry)
        byteCount += entry.bytes.count
    }
}

extension GroupHeader {
    /// The index of the first record, if there are any.
    var firstIndex: LogIndex { LogIndex(state.lastIndex.rawValue - UInt64(recordCount) + 1) }
}

extension HardState {
    /// Whether a member may go from `earlier` to this: terms never fall, a vote is for a whole term.
    func follows(_ earlier: HardState) -> Bool {
        if term != earlier.term { return term > earlier.term }
        return earlier.vote == nil || vote == earlier.vote
    }
}

/// The newest entries of a log, up to a number of bytes.
struct EntryWindow {
    private let maximumBytes: Int
    private var storage: [LogEntry] = []
    private var start = 0
    private var bytes = 0

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// The entries, contiguous.
    var entries: [LogEntry] { Array(storage[start...]) }

    /// Appends an entry and drops the oldest that no longer fit.
    mutating func append(_ entry: LogEntry) {
        storage.append(entry)
        bytes += entry.bytes.count
        while bytes > maximumBytes {
            bytes -= storage[start].bytes.count
            start += 1
        }
        // Dropped entries are freed when they are as many as the kept ones: O(1) an entry in all.
        guard start > storage.count - start else { return }
        storage.removeFirst(start)
        start = 0
    }

    /// Removes entries from `index` on.
    mutating func truncate(from index: LogIndex) {
        while storage.count > start, let last = storage.last, last.index >= index {
            bytes -= last.bytes.count
            storage.removeLast()
        }
    }
}
