// SPDX-License-Identifier: Apache-2.0

import Raft

/// An entry with contents, as a host of the core would keep it.
struct Entry: Equatable, Sendable {
    let term: Term
    /// Different for every entry ever proposed.
    let payload: UInt64
    let byteCount: Int
    /// Sums up this entry and all before it: equal sums, equal logs.
    let chain: UInt64

    init(term: Term, payload: UInt64, byteCount: Int, after previous: Entry?) {
        self.term = term
        self.payload = payload
        self.byteCount = byteCount
        var mixer = SplitMix64(seed: (previous?.chain ?? 0) ^ payload &* 31 ^ term.rawValue)
        chain = mixer.next()
    }

    var stub: EntryStub { EntryStub(term: term, byteCount: byteCount) }
}

/// A disk that writes requests in order, when it is told to, and loses in a crash what it has not written.
struct SimulatedDisk: Sendable {
    struct Write: Sendable {
        let request: PersistRequest
        let entries: [Entry]
    }

    /// What a restart would find.
    private(set) var hardState: HardState
    private(set) var log: [Entry]
    /// Asked for, not written yet.
    private(set) var pending: [Write] = []
    /// The last request written.
    private(set) var writtenToken: UInt64 = 0
    /// The last request whose completion the core was told.
    var reportedToken: UInt64 = 0

    init(hardState: HardState = HardState(), log: [Entry] = []) {
        self.hardState = hardState
        self.log = log
    }

    mutating func submit(_ request: PersistRequest, _ entries: [Entry]) {
        pending.append(Write(request: request, entries: entries))
    }

    /// Writes the oldest requests.
    mutating func write(_ count: Int) {
        for write in pending.prefix(count) {
            hardState = write.request.hardState
            if let index = write.request.truncateFrom {
                log.removeSubrange((Int(index.rawValue) - 1)...)
            }
            log += write.entries
            writtenToken = write.request.token
        }
        pending.removeFirst(min(count, pending.count))
    }

    /// Forgets what was not written; the next life counts its requests from one again.
    mutating func crash() {
        pending = []
        writtenToken = 0
        reportedToken = 0
    }

    /// Whether the disk holds another log's first entries, equal ones.
    func holds(_ other: [Entry], through index: LogIndex) -> Bool {
        let count = Int(index.rawValue)
        if count == 0 { return true }
        return count <= log.count && count <= other.count
            && log[count - 1].chain == other[count - 1].chain
    }
}
