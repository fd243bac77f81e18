// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// Watches what becomes of commands of sessions, with a memory of its own: everything, for ever.
struct SessionJudge {
    private struct Place: Hashable {
        let session: SessionID
        let sequence: UInt64
    }

    private struct Session {
        /// In milliseconds.
        let lifetime: Int64
        var lastUse: ClusterTime
        var end: LogIndex?
    }

    /// A command of a session where it is committed.
    struct Record {
        let stamp: SessionStamp
        /// Whose it is; nil if it was proposed by hand.
        let client: Int?
        let outcome: RecordOutcome
        /// The checksum of the output.
        let digest: UInt32
    }

    private let limit: Int
    private let grace: Int64
    /// Looked up only.
    private var executions: [Place: (index: LogIndex, digest: UInt32)] = [:]
    private var denied: [Place: LogIndex] = [:]
    private var sessions: [SessionID: Session] = [:]
    /// By client: how often its command was carried out.
    private var counts: [Int: Int] = [:]
    private var graceEnd = ClusterTime.zero
    private var now = ClusterTime.zero
    private var index = LogIndex.zero
    private let docket: Docket

    init(limit: Int, grace: Int64, docket: Docket) {
        self.docket = docket
        self.limit = limit
        self.grace = grace
    }

    private mutating func fail(_ property: String, _ found: String, _ expected: String) {
        docket.note(property, found: found, expected: expected)
    }

    /// An entry is committed.
    mutating func begin(_ entry: LogEntry) {
        now = entry.time
        index = entry.index
        if entry.kind == .termStart {
            graceEnd = ClusterTime(milliseconds: now.milliseconds + grace)
        }
    }

    /// How often a client's command was carried out.
    func count(_ client: Int) -> Int { counts[client] ?? 0 }

    /// A command of a session is committed.
    /// - Parameter expected: The checksum of what a client's command gives for the so-manieth time.
    mutating func committed(_ record: Record, expected: (_ client: Int, _ times: Int) -> UInt32) {
        let place = Place(session: record.stamp.session, sequence: record.stamp.sequence)
        let name = "command \(place.sequence) of session \(place.session) at \(index)"
        switch record.outcome {
        case .executed:
            executed(place, name, record, expected)
            use(place.session, name)
        case .repeated(let first):
            if let execution = executions[place], execution.index == first,
                execution.digest == record.digest
            {
                return use(place.session, name)
            }
            fail(
                "every reply to a repeat equals the first",
                "\(name): \(record.digest), first at \(first)",
                executions[place].map { "\($0.digest), first at \($0.index)" } ?? "none")
        case .refused(let error): refused(place, name, error)
        case .session(let id):
            fail("a command is answered as a command", "\(name): session \(id)", "an output")
        }
    }

    private mutating func executed(
        _ place: Place, _ name: String, _ record: Record, _ expected: (Int, Int) -> UInt32
    ) {
        if let first = executions[place] {
            fail(
                "each command of a session takes effect at most once", name,
                "only at \(first.index)")
        }
        if let refusal = denied[place] {
            fail(
                "a command refused as never carried out never is", name,
                "nothing: refused at \(refusal)")
        }
        executions[place] = (index, record.digest)
        guard let client = record.client else { return }
        let times = counts[client, default: 0] + 1
        counts[client] = times
        let answer = expected(client, times)
        if answer != record.digest {
            fail(
                "each command of a session takes effect at most once",
                "\(name) gives \(record.digest)", "\(answer), for the \(times). time")
        }
    }

    private mutating func refused(_ place: Place, _ name: String, _ error: ProposalError) {
        switch error {
        case .rejected(.sessionEnded):
            denied[place] = index
            if let first = executions[place] {
                fail(
                    "a command refused as never carried out never is", "\(name) refused",
                    "its reply, or the outcome unknown: carried out at \(first.index)")
            }
            end(place.session, name)
        case .sessionEnded: end(place.session, name)
        case .acknowledged, .executed, .rejected: use(place.session, name)
        case .outcomeUnknown: break
        }
    }

    /// An operation is committed.
    mutating func committed(_ operation: SessionOperation, _ outcome: RecordOutcome) {
        switch (operation, outcome) {
        case (.open(let lifetime), .session(let id)):
            if sessions[id] != nil {
                fail("a session has a number of its own", "\(id) again at \(index)", "a new one")
            }
            let milliseconds = Int64(lifetime.nanoseconds / 1_000_000)
            sessions[id] = Session(lifetime: milliseconds, lastUse: now)
        case (.keepAlive(let id), .session): use(id, "keep-alive at \(index)")
        case (.close(let id), .session):
            use(id, "close at \(index)")
            sessions[id]?.end = index
        case (.keepAlive(let id), _), (.close(let id), _): end(id, "operation at \(index)")
        case (.open, _): fail("a session can be opened", "\(outcome) at \(index)", "a number")
        }
    }

    private mutating func use(_ id: SessionID, _ name: String) {
        guard let session = sessions[id] else {
            return fail("only sessions that were opened are used", name, "refused")
        }
        if let end = session.end {
            fail("an ended session gets an explicit error", name, "refused: it ended at \(end)")
        }
        if isOver(session) {
            fail(
                "a session ends when it was not used for its lifetime",
                "\(name), \(now), last used at \(session.lastUse)",
                "refused after \(session.lifetime) ms")
        }
        sessions[id]?.lastUse = now
    }

    private mutating func end(_ id: SessionID, _ name: String) {
        guard let session = sessions[id], session.end == nil else { return }
        sessions[id]?.end = index
        if !isOver(session), sessions.count <= limit, !mayHaveEnded(session) {
            fail(
                "a session does not end without a reason",
                "\(name), \(now), last used at \(session.lastUse)",
                "alive for \(session.lifetime) ms")
        }
    }

    private func isOver(_ session: Session) -> Bool {
        now.milliseconds - session.lastUse.milliseconds >= session.lifetime && now >= graceEnd
    }

    /// Whether it may have been over before a new leader's grace.
    private func mayHaveEnded(_ session: Session) -> Bool {
        graceEnd.milliseconds - session.lastUse.milliseconds >= session.lifetime
    }
}
