// SPDX-License-Identifier: Apache-2.0

public import Raft

/// A call that a client made, by number.
public struct CallID: Hashable, Comparable, Sendable {
    /// From 0, in the order made.
    public let rawValue: Int

    /// Orders calls by age.
    public static func < (a: CallID, b: CallID) -> Bool { a.rawValue < b.rawValue }
}

/// How a call stands.
public enum CallOutcome: Hashable, Sendable {
    /// It has not ended.
    case waiting
    /// A command was applied at this index.
    case applied(LogIndex)
    /// A read was served from the state at this index.
    case answered(LogIndex)
    /// A command is certainly not executed.
    case rejected
    /// A command may or may not be executed.
    case unknown
    /// A read was not served.
    case unavailable
}

/// Watches what clients are told, and compares it with what is committed.
///
/// Commands are named by stream and sequence, so that every command in the log can be told whose it is.
struct CallJudge {
    enum Kind: Hashable {
        case command
        case linearizableRead
        case staleRead
    }

    /// Who waits for a call.
    enum Origin: Hashable {
        /// Nobody: made by hand.
        case hand
        /// Nobody: made by the world, for the judges to hear the answer.
        case probe
        case client(Int)
        /// A client with a session.
        case session(Int)
        /// The member's server: part of a round.
        case server(token: UInt64, ordinal: Int)
        /// The member's server: an operation on a session.
        case operation(token: UInt64)
    }

    struct Call {
        let kind: Kind
        /// The position of the member that was asked.
        let member: Int
        let origin: Origin
        /// The checksum of a command's bytes.
        let digest: UInt32
        /// The last entry that was committed when the call was made.
        let floor: LogIndex
        /// For a linearizable read: what time it was when it was made.
        var time: TimeFloor?
        var outcome = CallOutcome.waiting
        /// Where the command stands in the log.
        var index: LogIndex?
        /// The checksum of what the command gives where nothing ever fails.
        var outputDigest: UInt32?
    }

    private struct Stream {
        /// The last sequence in the log.
        var last: UInt64 = 0
        /// By sequence from 1 on.
        var calls: [Int] = []
    }

    private(set) var calls: [Call] = []
    private let docket: Docket
    private(set) var acknowledged = 0
    /// By member: how many calls have not ended.
    private(set) var openCounts: [Int]
    /// Looked up only.
    private var streams: [StreamID: Stream] = [:]
    /// By member: the first call that may be open.
    private var firstOpen: [Int]

    init(members: Int, docket: Docket) {
        self.docket = docket
        firstOpen = Array(repeating: 0, count: members)
        openCounts = firstOpen
    }

    /// How many calls have not ended.
    var openCount: Int { openCounts.reduce(0, +) }

    private mutating func fail(_ property: String, _ found: String, _ expected: String) {
        docket.note(property, found: found, expected: expected)
    }

    /// A client makes a call.
    mutating func make(
        _ kind: Kind, on member: Int, for origin: Origin, digest: UInt32 = 0, floor: LogIndex
    ) -> Int {
        calls.append(
            Call(kind: kind, member: member, origin: origin, digest: digest, floor: floor))
        openCounts[member] += 1
        return calls.count - 1
    }

    /// Notes what time it was when a linearizable read was made.
    mutating func made(_ call: Int, at time: TimeFloor?) { calls[call].time = time }

    /// Commands were accepted into a stream.
    mutating func accepted(_ first: Int, _ sequences: Range<UInt64>, in stream: StreamID) {
        for offset in 0..<sequences.count {
            streams[stream, default: Stream()].calls.append(first + offset)
        }
        if let count = streams[stream]?.calls.count, UInt64(count) + 1 != sequences.upperBound {
            fail("sequences count commands", "\(sequences)", "up to \(count)")
        }
    }

    /// The call that a sequence of a stream belongs to.
    func call(_ sequence: UInt64, in stream: StreamID) -> Int? {
        guard let calls = streams[stream]?.calls, sequence > 0, sequence <= calls.count else {
            return nil
        }
        return calls[Int(sequence) - 1]
    }

