// SPDX-License-Identifier: Apache-2.0

/// How far the members' own streams of commands have come in the log: every member's session with it.
///
/// A stream's commands stand in the log in order (see ``Outbox`` and ``Admissions``), so one number a
/// member tells a repeat from a first use, and the member, which applies the first use itself, needs no
/// reply to be kept for it. A stream ends when a later life of its member has a command in the
/// log, or the member is removed; never by time.
struct GatewayStreams: Sendable {
    struct Entry: Sendable, Equatable {
        /// The latest life's.
        var stream: StreamID
        /// The last sequence in the log.
        var last: UInt64
    }

    /// In order of members, but for the stream that is ``current``.
    private var settled: [Entry] = []
    /// The stream of the last command: most follow one of the same stream.
    private var current = Entry(stream: StreamID(rawValue: 0), last: .max)
    /// Where ``current`` belongs in ``settled``; nil if that stream has ended.
    private var place: Int?

    /// Takes the next command of the log.
    /// - Returns: Whether it has an effect: it is neither a repeat nor of a stream that has ended.
    mutating func admit(_ stream: StreamID, _ sequence: UInt64) -> Bool {
        if stream != current.stream { turn(to: stream) }
        guard sequence > current.last else { return false }
        current.last = sequence
        return true
    }

    /// Ends the streams of a member, this life's and all later ones'.
    mutating func remove(_ member: MemberID) {
        turn(to: StreamID(member: member, boot: 1 << 47 - 1))
        current.last = .max
    }

    /// In order of members.
    var entries: [Entry] {
        var entries = settled
        if let place { entries[place] = current }
        return entries
    }

    /// Adds every member's stream to a hash, in order of members.
    func add(to hash: inout SessionDigest) {
        for index in settled.indices {
            let entry = index == place ? current : settled[index]
            hash.add(entry.stream.rawValue)
            hash.add(entry.last)
        }
    }

    private mutating func turn(to stream: StreamID) {
        if let place { settled[place] = current }
        place = nil
        current = Entry(stream: stream, last: .max)
        let index = settled.firstIndex { $0.stream.owner >= stream.owner } ?? settled.count
        if index == settled.count || settled[index].stream.owner != stream.owner {
            settled.insert(Entry(stream: stream, last: 0), at: index)
        }
        guard settled[index].stream <= stream else { return }
        if settled[index].stream < stream { settled[index] = Entry(stream: stream, last: 0) }
        current = settled[index]
        place = index
    }
}

extension StreamID {
    /// Whose stream it is, whatever the life.
    fileprivate var owner: UInt64 { rawValue >> 47 }
}

extension GatewayStreams {
    /// Reads what ``write(to:)`` wrote.
    init(from reader: inout ByteReader) throws(DecodingFailure) {
        let count = try reader.read(UInt32.self)
        for _ in 0..<count {
            let offset = reader.position
            let entry = Entry(
                stream: StreamID(rawValue: try reader.read()), last: try reader.read())
            if let last = settled.last, last.stream.owner >= entry.stream.owner {
                throw DecodingFailure("streams in order of members", at: offset)
            }
            settled.append(entry)
        }
    }

    /// Writes every member's stream.
    func write(to writer: inout ByteWriter) {
        let entries = entries
        writer.write(UInt32(entries.count))
        for entry in entries {
            writer.write(entry.stream.rawValue)
            writer.write(entry.last)
        }
    }
}
