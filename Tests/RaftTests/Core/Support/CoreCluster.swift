// SPDX-License-Identifier: Apache-2.0

import Raft

/// A message on its way.
struct Envelope: Sendable {
    enum Body: Sendable {
        case message(Message)
        case promise(Promise)
        case entries(AppendHeader, [Entry])
    }

    let from: MemberID
    let to: MemberID
    let body: Body
}

/// Some cores with everything around them under a test's control: messages, disks, time, crashes.
///
/// Nothing happens by itself. Every effect of every core passes the ``ClusterChecker``, in scripts and in
/// random runs alike, so that each scenario checks the properties of Raft besides what it spells out.
struct CoreCluster: Sendable {
    struct Fetch: Sendable {
        let from: LogIndex
        let receiver: MemberID
    }

    struct Member: Sendable {
        let id: MemberID
        /// Nil while crashed.
        var core: RaftCore?
        var disk: SimulatedDisk
        /// The log as the host has it in memory.
        var log: [Entry]
        var fetches: [Fetch] = []
        var lives: UInt64 = 0
    }

    let configuration: Configuration
    let options: CoreOptions
    var now = MonotonicTime.zero
    /// In the order of their ids, which count from one.
    var members: [Member]
    /// Sent and neither delivered nor dropped.
    var pool: [Envelope] = []
    /// Messages sent over these links are lost.
    var cuts: Set<Link> = []
    var checker = ClusterChecker()
    /// What happened, for people; nil if nobody wants to know.
    var trace: [String]?

    private var effects = Effects()
    private var payloads: UInt64 = 0
    private let random: SplitMix64

    struct Link: Hashable, Sendable {
        let from: MemberID
        let to: MemberID
    }

    /// Creates a cluster whose members have all been started.
    /// - Parameter disks: What each member finds on its disk; as many as there are members.
    init(
        voters: Int, learners: Int = 0, options: CoreOptions = CoreOptions(), seed: UInt64 = 1,
        disks: [SimulatedDisk]? = nil
    ) {
        let ids = (1...UInt64(voters + learners)).compactMap { MemberID($0) }
        configuration = Configuration(
            voters: Array(ids.prefix(voters)), learners: Array(ids.dropFirst(voters)))
        self.options = options
        random = SplitMix64(seed: seed)
        members = ids.enumerated().map { position, id in
            Member(id: id, disk: disks?[position] ?? SimulatedDisk(), log: [])
        }
        for member in members { checker.recovered(member) }
        for id in ids { restart(id) }
    }

    subscript(id: MemberID) -> Member {
        get { members[Int(id.rawValue) - 1] }
        set { members[Int(id.rawValue) - 1] = newValue }
    }

    /// Those that lead, or believe so.
    var leaders: [MemberID] { members.filter { $0.core?.role == .leader }.map(\.id) }
}

extension CoreCluster {
    /// Starts a member from what its disk holds.
    /// - Parameter inMemory: How many of its newest entries the host keeps in memory; all if nil.
    mutating func restart(_ id: MemberID, inMemory: Int? = nil) {
        self[id].lives += 1
        let member = self[id]
        self[id].log = member.disk.log
        self[id].fetches = []
        var index = TermIndex()
        for entry in member.disk.log { index.append(entry.term) }
        self[id].core = RaftCore(
            id: id, configuration: configuration, options: options,
            hardState: member.disk.hardState, log: index,
            window: member.disk.log.suffix(inMemory ?? member.disk.log.count).map(\.byteCount),
            random: random.split("member", UInt64(id.rawValue) << 32 | member.lives), now: now)
    }

    /// Stops a member; what it has not written is lost.
    mutating func crash(_ id: MemberID) {
        self[id].core = nil
        self[id].disk.crash()
        checker.crashed(id)
    }

    /// Gives one event to a member that is alive.
    /// - Parameter entries: What comes with the event; the first of them has index `first`.
    mutating func step(
        _ id: MemberID, _ event: Event, entries: [Entry] = [], first: LogIndex = .zero
    ) {
        guard var core = self[id].core else { return }
        // The only reference, or every step would copy the core's arrays.
        self[id].core = nil
        let before = core.commitIndex
        core.step(event, at: now, into: &effects)
        self[id].core = core
        var carried = entries
        for effect in effects.drain() {
            carry(out: effect, of: id, entries: &carried, first: first)
        }
        // Taken out meanwhile: it looks at the whole cluster while it changes.
        var watching = ClusterChecker()
        swap(&watching, &checker)
        watching.check(self, stepped: id, commitBefore: before)
        swap(&watching, &checker)
    }

