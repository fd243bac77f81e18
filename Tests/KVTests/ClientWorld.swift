// SPDX-License-Identifier: Apache-2.0

import RESP
import Raft

@testable import KVClient

/// A client's decisions against a model of a cluster that fails in every way it may: connections break
/// before and after commands are executed, commands are executed long after nobody waits for them, members
/// refuse, hesitate and keep silent, sessions end.
///
/// Every call increments a key of its own, so what was executed can be counted.
struct ClientWorld {
    private(set) var core: ClientCore
    private(set) var now: UInt64 = 1
    private var random: SplitMix64
    /// How often something goes wrong, of 16.
    var trouble: UInt64 = 4

    private var lastCall: UInt64 = 0
    private var open: Set<UInt64> = []
    private(set) var results: [UInt64: Result<Value, ClientError>] = [:]
    /// What was told of a call that nobody knows, or told twice.
    private(set) var complaints: [String] = []

    private var cluster = ModelCluster()
    /// Taken by a member, neither executed nor dropped yet, although its connection is gone.
    private var late: [[String]] = []
    private var links: [Link?]

    private struct Link {
        var isOpen = false
        var parser = RequestParser()
        var bytes: [UInt8] = []
        /// Keeps silent from now on.
        var isPaused = false
    }

    init(seed: UInt64, endpoints: Int = 3, options: KVClient.Options) {
        var random = SplitMix64(seed: seed)
        core = ClientCore(
            endpoints: (0..<endpoints).map { "m\($0):1" }, options: options,
            tokenPrefix: Array("t\(seed)".utf8), seed: random.next())
        links = Array(repeating: nil, count: options.connections)
        self.random = random
    }

    /// How often a call was executed.
    func executions(of call: UInt64) -> Int { cluster.counts["k\(call)"] ?? 0 }

    var executedCalls: Int { cluster.counts.count }

    private mutating func chance(_ of16: UInt64) -> Bool { random.next(below: 16) < of16 }

    /// Lets something happen.
    mutating func step(submitting maximumOpen: Int) {
        switch random.next(below: 12) {
        case 0..<2 where open.count < maximumOpen: submit()
        case 2 where trouble > 0 && chance(1): cancelOne()
        case 3: advance(by: 1 + random.next(below: 200))
        case 4 where trouble > 0 && chance(1): cluster.endSessions()
        case 5: executeLate()
        default: serve()
        }
        perform()
    }

    /// Goes on without trouble until nothing is left to do.
    mutating func settle() {
        trouble = 0
        var rounds = 0
        while !core.isIdle, rounds < 100_000 {
            rounds += 1
            serve()
            perform()
            if rounds % 4 == 0 { advance(by: 50) }
        }
        if !core.isIdle { complaints.append("calls are left that never end") }
        while !late.isEmpty { _ = cluster.execute(late.removeFirst()) }
    }

    private mutating func submit() {
        lastCall += 1
        open.insert(lastCall)
        let milliseconds = 200 + Int64(random.next(below: 20_000))
        let isRead = random.next(below: 4) == 0
        let words = isRead ? ["GET", "k\(lastCall)"] : ["INCR", "k\(lastCall)"]
        core.submit(
            lastCall, words.map { Array($0.utf8) }, timeout: .milliseconds(milliseconds), at: now)
    }

    private mutating func cancelOne() {
        guard let id = open.min() else { return }
        core.cancel(id, at: now)
    }

    private mutating func advance(by milliseconds: UInt64) {
        now += milliseconds * 1_000_000
        core.advance(to: now)
        if core.nextDeadline <= now { complaints.append("time that has come is to come again") }
    }

    private mutating func executeLate() {
        guard !late.isEmpty else { return }
        let words = late.remove(at: Int(random.next(below: UInt64(late.count))))
        if random.next(below: 2) == 0 { _ = cluster.execute(words) }
    }

    private mutating func perform() {
        for action in core.takeActions() {
            switch action {
            case .connect(let lane, _): links[lane] = Link()
            case .close(let lane): drop(lane)
            case .closed: break
            case .finish(let id, let result):
                if open.remove(id) == nil { complaints.append("call \(id) ended twice") }
                results[id] = result
            }
        }
    }

    /// Ends a connection; what the member has of it may be executed later, or not.
    private mutating func drop(_ lane: Int) {
        guard var link = links[lane] else { return }
        links[lane] = nil
        while let words = Self.next(in: &link) { late.append(words) }
    }

    /// Something happens on some connection.
    private mutating func serve() {
        let lane = Int(random.next(below: UInt64(links.count)))
        guard let link = links[lane] else { return }
        guard link.isOpen else { return establish(lane) }
        let count = core.outputCount(lane)
        if count > 0 {
            let part = trouble > 0 && chance(4) ? Int(random.next(below: UInt64(count))) : count
            links[lane]?.bytes += core.withOutput(of: lane) { bytes in
                (0..<part).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
            }
            core.consumeOutput(part, of: lane)
        }
        if trouble > 0, chance(1), chance(4) {
            drop(lane)
            return core.lost(lane, .lost(reason: "reset"), at: now)
        }
        guard var link = links[lane], !link.isPaused, let words = Self.next(in: &link) else {
            return
        }
        links[lane] = link
        answer(words, on: lane)
    }

