// SPDX-License-Identifier: Apache-2.0

/// The members of an event loop in the order of their calls; may change while it is walked.
struct MemberTable {
    private struct Entry {
        let phase: Int
        // Nil: removed; the entry stays until the walk is over.
        var member: (any LoopMember)?
    }

    private var entries: [Entry] = []
    private var isWalking = false
    private var needsSweep = false
    private var added: [Entry] = []

    mutating func add(_ member: any LoopMember, phase: EventLoop.Phase) {
        let known =
            entries.contains { $0.member === member } || added.contains { $0.member === member }
        precondition(!known, "\(type(of: member)) is a member of the loop already")
        let entry = Entry(phase: phase.rawValue, member: member)
        if isWalking {
            added.append(entry)
        } else {
            insert(entry)
        }
    }

    mutating func remove(_ member: any LoopMember) {
        added.removeAll { $0.member === member }
        guard let index = entries.firstIndex(where: { $0.member === member }) else { return }
        if isWalking {
            entries[index].member = nil
            needsSweep = true
        } else {
            entries.remove(at: index)
        }
    }

    /// Starts a walk; members added from now on come in with the next.
    mutating func beginWalk() -> Int {
        isWalking = true
        return entries.count
    }

    subscript(index: Int) -> (any LoopMember)? { entries[index].member }

    /// True if members were added, who wait for their first turn.
    mutating func endWalk() -> Bool {
        isWalking = false
        if needsSweep {
            entries.removeAll { $0.member == nil }
            needsSweep = false
        }
        guard !added.isEmpty else { return false }
        for entry in added { insert(entry) }
        added = []
        return true
    }

    mutating func removeAll() {
        entries = []
        added = []
    }

    private mutating func insert(_ entry: Entry) {
        let index = entries.firstIndex { $0.phase > entry.phase } ?? entries.count
        entries.insert(entry, at: index)
    }
}
