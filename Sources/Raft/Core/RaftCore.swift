// SPDX-License-Identifier: Apache-2.0

/// The Raft consensus algorithm as a value: events and time in, effects out.
///
/// Ongaro, *Consensus: Bridging Theory and Practice* (2014): leader election (§3.4), replication (§3.5),
/// the safety rules of §3.6, PreVote (§9.6), CheckQuorum (§6.2), reads by index (§6.4) and the leader's
/// disk write in parallel with replication (§10.2.1). No I/O, no clock, no randomness of its own: the same
/// events give the same effects. It knows the terms and sizes of entries, never their contents.
///
/// Three rules are carried by types rather than by care. What promises durability is a ``Promise`` and
/// leaves through ``Durability`` alone. A configuration takes effect when appended and lives in a
/// ``ConfigurationHistory``. Whatever depends on being leader lives in ``Leadership``, which ends with it.
package struct RaftCore: Sendable {
    package let id: MemberID
    package let options: CoreOptions

    // What a restart brings back.
    package internal(set) var hardState: HardState
    package internal(set) var log: TermIndex
    package internal(set) var configurations: ConfigurationHistory

    // What it does not.
    package internal(set) var role = Role.follower
    package internal(set) var leader: MemberID?
    /// Invariant: never falls, never beyond the log's end.
    package internal(set) var commitIndex: LogIndex = .zero
    /// How far a leader has said that the log is committed, whether or not it is here yet.
    var leaderCommit: LogIndex = .zero
    /// How far this log is known to equal that of the term's leader, in memory.
    package internal(set) var matched: LogIndex = .zero
    package internal(set) var durability: Durability
    package internal(set) var sizes: EntrySizes

    /// Exists while the role is ``Role/preCandidate`` or ``Role/candidate``.
    var campaign: Campaign?
    /// Exists while the role is ``Role/leader``.
    package internal(set) var leadership: Leadership?

    var random: SplitMix64
    var electionDeadline: MonotonicTime
    /// When the leader was last heard; nil if there is none or its connection broke.
    var leaderContact: MonotonicTime?

    /// A member before its first event.
    /// - Parameters:
    ///   - hardState: As recovered.
    ///   - log: As recovered; all of it durable.
    ///   - commit: How far the log is known to be committed.
    ///   - window: The sizes in bytes of the newest entries, as many as are in memory.
    ///   - random: A stream of its own; only election timeouts are drawn from it.
    package init(
        id: MemberID, configuration: Configuration, options: CoreOptions, hardState: HardState,
        log: TermIndex, commit: LogIndex = .zero, window: [Int], random: SplitMix64,
        now: MonotonicTime
    ) {
        precondition(
            commit <= log.lastIndex, "commit \(commit) beyond the log's \(log.lastIndex)")
        precondition(
            log.lastTerm <= hardState.term,
            "the log ends in term \(log.lastTerm), beyond the current \(hardState.term)")
        self.id = id
        self.options = options
        self.hardState = hardState
        self.log = log
        self.random = random
        commitIndex = commit
        configurations = ConfigurationHistory(founding: configuration)
        durability = Durability(durableIndex: log.lastIndex)
        precondition(
            window.count <= log.lastIndex - .zero, "more entries in memory than in the log")
        sizes = EntrySizes(first: LogIndex(log.lastIndex.rawValue - UInt64(window.count)).next)
        for byteCount in window { sizes.append(byteCount) }
        electionDeadline = now
        restartElectionTimer(now)
    }

    /// The term this member is in.
    package var term: Term { hardState.term }

    /// Who takes part, and who of them votes.
    package var configuration: Configuration { configurations.current }

    /// The last entry of the log.
    package var logEnd: LogEnd { LogEnd(term: log.lastTerm, index: log.lastIndex) }

    /// Whether a leader may serve reads: an entry of its own term is committed (dissertation §6.4).
    package var hasCommittedInTerm: Bool { log.term(at: commitIndex) == term }

    /// When ``Event/deadlinePassed`` is due.
    package var deadline: MonotonicTime {
        leadership?.heartbeatDeadline ?? electionDeadline
    }

    /// Handles one event.
    /// - Parameters:
    ///   - now: Never less than at the last call.
    ///   - effects: What has to be done is appended here.
    package mutating func step(
        _ event: Event, at now: MonotonicTime, into effects: inout Effects
    ) {
        let before = RoleState(role: role, term: term, leader: leader)
        switch event {
        case .received(let message, let sender):
            receive(message, from: sender, at: now, into: &effects)
        case .receivedPromise(let promise, let sender):
            receive(promise, from: sender, at: now, into: &effects)
        case .receivedEntries(let header, let entries, let sender):
            receive(header, entries, from: sender, at: now, into: &effects)
        case .deadlinePassed:
            deadlinePassed(at: now, into: &effects)
        case .persisted(let token):
            persisted(through: token, at: now, into: &effects)
        case .append(let entries):
            appendOwn(entries, at: now, into: &effects)
        case .read(let id):
            read(.local(id), at: now, into: &effects)
        case .fetched(let member, let first, let last, let byteCount):
            fetched(first, last, byteCount: byteCount, for: member, at: now, into: &effects)
        case .evicted(let index):
            sizes.evict(through: index)
        case .announceCommit(let member):
            announceCommit(to: member, into: &effects)
        case .connected(let member):
            connected(member, at: now, into: &effects)
        case .disconnected(let member):
            disconnected(member, at: now)
        }
        let after = RoleState(role: role, term: term, leader: leader)
        if after != before { effects.add(.roleChanged(after)) }
        assert(invariantViolation == nil, invariantViolation ?? "")
    }
}

