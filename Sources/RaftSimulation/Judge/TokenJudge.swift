// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// Watches what becomes of commands with tokens, with a memory of its own: everything, for ever.
struct TokenJudge {
    /// A command with a token where it is committed.
    struct Record {
        let token: CommandToken
        /// The checksum of the command's bytes.
        let command: UInt32
        let outcome: RecordOutcome
        /// The checksum of the output.
        let digest: UInt32
    }

    private struct Use {
        let command: UInt32
        let digest: UInt32
        let index: LogIndex
        let end: ClusterTime
    }

    /// Looked up only: the latest use of each.
    private var uses: [[UInt8]: Use] = [:]
    /// By number of a command that nobody else carries out: how often it was.
    private var counts: [Int: Int] = [:]
    private let docket: Docket

    init(docket: Docket) { self.docket = docket }

    private mutating func fail(_ property: String, _ found: String, _ expected: String) {
        docket.note(property, found: found, expected: expected)
    }

    /// Whether a token was used before.
    func isKnown(_ token: CommandToken) -> Bool { uses[token.bytes] != nil }

    /// A command with a token is committed.
    /// - Parameter number: Which of those commands it is that nobody else carries out; nil if it is none.
    /// - Parameter expected: The checksum of what such a command gives for the so-manieth time.
    mutating func committed(
        _ record: Record, number: Int?, in entry: LogEntry,
        expected: (_ number: Int, _ times: Int) -> UInt32
    ) {
        let name = "a command with token \(hexadecimal(record.token.bytes)) at \(entry.index)"
        let known = uses[record.token.bytes]
        let live = known.flatMap { $0.end > entry.time ? $0 : nil }
        switch record.outcome {
        case .executed:
            if let live {
                fail(
                    live.command == record.command
                        ? "each command with a token takes effect at most once"
                        : "a token is of one command", name, "only at \(live.index)")
            }
            let end = entry.time.milliseconds + Int64(record.token.window)
            uses[record.token.bytes] = Use(
                command: record.command, digest: record.digest, index: entry.index,
                end: ClusterTime(milliseconds: end))
            if let number { executed(number, name, record.digest, expected) }
        case .repeated(let first):
            guard let live else {
                return fail("a token is forgotten when its window ends", name, "carried out")
            }
            if live.command != record.command { fail("a token is of one command", name, "refused") }
            if live.index != first || live.digest != record.digest {
                fail(
                    "every reply to a repeat equals the first",
                    "\(name): \(record.digest), first at \(first)",
                    "\(live.digest), first at \(live.index)")
            }
        case .refused(.rejected(.tokenMismatch)):
            if live == nil || live?.command == record.command {
                fail("a command with a token is not refused without a reason", name, "its output")
            }
        case .refused(.outcomeUnknown): break
        case .refused, .session:
            fail("a command with a token is answered as such", "\(record.outcome)", "an output")
        }
    }

    private mutating func executed(
        _ number: Int, _ name: String, _ digest: UInt32, _ expected: (Int, Int) -> UInt32
    ) {
        let times = counts[number, default: 0] + 1
        counts[number] = times
        let answer = expected(number, times)
        if answer != digest {
            fail(
                "each command with a token takes effect at most once", "\(name) gives \(digest)",
                "\(answer), for the \(times). time")
        }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0, radix: 16) }.joined(separator: ".")
    }
}