    /// An entry was committed: each of its commands once, in its stream's order, none that was rejected.
    /// - Parameter outputs: The checksums of what they give, in order.
    mutating func committed(_ entry: LogEntry, outputs: [UInt32]) {
        guard entry.kind == .commands else { return }
        let records = (try? CommandRecord.all(in: entry)) ?? []
        for (ordinal, record) in records.enumerated() {
            guard let call = call(record.sequence, in: record.stream),
                let last = streams[record.stream]?.last
            else {
                return fail(
                    "only commands that were proposed are in the log",
                    "sequence \(record.sequence) of \(hexadecimal(record.stream.rawValue)) at "
                        + "\(entry.index)", "one that was accepted")
            }
            if record.sequence <= last {
                fail(
                    "a command is in the log at most once, and in its stream's order",
                    "call \(call), sequence \(record.sequence), at \(entry.index)",
                    "a sequence after \(last)")
            }
            streams[record.stream]?.last = record.sequence
            if calls[call].outcome == .rejected {
                fail(
                    "a rejected command is never executed", "call \(call) at \(entry.index)",
                    "nowhere")
            }
            if digest(of: record) != calls[call].digest {
                fail(
                    "a command arrives in the log as it was proposed",
                    "call \(call) at \(entry.index), digest \(digest(of: record))",
                    "\(calls[call].digest)")
            }
            if entry.index <= calls[call].floor {
                fail(
                    "a command stands after all that was committed before it was proposed",
                    "call \(call) at \(entry.index)", "after \(calls[call].floor)")
            }
            calls[call].index = entry.index
            calls[call].outputDigest = outputs[ordinal]
        }
    }

    /// A client is told what its command gave.
    mutating func answered(_ call: Int, with digest: UInt32) {
        guard let expected = calls[call].outputDigest, expected != digest else { return }
        fail(
            "an answer is what the log gives on a machine that never fails",
            "call \(call), answer \(digest)", "answer \(expected)")
    }

    private func digest(of record: CommandRecord) -> UInt32 {
        var reader = record.payload
        do throws(DecodingFailure) {
            let bytes = try reader.read(count: reader.remaining)
            return CRC32C.checksum(bytes, in: 0..<bytes.count)
        } catch {
            return 0
        }
    }

    /// A call ends.
    /// - Returns: False if it had ended before.
    mutating func end(_ call: Int, _ outcome: CallOutcome) -> Bool {
        guard calls[call].outcome == .waiting else {
            let both = calls[call].outcome
            fail("a call ends once", "call \(call): \(both), then \(outcome)", "one outcome")
            return false
        }
        calls[call].outcome = outcome
        openCounts[calls[call].member] -= 1
        switch outcome {
        case .waiting, .unknown, .unavailable: break
        case .applied(let index):
            if calls[call].isOfCaller { acknowledged += 1 }
            if calls[call].index != index {
                fail(
                    "what is acknowledged is committed", "call \(call) at \(index)",
                    calls[call].index.map { "at \($0)" } ?? "nothing: it is not in the log")
            }
        case .answered(let index):
            if calls[call].isOfCaller { acknowledged += 1 }
            if calls[call].kind == .linearizableRead, index < calls[call].floor {
                fail(
                    "a read sees all that was committed before it began",
                    "call \(call) answered at \(index) on \(calls[call].member + 1)",
                    "at least \(calls[call].floor)")
            }
        case .rejected:
            if let index = calls[call].index {
                fail("a rejected command is never executed", "call \(call) at \(index)", "nowhere")
            }
        }
        return true
    }

    /// The calls of a member that have not ended.
    mutating func open(of member: Int) -> [Int] {
        var open: [Int] = []
        for call in calls.indices.dropFirst(firstOpen[member])
        where calls[call].member == member && calls[call].outcome == .waiting {
            open.append(call)
        }
        firstOpen[member] = open.first ?? calls.count
        return open
    }
}

extension CallJudge.Call {
    /// Whether an answer to it is one that a caller got: users of a server count their own.
    var isOfCaller: Bool {
        switch origin {
        case .server, .operation, .probe: false
        case .hand, .client, .session: true
        }
    }
}