extension RaftCore {
    private mutating func receive(
        _ message: Message, from sender: MemberID, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        switch message {
        case .preVoteRequest(let request):
            receive(request, from: sender, at: now, into: &effects)
        case .preVoteReply(let reply):
            receive(reply, from: sender, at: now, into: &effects)
        case .voteRefused(let refusal):
            observe(refusal.term, at: now, into: &effects)
        case .appendRejected(let rejection):
            guard isCurrent(rejection.term, at: now, into: &effects) else { return }
            receive(rejection, from: sender, at: now, into: &effects)
        case .heartbeat(let heartbeat):
            receive(heartbeat, from: sender, at: now, into: &effects)
        case .heartbeatReply(let reply):
            guard isCurrent(reply.term, at: now, into: &effects) else { return }
            receive(reply, from: sender, at: now, into: &effects)
        case .commitNotice(let notice):
            guard notice.term == term, leader == sender else { return }
            follow(commit: notice.commit, into: &effects)
        case .readIndexRequest(let request):
            guard request.term == term, role == .leader else { return }
            read(.peer(sender, request.id), at: now, into: &effects)
        case .readIndexReply(let reply):
            guard reply.term == term, leader == sender else { return }
            effects.add(.readable(reply.id, at: reply.index))
        }
    }

    private mutating func receive(
        _ promise: Promise, from sender: MemberID, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        switch promise {
        case .voteRequest(let request):
            receive(request, from: sender, at: now, into: &effects)
        case .voteGranted(let grant):
            guard isCurrent(grant.term, at: now, into: &effects) else { return }
            countVote(of: sender, as: .candidate, at: now, into: &effects)
        case .appendAccepted(let acceptance):
            guard isCurrent(acceptance.term, at: now, into: &effects) else { return }
            receive(acceptance, from: sender, at: now, into: &effects)
        }
    }

    private mutating func deadlinePassed(at now: MonotonicTime, into effects: inout Effects) {
        guard now >= deadline else { return }
        switch role {
        case .leader: leaderDeadlinePassed(at: now, into: &effects)
        case .follower, .preCandidate, .candidate: startPreVote(at: now, into: &effects)
        }
    }

