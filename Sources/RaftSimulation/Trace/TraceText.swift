// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// Lines of a trace in columns, for the eye: when, who, what, and its details.
///
/// Every member has a place of its own in the second column, so that one can be followed down the page.
struct TraceText {
    let start: MonotonicTime
    let members: Int
    /// The fault of a number.
    let fault: (Int) -> Fault?

    /// What the columns are.
    static let header = "    seconds  who      what          details"

    /// A line.
    func line(_ line: Trace.Line) -> String {
        let (what, details) = words(line)
        let time = Self.seconds(line.time - start)
        let lane = Self.pad(lane(line.member), to: 7)
        return "\(time)  \(lane)  \(Self.pad(what, to: 12))  \(details)"
    }

    private func lane(_ member: UInt16) -> String {
        guard member > 0 else { return String(repeating: "-", count: members) }
        return (1...max(members, 1)).map { $0 == Int(member) ? "\($0)" : "." }.joined()
    }

    private func words(_ line: Trace.Line) -> (what: String, details: String) {
        let (a, b, c) = (line.a, line.b, line.c)
        switch line.kind {
        case .start: return ("starts", "life \(a)")
        case .loaded: return ("loaded", Self.identities[min(Int(a), 2)])
        case .recovered: return ("recovered", "log to \(a), term \(b), boot \(c)")
        case .stored: return ("stored", "")
        case .founded: return ("founded", "the cluster exists")
        case .frame: return (Self.message(b), "from \(a), \(c) bytes")
        case .connected: return ("connected", "to \(a), \(b == 0 ? "control" : "bulk")")
        case .disconnected: return ("disconnected", "from \(a)")
        case .refused: return ("refused", a == 0 ? "a stranger" : "by or to \(a)")
        case .turn: return ("turn", Self.turn(line))
        case .role:
            let leader = c == 0 ? "no leader" : "leader \(c)"
            return ("becomes", "\(Self.role(a)) in term \(b), \(leader)")
        case .logDone: return ("synced", "log jobs through \(a)")
        case .logRead: return ("read back", "")
        // Most states are not hashed if the machine has no hash at hand.
        case .applied: return ("applied", b == 0 ? "to \(a)" : "to \(a), state \(hexadecimal(b))")
        case .proposed: return ("proposes", "call \(a), \(b) commands")
        case .read: return ("reads", "call \(a)")
        case .acknowledged: return ("acknowledges", "call \(a), applied at \(b)")
        case .answered: return ("answers", "call \(a), as of \(b)")
        case .rejected: return ("rejected", "call \(a)")
        case .unknown: return ("unknown", "call \(a): nobody can say what became of it")
        case .unavailable: return ("unavailable", "call \(a)")
        case .down: return ("DOWN", Self.ends[min(Int(a), 2)])
        case .fault: return ("FAULT", fault(Int(a)).map { "\($0)" } ?? "number \(a)")
        case .ended: return ("ended", "")
        }
    }

    private static let identities = ["an empty disk", "a cluster not established", "its cluster"]
    private static let ends = ["killed", "power cut", "stops by itself"]

    private static func turn(_ line: Trace.Line) -> String {
        let role = pad(role(line.d & 0xFF), to: 9)
        let marks = [("log", line.a), ("commit", line.b), ("applied", line.c)]
            .map { "\($0) \(pad("\($1)", to: $0 == "applied" ? 0 : 6))" }.joined(separator: " ")
        return "\(role) term \(pad("\(line.d >> 8)", to: 4))  \(marks)"
    }

    private static func role(_ number: UInt64) -> String {
        guard let role = UInt8(exactly: number).flatMap(Role.init(rawValue:)) else { return "?" }
        return role == .preCandidate ? "pre-cand." : "\(role)"
    }

    private static func message(_ kind: UInt64) -> String {
        guard let kind = UInt8(exactly: kind).flatMap(WireMessage.Kind.init(rawValue:)) else {
            return "frame"
        }
        switch kind {
        case .preVoteRequest: return "pre-vote?"
        case .preVoteReply: return "pre-vote"
        case .voteRequest: return "vote?"
        case .voteGranted: return "vote yes"
        case .voteRefused: return "vote no"
        case .entries: return "append"
        case .appendAccepted: return "append ok"
        case .appendRejected: return "append no"
        case .heartbeat: return "heartbeat"
        case .heartbeatReply: return "heartbeat ok"
        case .commitNotice: return "commit"
        case .readIndexRequest: return "read index?"
        case .readIndexReply: return "read index"
        case .forward: return "forward"
        case .forwardAdmitted: return "forward ok"
        case .bootstrap: return "bootstrap"
        case .versionQuestion: return "versions?"
        case .versionAnswer: return "versions"
        }
    }

    /// A time in seconds, in a column of its own.
    static func seconds(_ time: Interval) -> String {
        let micros = time.nanoseconds / 1000
        let fraction = "\(1_000_000 + micros % 1_000_000)".dropFirst()
        let text = "\(micros / 1_000_000).\(fraction)"
        return String(repeating: " ", count: max(0, 11 - text.utf8.count)) + text
    }

    private static func pad(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }
}

extension World {
    /// How lines of the trace read.
    var traceText: TraceText {
        TraceText(start: start, members: ids.count) { [unowned self] number in
            schedule.indices.contains(number) ? schedule[number].fault : nil
        }
    }
}
