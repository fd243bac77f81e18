// SPDX-License-Identifier: Apache-2.0

import Raft

/// Runs a scenario written as text: commands after `>`, and below each what came of it.
///
/// | command | |
/// | --- | --- |
/// | `members 3 [learners 1] [option value]…` | a new cluster with empty disks; options: `append-bytes`, `inflight`, `inflight-bytes`, `reads` |
/// | `disk 1 t3 [vote 2] log 1 1 3` | before the members start: what one finds on its disk |
/// | `start` | starts the members |
/// | `timeout 1` | time passes until this member's deadline, which it alone notices |
/// | `elect 1` | the same, and then all goes on until all is quiet |
/// | `pass 300` | so many milliseconds pass and nobody notices |
/// | `deliver 1->2 [n]` | delivers what is in flight on a link, or the nth of it; `*` stands for anybody |
/// | `drop 1->2 [n]`, `copy 1->2 [n]`, `flight 1->2` | loses it, doubles it, shows it |
/// | `write 1 [n]` | the disk writes all, or the n oldest, of what was requested and says so |
/// | `write 1 n silently` | the same, without saying so |
/// | `empty 1->2` | puts an empty append behind the newest one in flight on a link |
/// | `append 1 [bytes]…` | a leader appends entries of its own, of 100 bytes if not said otherwise |
/// | `read 1 7`, `notice 1->2` | a read numbered 7 arrives; a leader tells a follower its commit index |
/// | `fetch 1 [n]`, `evict 1 5` | the oldest fetch is answered, by n entries at most; entries up to 5 leave memory |
/// | `crash 1`, `restart 1 [in-memory 2]` | |
/// | `cut 1->2`, `cut 1`, `heal`, `connect 1->2`, `disconnect 1->2` | the first member learns of the second |
/// | `settle`, `settle except 3`, `run 900 [except 3]` | messages and disks until all is quiet, or with timers too for some milliseconds; shows role changes and what was committed. The disks of those excepted do nothing |
/// | `show` | the state of all |
struct Script {
    private(set) var cluster = CoreCluster(voters: 1)
    private var voters = 1
    private var learners = 0
    private var options = CoreOptions()
    private var disks: [SimulatedDisk] = []
    private var output: [String] = []

    /// Runs the commands of a script.
    /// - Returns: The script with what really came of each command.
    mutating func run(_ text: String) -> String {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(">") {
                output.append(String(line))
                perform(line.dropFirst().split(separator: " ").map(String.init))
            } else if line.hasPrefix("#") || line.isEmpty {
                output.append(String(line))
            }
        }
        return output.joined(separator: "\n")
    }

    private mutating func perform(_ words: [String]) {
        cluster.trace = []
        let shown: [String]
        switch words.first {
        case "members", "disk", "start":
            prepare(words)
            shown = []
        case "settle", "run": shown = runFreely(words)
        case "elect":
            act(["timeout"] + words.dropFirst())
            shown = runFreely(["settle"]).filter { $0.contains(" is leader ") }
        case "show": shown = cluster.members.map { cluster.describe($0.id) }
        case "flight":
            shown = positions(link(words)).map { cluster.describe(cluster.pool[$0]) }
        default:
            act(words)
            shown = cluster.trace ?? []
        }
        output += shown
        if let violation = cluster.checker.violation { output.append("  VIOLATION \(violation)") }
    }

    private mutating func prepare(_ words: [String]) {
        switch words.first {
        case "members":
            voters = number(words, 1)
            options = CoreOptions()
            learners = 0
            for position in stride(from: 2, to: words.count - 1, by: 2) {
                let value = number(words, position + 1)
                switch words[position] {
                case "learners": learners = value
                case "append-bytes": options.appendBytes = value
                case "inflight": options.inflightMessages = value
                case "inflight-bytes": options.inflightBytes = value
                case "reads": options.waitingReads = value
                default: complain(words)
                }
            }
            disks = Array(repeating: SimulatedDisk(), count: voters + learners)
        case "disk": prepareDisk(words)
        default:
            cluster = CoreCluster(
                voters: voters, learners: learners, options: options, disks: disks)
        }
    }

    private mutating func prepareDisk(_ words: [String]) {
        guard let term = UInt64(words[2].dropFirst()), let start = words.firstIndex(of: "log")
        else {
            complain(words)
            return
        }
        let vote = words[3] == "vote" ? MemberID(UInt64(number(words, 4))) : nil
        var log: [Entry] = []
        for word in words[(start + 1)...] {
            let term = Term(UInt64(word) ?? 0)
            // Equal terms at equal indexes are equal entries.
            let payload = 1_000_000 + term.rawValue * 1000 + UInt64(log.count)
            log.append(Entry(term: term, payload: payload, byteCount: 100, after: log.last))
        }
        disks[number(words, 1) - 1] = SimulatedDisk(
            hardState: HardState(term: Term(term), vote: vote), log: log)
    }

    private mutating func act(_ words: [String]) {
        switch words.first {
        case "deliver", "drop", "copy", "empty": move(words)
        case "cut", "heal", "connect", "disconnect", "notice": relink(words)
        case "pass": cluster.now = cluster.now + .milliseconds(UInt64(number(words, 1)))
        case "timeout":
            guard let deadline = cluster[member(words)].core?.deadline else { return }
            cluster.now = max(cluster.now, deadline)
            cluster.step(member(words), .deadlinePassed)
        case "write":
            let count = words.count > 2 ? number(words, 2) : .max
            if words.last == "silently" {
                cluster[member(words)].disk.write(count)
            } else {
                cluster.completeWrites(of: member(words), count)
            }
        case "append":
            let sizes = words.dropFirst(2).compactMap { Int($0) }
            cluster.append(sizes.isEmpty ? [100] : sizes, at: member(words))
        case "read": cluster.read(UInt64(number(words, 2)), at: member(words))
        case "fetch":
            let count = words.count > 2 ? number(words, 2) : .max
            cluster.completeFetch(of: member(words), atMost: count)
        case "evict":
            cluster.step(member(words), .evicted(through: LogIndex(UInt64(number(words, 2)))))
        case "crash": cluster.crash(member(words))
        case "restart":
            cluster.restart(member(words), inMemory: words.count > 3 ? number(words, 3) : nil)
        default: complain(words)
        }
    }

    private mutating func complain(_ words: [String]) {
        output.append("  NOT UNDERSTOOD \(words.joined(separator: " "))")
    }
}

