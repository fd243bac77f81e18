// SPDX-License-Identifier: Apache-2.0

/// Who has had what carried out: the part of the replicated state that makes retries harmless
/// (dissertation §6.3).
///
/// Stands beside every state machine and is a function of the log alone. Two kinds of sessions, and
/// something for clients that have none:
///
/// - *Members' own streams* (``GatewayStreams``): what a member's clients send without a session of their
///   own takes effect at most once however often it is handed to leaders.
/// - *Clients' sessions*: every command has a ``SessionStamp``. The first time it is carried out and its
///   reply is kept until acknowledged; a repeat, by whatever member it comes, gets that reply and
///   has no effect. Commands of one session may arrive in any order within its window.
/// - *Tokens* (``TokenTable``): a command with a name of its own, recognised for a while.
///
/// A client's session ends when it is closed, was not used for its lifetime in cluster time, or is the least
/// recently used one when room is needed. Commands of a session that has ended are refused, never
/// carried out: such as certainly never were (``ProposalError/Rejection/sessionEnded``) are told apart
/// from such as may have been (``ProposalError/sessionEnded``).
package struct SessionTable: Sendable {
    /// A command that was carried out.
    struct Reply: Sendable {
        let sequence: UInt64
        let index: LogIndex
        /// Nil if it was too long to be kept.
        let bytes: [UInt8]?
    }

    struct Session: Sendable {
        let id: SessionID
        /// In milliseconds.
        let lifetime: Int64
        var lastUse: ClusterTime
        /// Commands through this one will not be asked for again.
        var acknowledgedThrough: UInt64 = 0
        /// The highest sequence that was ever carried out.
        var highest: UInt64 = 0
        /// In order of sequences, all after ``acknowledgedThrough``.
        var replies: [Reply] = []
    }

    /// What to do with a command.
    enum Decision {
        case execute
        case answer(Reply)
        case refuse(ProposalError)
    }

    let limits: SessionLimits
    /// The members' own.
    var streams = GatewayStreams()
    /// Commands that have names instead of a session.
    var tokens: TokenTable
    private(set) var nextSession: UInt64 = 1
    /// By slot; nil where there is none.
    private var slots: [Session?] = []
    private var freeSlots: [Int] = []
    /// Looked up only.
    private var slotOfSession: [SessionID: Int] = [:]
    private var order = UseOrder()
    /// Sessions that have ended, oldest end first.
    private(set) var ended = EndedSessions()
    /// No session ends for want of use before.
    private(set) var graceEnd = ClusterTime.zero
    private(set) var lastSweep = ClusterTime.zero
    /// The time of the last entry.
    private(set) var time = ClusterTime.zero
    /// How many bytes the sessions take.
    private(set) var byteCount = 0
    /// The sum of what ``SessionDigest`` makes of each session and each reply.
    private var digest: UInt64 = 0
    /// Where the command under way belongs.
    private var underWay: (slot: Int, sequence: UInt64, index: LogIndex)?

    /// Creates the table as it is before the first entry.
    package init(_ limits: SessionLimits = SessionLimits()) {
        self.limits = limits
        tokens = TokenTable(limits)
    }

    /// How many clients' sessions there are.
    package var count: Int { slotOfSession.count }

    /// A number that differs between tables that differ, nearly certainly.
    /// - Complexity: O(members)
    @inline(__always)
    package var hash: UInt64 {
        var hash = SessionDigest(digest, nextSession, UInt64(slotOfSession.count))
        hash.add(UInt64(bitPattern: graceEnd.milliseconds))
        hash.add(UInt64(bitPattern: lastSweep.milliseconds))
        hash.add(UInt64(bitPattern: time.milliseconds))
        hash.add(ended.digest)
        hash.add(tokens.digest)
        streams.add(to: &hash)
        return hash.value
    }

    /// The sessions, least recently used first.
    var sessions: [Session] {
        var sessions: [Session] = []
        var slot = order.first
        while let current = slot {
            if let session = slots[current] { sessions.append(session) }
            slot = order.slot(after: current)
        }
        return sessions
    }

    // MARK: Entries

    /// An entry begins: time has come so far.
    ///
    /// Whatever is over at an entry has ended with it. That is found out when the session is used, or room is
    /// needed, or by a sweep now and then.
    package mutating func begin(_ kind: LogEntry.Kind, at now: ClusterTime) {
        let before = time
        time = now
        tokens.expire(at: now, atMost: limits.tokenPurge)
        if kind == .termStart {
            // The grace is for those that were not over when the last leader was heard of.
            sweep(at: before)
            graceEnd = ClusterTime(milliseconds: now.milliseconds + limits.grace)
        }
        guard now.milliseconds - lastSweep.milliseconds >= limits.sweepInterval else { return }
        sweep(at: now)
    }

    /// Ends what has outlived itself.
    private mutating func sweep(at now: ClusterTime) {
        lastSweep = now
        var slot = order.first
        while let current = slot {
            slot = order.slot(after: current)
            if let session = slots[current], isOver(session, at: now) { end(current) }
        }
    }

    private func isOver(_ session: Session, at now: ClusterTime) -> Bool {
        now.milliseconds - session.lastUse.milliseconds >= session.lifetime && now >= graceEnd
    }

    // MARK: Operations

    /// Carries out an operation on a session.
    mutating func perform(
        _ operation: SessionOperation, at now: ClusterTime
    ) -> Result<SessionID, ProposalError> {
        switch operation {
        case .open(let lifetime): return .success(open(lifetime, at: now))
        case .keepAlive(let id):
            guard let slot = live(id, at: now) else { break }
            change(slot) { $0.lastUse = now }
            order.touch(slot)
            return .success(id)
        case .close(let id):
            guard let slot = live(id, at: now) else { break }
            end(slot)
            return .success(id)
        }
        return .failure(.rejected(.sessionEnded))
    }

    private mutating func open(_ lifetime: Interval, at now: ClusterTime) -> SessionID {
        if count >= limits.sessions { sweep(at: now) }
        while count >= limits.sessions, let slot = order.first { end(slot) }
        let asked = Int64(clamping: lifetime.nanoseconds / 1_000_000)
        let session = Session(
            id: SessionID(nextSession),
            lifetime: min(max(asked, limits.lifetimes.lowerBound), limits.lifetimes.upperBound),
            lastUse: now)
        nextSession += 1
        add(session)
        makeRoom()
        return session.id
    }

    // MARK: Commands

    /// Decides on a command; if it is to be executed, ``keep(_:)`` has to follow.
    mutating func use(
        _ stamp: SessionStamp, at index: LogIndex, _ now: ClusterTime
    ) -> Decision {
        guard let slot = live(stamp.session, at: now), var session = take(slot) else {
            return .refuse(refusal(of: stamp))
        }
        defer { put(session, slot) }
        session.lastUse = now
        order.touch(slot)
        guard stamp.sequence > session.acknowledgedThrough else { return .refuse(.acknowledged) }
        guard stamp.sequence > stamp.acknowledgedThrough,
            stamp.sequence - stamp.acknowledgedThrough <= limits.window
        else { return .refuse(.rejected(.outOfWindow)) }
        acknowledge(stamp.acknowledgedThrough, &session)
        if let reply = session.reply(to: stamp.sequence) { return .answer(reply) }
        session.highest = max(session.highest, stamp.sequence)
        underWay = (slot, stamp.sequence, index)
        return .execute
    }

    /// Keeps the reply of the command that was decided to be executed.
    mutating func keep(_ bytes: [UInt8]) {
        guard let (slot, sequence, index) = underWay, var session = take(slot) else {
            preconditionFailure("a reply of \(bytes.count) bytes to no command of a session")
        }
        underWay = nil
        let reply = Reply(
            sequence: sequence, index: index, bytes: bytes.count <= limits.replyBytes ? bytes : nil)
        let place = session.replies.lastIndex { $0.sequence < sequence }.map { $0 + 1 } ?? 0
        session.replies.insert(reply, at: place)
        count(reply, of: session.id)
        put(session, slot)
        makeRoom()
    }

    private mutating func acknowledge(_ sequence: UInt64, _ session: inout Session) {
        guard sequence > session.acknowledgedThrough else { return }
        session.acknowledgedThrough = sequence
        let place = session.replies.firstIndex { $0.sequence > sequence } ?? session.replies.count
        for reply in session.replies[..<place] { discount(reply, of: session.id) }
        session.replies.removeFirst(place)
    }

    /// Why a command is refused whose session is not there.
    private func refusal(of stamp: SessionStamp) -> ProposalError {
        // Whatever was not carried out when its session ended never is.
        if stamp.session.rawValue == 0 || stamp.session.rawValue >= nextSession {
            return .rejected(.sessionEnded)
        }
        if let highest = ended.highest(of: stamp.session), stamp.sequence > highest {
            return .rejected(.sessionEnded)
        }
        return .sessionEnded
    }

    // MARK: Sessions

    /// The slot of a session that has not ended; one that is over ends now.
    private mutating func live(_ id: SessionID, at now: ClusterTime) -> Int? {
        guard let slot = slotOfSession[id], let session = slots[slot] else { return nil }
        guard isOver(session, at: now) else { return slot }
        end(slot)
        return nil
    }

    /// Ends the least recently used sessions until the rest fits.
    private mutating func makeRoom() {
        while byteCount > limits.totalBytes, let slot = order.first, slot != order.last {
            end(slot)
        }
    }

    private mutating func end(_ slot: Int) {
        guard let session = take(slot) else { return }
        for reply in session.replies { discount(reply, of: session.id) }
        byteCount -= Session.overhead
        slotOfSession[session.id] = nil
        freeSlots.append(slot)
        order.remove(slot)
        ended.append(session.id, highest: session.highest, keeping: limits.endedSessions)
    }

    private mutating func add(_ session: Session) {
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count { slots.append(nil) }
        slotOfSession[session.id] = slot
        byteCount += Session.overhead
        for reply in session.replies { count(reply, of: session.id) }
        order.append(slot)
        put(session, slot)
    }

    private mutating func change(_ slot: Int, _ body: (inout Session) -> Void) {
        guard var session = take(slot) else { return }
        body(&session)
        put(session, slot)
    }

    /// Takes a session out of its slot, so that it can be changed in place.
    private mutating func take(_ slot: Int) -> Session? {
        guard let session = slots[slot] else { return nil }
        slots[slot] = nil
        digest &-= session.digest
        return session
    }

    private mutating func put(_ session: consuming Session, _ slot: Int) {
        digest &+= session.digest
        slots[slot] = session
    }

    // MARK: Restoring

    mutating func restore(
        nextSession: UInt64, graceEnd: ClusterTime, lastSweep: ClusterTime, time: ClusterTime
    ) {
        self.time = time
        self.nextSession = nextSession
        self.graceEnd = graceEnd
        self.lastSweep = lastSweep
    }

    mutating func restore(
        ended session: SessionID, highest: UInt64, _ offset: Int
    ) throws(DecodingFailure) {
        guard session.rawValue < nextSession, ended.highest(of: session) == nil else {
            throw DecodingFailure("sessions that have ended, each once", at: offset)
        }
        ended.append(session, highest: highest, keeping: limits.endedSessions)
    }

    mutating func restore(_ session: Session, _ offset: Int) throws(DecodingFailure) {
        guard session.id.rawValue < nextSession, slotOfSession[session.id] == nil,
            count < limits.sessions
        else { throw DecodingFailure("at most \(limits.sessions) sessions, each once", at: offset) }
        add(session)
    }

    private mutating func count(_ reply: Reply, of session: SessionID) {
        byteCount += reply.byteCount
        digest &+= reply.digest(of: session)
    }

    private mutating func discount(_ reply: Reply, of session: SessionID) {
        byteCount -= reply.byteCount
        digest &-= reply.digest(of: session)
    }
}

/// Holds the one table of a member, so that it can be lent without being moved.
final class SessionHolder {
    var table: SessionTable

    init(_ table: SessionTable) { self.table = table }

    /// See ``SessionTable/hash``. Here, and not in generic code, that would copy the table for it.
    @inline(never)
    func hash() -> UInt64 { table.hash }
}