    private mutating func establish(_ lane: Int) {
        if trouble > 0, chance(trouble) {
            links[lane] = nil
            return core.lost(lane, .refused(reason: "refused"), at: now)
        }
        links[lane]?.isOpen = true
        core.connected(lane, at: now)
    }

    private mutating func answer(_ words: [String], on lane: Int) {
        guard chance(trouble) else { return reply(cluster.execute(words), on: lane) }
        switch random.next(below: 8) {
        case 0:
            late.append(words)
            reply("-INDOUBT no outcome in time\r\n", on: lane)
        case 1:
            _ = cluster.execute(words)
            reply("-INDOUBT no outcome in time\r\n", on: lane)
        case 2: reply("-CLUSTERDOWN no leader; not executed\r\n", on: lane)
        case 3: reply("-BUSY too much; not executed\r\n", on: lane)
        case 4:
            _ = cluster.execute(words)
            drop(lane)
            core.lost(lane, .lost(reason: "reset"), at: now)
        case 5:
            late.append(words)
            drop(lane)
            core.lost(lane, .lost(reason: "reset"), at: now)
        case 6:
            late.append(words)
            links[lane]?.isPaused = true
        default:
            // Half a reply, and the end.
            _ = cluster.execute(words)
            core.received(Array("$1".utf8), on: lane, at: now)
            drop(lane)
            core.lost(lane, .lost(reason: "reset"), at: now)
        }
    }

    private mutating func reply(_ text: String, on lane: Int) {
        core.received(Array(text.utf8), on: lane, at: now)
    }

    private static func next(in link: inout Link) -> [String]? {
        let bytes = link.bytes
        guard case .command(let count, let consumed) = link.parser.parse(bytes.span) else {
            return nil
        }
        let words = link.parser.withArguments(in: bytes.span) { arguments in
            (0..<count).map { arguments.string(at: $0) }
        }
        link.bytes.removeFirst(consumed)
        return words
    }
}

/// What a cluster does with commands that reach its log, by the contract of `KV.SESSION`, `KV.ONCE` and
/// `KV.IDEM`.
struct ModelCluster {
    private struct Session {
        var replies: [Int: String] = [:]
        var acknowledged = 0
        var highest = 0
        var hasEnded = false
    }

    private(set) var counts: [String: Int] = [:]
    private var sessions: [Int: Session] = [:]
    private var tokens: [String: String] = [:]

    mutating func endSessions() {
        for id in sessions.keys { sessions[id]?.hasEnded = true }
    }

    /// The reply.
    mutating func execute(_ words: [String]) -> String {
        switch words[0] {
        case "INCR":
            counts[words[1], default: 0] += 1
            return ":\(counts[words[1]] ?? 0)\r\n"
        case "GET": return counts[words[1]].map { "$1\r\n\($0)\r\n" } ?? "$-1\r\n"
        case "KV.SESSION": return operate(words)
        case "KV.IDEM":
            if let reply = tokens[words[1]] { return reply }
            let reply = execute(Array(words[2...]))
            tokens[words[1]] = reply
            return reply
        case "KV.ONCE": return once(words)
        default: return "-ERR unknown command '\(words[0])'\r\n"
        }
    }

    private mutating func operate(_ words: [String]) -> String {
        if words[1] == "NEW" {
            sessions[sessions.count + 1] = Session()
            return ":\(sessions.count)\r\n"
        }
        let id = Int(words[2]) ?? 0
        guard sessions[id]?.hasEnded == false else { return "-NOSESSION gone; not executed\r\n" }
        if words[1] == "CLOSE" { sessions[id]?.hasEnded = true }
        return "+OK\r\n"
    }

    private mutating func once(_ words: [String]) -> String {
        let id = Int(words[1]) ?? 0
        let sequence = Int(words[2]) ?? 0
        let hasAcknowledgement = words[3] == "ACK"
        let given = hasAcknowledgement ? Int(words[4]) ?? 0 : 0
        guard var session = sessions[id], !session.hasEnded else {
            let highest = sessions[id]?.highest ?? 0
            return sequence > highest
                ? "-NOSESSION it has ended; not executed\r\n"
                : "-INDOUBT the session has ended\r\n"
        }
        guard sequence > session.acknowledged else { return "-ACKNOWLEDGED before\r\n" }
        guard sequence <= given + 1024 else { return "-OUTOFWINDOW far; not executed\r\n" }
        session.acknowledged = max(session.acknowledged, given)
        session.replies = session.replies.filter { $0.key > session.acknowledged }
        if session.replies[sequence] == nil {
            session.replies[sequence] = execute(Array(words[(hasAcknowledgement ? 5 : 3)...]))
            session.highest = max(session.highest, sequence)
        }
        sessions[id] = session
        return session.replies[sequence] ?? ""
    }
}