    private mutating func persisted(
        through token: UInt64, at now: MonotonicTime, into effects: inout Effects
    ) {
        for held in durability.completed(through: token) {
            switch held {
            case .message(let message, let receiver):
                if message.term == term { effects.add(.send(message, to: receiver)) }
            case .promise(let promise, let receiver):
                // A promise of an earlier term is of no use to anybody any more.
                if promise.term == term { effects.add(.release(promise, to: receiver)) }
            }
        }
        switch role {
        case .follower, .preCandidate: break
        case .candidate:
            if durability.isTermDurable {
                countVote(of: id, as: .candidate, at: now, into: &effects)
            }
        case .leader: advanceCommit(at: now, into: &effects)
        }
    }
}

extension RaftCore {
    /// Sends a message of the current term; not before the term is durable.
    mutating func say(_ message: Message, to receiver: MemberID, into effects: inout Effects) {
        if durability.isTermDurable {
            effects.add(.send(message, to: receiver))
        } else {
            durability.holdForTerm(.message(message, receiver))
        }
    }

    /// Sends a promise once everything it rests on is durable.
    /// - Parameter index: The promise speaks for the log up to here, besides term and vote.
    mutating func promise(
        _ promise: Promise, coveringLogTo index: LogIndex, to receiver: MemberID,
        into effects: inout Effects
    ) {
        if durability.isHardStateDurable, index <= durability.durableIndex {
            effects.add(.release(promise, to: receiver))
        } else {
            durability.hold(.promise(promise, receiver))
        }
    }

    /// Asks for term, vote and new entries to be made durable.
    mutating func persist(
        truncateFrom: LogIndex? = nil, appended: Range<LogIndex>? = nil,
        bringing change: Durability.HardStateChange = .nothing, into effects: inout Effects
    ) {
        let token = durability.request(last: log.lastIndex, bringing: change)
        effects.add(
            .persist(
                PersistRequest(
                    token: token, hardState: hardState, truncateFrom: truncateFrom,
                    appended: appended ?? log.lastIndex.next..<log.lastIndex.next)))
    }

    /// Takes note of a term from any message; a higher one ends whatever this member was doing.
    mutating func observe(
        _ newTerm: Term, leader newLeader: MemberID? = nil, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        guard newTerm > term else { return }
        hardState = HardState(term: newTerm, vote: nil)
        matched = .zero
        becomeFollower(of: newLeader, at: now, into: &effects)
        persist(bringing: .term, into: &effects)
    }

    /// Whether a reply belongs to the current term; a higher term is taken note of.
    mutating func isCurrent(
        _ replyTerm: Term, at now: MonotonicTime, into effects: inout Effects
    ) -> Bool {
        observe(replyTerm, at: now, into: &effects)
        return replyTerm == term && role != .follower
    }

    /// Leaves every other role.
    mutating func becomeFollower(
        of newLeader: MemberID?, at now: MonotonicTime, into effects: inout Effects
    ) {
        if leadership != nil { effects.add(.readsLost) }
        leadership = nil
        campaign = nil
        role = .follower
        leader = newLeader
        leaderContact = newLeader == nil ? nil : now
        restartElectionTimer(now)
    }

    /// Draws a new election timeout (dissertation §3.4: randomised so that votes seldom split).
    mutating func restartElectionTimer(_ now: MonotonicTime) {
        electionDeadline =
            now
            + draw(options.electionTimeoutMinimum, options.electionTimeoutMaximum)
    }

    mutating func draw(_ shortest: Interval, _ longest: Interval) -> Interval {
        let width = longest.nanoseconds - shortest.nanoseconds
        return Interval(nanoseconds: shortest.nanoseconds + random.next(below: width + 1))
    }

    /// Moves the commit index; never back.
    mutating func commit(through index: LogIndex, into effects: inout Effects) {
        guard index > commitIndex else { return }
        precondition(index <= log.lastIndex, "commit \(index) beyond the log's \(log.lastIndex)")
        commitIndex = index
        effects.add(.commit(index))
    }
}