// Words and links.
extension Script {
    private typealias Ends = (from: MemberID?, to: MemberID?)

    private func number(_ words: [String], _ position: Int) -> Int {
        words.indices.contains(position) ? Int(words[position]) ?? 0 : 0
    }

    private func member(_ words: [String]) -> MemberID {
        cluster.members[max(number(words, 1), 1) - 1].id
    }

    private func link(_ words: [String]) -> Ends {
        guard words.count > 1 else { return (nil, nil) }
        let ends = words[1].split(whereSeparator: { "->".contains($0) })
        return (
            ends.first.flatMap { UInt64($0) }.flatMap { MemberID($0) },
            ends.last.flatMap { UInt64($0) }.flatMap { MemberID($0) }
        )
    }

    private func positions(_ ends: Ends) -> [Int] {
        cluster.pool.indices.filter {
            (ends.from ?? cluster.pool[$0].from) == cluster.pool[$0].from
                && (ends.to ?? cluster.pool[$0].to) == cluster.pool[$0].to
        }
    }

    private mutating func move(_ words: [String]) {
        var chosen = positions(link(words))
        if words.count > 2 {
            let nth = number(words, 2) - 1
            chosen = chosen.indices.contains(nth) ? [chosen[nth]] : []
        }
        let messages = chosen.map { cluster.pool[$0] }
        if words[0] == "empty", let last = messages.last,
            case .entries(var header, let entries) = last.body, let end = entries.last
        {
            let index = header.previous.index + entries.count
            header.previous = LogEnd(term: end.term, index: index)
            cluster.pool.append(
                Envelope(from: last.from, to: last.to, body: .entries(header, [])))
            return
        }
        if words[0] == "copy" {
            cluster.pool += messages
            return
        }
        for position in chosen.reversed() { cluster.pool.remove(at: position) }
        if words[0] == "deliver" { for message in messages { cluster.deliver(message) } }
    }

    private mutating func relink(_ words: [String]) {
        let ends = link(words)
        switch words[0] {
        case "heal": cluster.cuts = []
        case "cut":
            for one in cluster.members.map(\.id) {
                for other in cluster.members.map(\.id) where one != other {
                    let isOneWay = words[1].contains(">")
                    let matches =
                        isOneWay
                        ? one == ends.from && other == ends.to
                        : one == ends.from || other == ends.from
                    if matches { cluster.cuts.insert(.init(from: one, to: other)) }
                }
            }
        default:
            guard let from = ends.from, let to = ends.to else { return }
            switch words[0] {
            case "connect": cluster.step(from, .connected(to))
            case "disconnect": cluster.step(from, .disconnected(to))
            default: cluster.step(from, .announceCommit(to: to))
            }
        }
    }

    /// Lets messages and disks go on by themselves, and timers too if some time is given.
    private mutating func runFreely(_ words: [String]) -> [String] {
        let excepted = words.drop { $0 != "except" }.compactMap { UInt64($0) }
        let stuck = excepted.compactMap { MemberID($0) }
        let end = cluster.now + .milliseconds(words[0] == "run" ? UInt64(number(words, 1)) : 0)
        cluster.runUntilQuiet(stuckDisks: stuck)
        while words[0] == "run", cluster.fireEarliestTimer(before: end) {
            cluster.runUntilQuiet(stuckDisks: stuck)
        }
        if words[0] == "run" { cluster.now = end }
        let news = (cluster.trace ?? []).filter { line in
            [" is ", " commits ", " may answer ", " loses "].contains { line.contains($0) }
        }
        return news
    }
}
