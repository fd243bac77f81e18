// SPDX-License-Identifier: Apache-2.0

/// An end of the log's data and proof of what stood before it.
///
/// As a mark in a group or a segment header it says: up to here a sync had completed when this was
/// written, so whatever is wrong before it is damage and not a torn write.
struct LogMark: Hashable, Sendable {
    /// Where a group ends, rounded up to the next block.
    let position: LogPosition
    /// That group's checksum; before the first group, the segment's seed.
    ///
    /// Each covers the one before it, so that it vouches for all of the segment up to here.
    let checksum: UInt32

    init(_ position: LogPosition, checksum: UInt32) {
        self.position = position
        self.checksum = checksum
    }

    /// No end: there is no log yet.
    static let none = LogMark(LogPosition(segment: 0, offset: 0), checksum: 0)
}

/// What the log amounts to after a group, all that a member must be able to prove of itself.
///
/// In a header: sequence, term, vote (0 for none), last index, last term, commit, 8 bytes each.
struct LogState: Hashable, Sendable {
    /// Counts groups, over all segments.
    var sequence: UInt64 = 0
    /// Term and vote.
    var hardState = HardState()
    /// The last entry; zero if there is none.
    var lastIndex = LogIndex.zero
    /// Its term.
    var lastTerm = Term.zero
    /// How far the log was known to be committed.
    var commit = LogIndex.zero
}

extension LogState {
    func write(to writer: inout ByteWriter) {
        writer.write(sequence)
        writer.write(hardState.term.rawValue)
        writer.write(UInt64(hardState.vote?.rawValue ?? 0))
        writer.write(lastIndex.rawValue)
        writer.write(lastTerm.rawValue)
        writer.write(commit.rawValue)
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        sequence = try reader.read()
        let term = Term(try reader.read())
        let voteOffset = reader.position
        let vote = try reader.read(UInt64.self)
        hardState = HardState(term: term, vote: MemberID(vote))
        guard vote == 0 || hardState.vote != nil else {
            throw DecodingFailure("a member id or 0, not \(vote)", at: voteOffset)
        }
        lastIndex = LogIndex(try reader.read())
        lastTerm = Term(try reader.read())
        commit = LogIndex(try reader.read())
    }
}
