// SPDX-License-Identifier: Apache-2.0

/// Which forwarded commands a leader has taken, by the member that sent them.
///
/// Lives as long as one term's leadership: within it every message of a stream is taken at most once,
/// in order and without a gap.
struct Admissions: Sendable {
    /// What one member has sent.
    struct Entry: Sendable {
        let member: MemberID
        var stream: StreamID
        var position: UInt64
        /// Where its last commands stand, until it has been told that they are committed.
        var awaited: LogIndex?
    }

    /// In order of member ids.
    private(set) var entries: [Entry] = []

    /// Whether a message is the next of its stream; if so, it counts as taken.
    mutating func admit(_ forward: Forward, from member: MemberID) -> Bool {
        guard forward.stream.member == member else { return false }
        let index = position(of: member)
        if entries[index].stream < forward.stream {
            // The member has been restarted; nothing more comes from its former life.
            entries[index].stream = forward.stream
            entries[index].position = 0
        }
        guard entries[index].stream == forward.stream,
            entries[index].position + 1 == forward.position
        else { return false }
        entries[index].position = forward.position
        return true
    }

    /// Notes where the commands just admitted from a member stand.
    mutating func placed(_ member: MemberID, at index: LogIndex) {
        entries[position(of: member)].awaited = index
    }

    /// Takes the members whose commands are committed by now and who do not know it yet.
    mutating func committed(through index: LogIndex) -> [MemberID] {
        var members: [MemberID] = []
        for position in entries.indices {
            guard let awaited = entries[position].awaited, awaited <= index else { continue }
            entries[position].awaited = nil
            members.append(entries[position].member)
        }
        return members
    }

    private mutating func position(of member: MemberID) -> Int {
        if let index = entries.firstIndex(where: { $0.member == member }) { return index }
        entries.append(
            Entry(member: member, stream: StreamID(rawValue: 0), position: 0, awaited: nil))
        entries.sort { $0.member < $1.member }
        return entries.firstIndex { $0.member == member } ?? 0
    }
}