    private mutating func carry(
        out effect: Effect, of id: MemberID, entries: inout [Entry], first: LogIndex
    ) {
        if trace != nil {
            let line = describe(effect, of: id)
            trace?.append(line)
        }
        checker.check(effect, of: self[id])
        switch effect {
        case .send(let message, let receiver): post(id, receiver, .message(message))
        case .release(let promise, let receiver): post(id, receiver, .promise(promise))
        case .sendEntries(let header, let through, let receiver):
            let previous = Int(header.previous.index.rawValue)
            // Entries below the window are those of the fetch that this effect answers.
            let isInMemory =
                through == header.previous.index
                || (self[id].core.map { header.previous.index.next >= $0.sizes.first } ?? false)
            let sent =
                isInMemory
                ? Array(self[id].log[previous..<Int(through.rawValue)])
                : Array(entries.prefix(through - header.previous.index))
            if !isInMemory, first != header.previous.index.next {
                checker.fail("\(id) sends entries that are neither in memory nor fetched")
            }
            post(id, receiver, .entries(header, sent))
        case .fetch(let index, let receiver):
            self[id].fetches.append(Fetch(from: index, receiver: receiver))
        case .persist(let request):
            let appended = write(request, of: id, entries: entries, first: first)
            self[id].disk.submit(request, appended)
        case .startTerm(let term, let index):
            let last = self[id].log.last
            entries = [Entry(term: term, payload: nextPayload(), byteCount: 48, after: last)]
            if index != LogIndex(UInt64(self[id].log.count)).next {
                checker.fail("\(id) starts term \(term) at \(index)")
            }
        case .commit, .readable, .readRefused, .readsLost, .roleChanged: break
        }
    }

    /// Does to the log in memory what a request does to the one on disk.
    private mutating func write(
        _ request: PersistRequest, of id: MemberID, entries: [Entry], first: LogIndex
    ) -> [Entry] {
        if let index = request.truncateFrom {
            self[id].log.removeSubrange((Int(index.rawValue) - 1)...)
        }
        guard !request.appended.isEmpty else { return [] }
        // The entry that starts a term is the only one that no event brought.
        let start = first == .zero ? request.appended.lowerBound : first
        let offset = request.appended.lowerBound - start
        let count = request.appended.upperBound - request.appended.lowerBound
        let appended = Array(entries[offset..<offset + count])
        self[id].log += appended
        return appended
    }

    private mutating func post(_ sender: MemberID, _ receiver: MemberID, _ body: Envelope.Body) {
        guard !cuts.contains(Link(from: sender, to: receiver)) else { return }
        pool.append(Envelope(from: sender, to: receiver, body: body))
    }

    mutating func nextPayload() -> UInt64 {
        payloads += 1
        return payloads
    }
}

extension CoreCluster {
    /// Delivers a message taken from the pool.
    mutating func deliver(_ envelope: Envelope) {
        let receiver = envelope.to
        switch envelope.body {
        case .message(let message):
            step(receiver, .received(message, from: envelope.from))
        case .promise(let promise):
            step(receiver, .receivedPromise(promise, from: envelope.from))
        case .entries(let header, let entries):
            step(
                receiver, .receivedEntries(header, entries.map(\.stub), from: envelope.from),
                entries: entries, first: header.previous.index.next)
        }
    }

    /// Writes a member's oldest requests and tells its core.
    mutating func completeWrites(of id: MemberID, _ count: Int = .max) {
        self[id].disk.write(count)
        reportWrites(of: id)
    }

    /// Tells a core what its disk has written so far.
    mutating func reportWrites(of id: MemberID) {
        let token = self[id].disk.writtenToken
        guard self[id].core != nil, token > self[id].disk.reportedToken else { return }
        self[id].disk.reportedToken = token
        step(id, .persisted(through: token))
    }

    /// Lets a leader append entries of its own.
    mutating func append(_ sizes: [Int], at id: MemberID) {
        guard let core = self[id].core, core.role == .leader else { return }
        var entries: [Entry] = []
        for byteCount in sizes {
            entries.append(
                Entry(
                    term: core.term, payload: nextPayload(), byteCount: byteCount,
                    after: entries.last ?? self[id].log.last))
        }
        let first = LogIndex(UInt64(self[id].log.count)).next
        step(id, .append(entries.map(\.stub)), entries: entries, first: first)
    }

    /// Asks for a read at a member: the leader's own, or a follower's question to the leader it knows.
    mutating func read(_ number: UInt64, at id: MemberID) {
        guard let core = self[id].core else { return }
        checker.readArrived(number)
        if core.role == .leader {
            step(id, .read(number))
        } else if let leader = core.leader {
            trace?.append("  \(id)->\(leader) asks for read \(number) in t\(core.term)")
            post(id, leader, .message(readIndexRequest(term: core.term, id: number)))
        }
    }

    /// Answers a member's oldest fetch with at most so many entries.
    mutating func completeFetch(of id: MemberID, atMost count: Int = .max) {
        guard !self[id].fetches.isEmpty else { return }
        let fetch = self[id].fetches.removeFirst()
        guard self[id].core != nil else { return }
        let start = min(Int(fetch.from.rawValue) - 1, self[id].log.count)
        let entries = Array(self[id].log[start...].prefix(count))
        step(
            id,
            .fetched(
                fetch.receiver, from: fetch.from, through: fetch.from.previous + entries.count,
                byteCount: entries.reduce(0) { $0 + $1.byteCount }),
            entries: entries, first: fetch.from)
    }
}
