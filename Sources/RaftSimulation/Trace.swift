// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What happened, newest last: a few lines to read, and a hash of everything.
struct Trace {
    /// What a line tells of.
    enum Kind: UInt8 {
        case start, loaded, recovered, stored, founded
        case frame, connected, disconnected, refused
        case turn, role, logDone, logRead, applied
        case proposed, read, acknowledged, answered, rejected, unknown, unavailable
        case down, fault, ended
    }

    /// One line. What the numbers mean depends on the kind; see ``Trace/text(of:)``.
    struct Line {
        let time: MonotonicTime
        let kind: Kind
        let member: UInt16
        let a: UInt64
        let b: UInt64
        let c: UInt64
    }

    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private var ring: [Line] = []
    private var next = 0
    private let capacity: Int
    /// Gets every line, if somebody looks on.
    var observer: ((Line) -> Void)?

    init(lines: Int) {
        capacity = max(1, lines)
        ring.reserveCapacity(capacity)
    }

    mutating func add(
        _ kind: Kind, _ member: MemberID?, at time: MonotonicTime, _ a: UInt64 = 0, _ b: UInt64 = 0,
        _ c: UInt64 = 0
    ) {
        let line = Line(
            time: time, kind: kind, member: member?.rawValue ?? 0, a: a, b: b, c: c)
        mix(time.nanoseconds)
        mix(UInt64(kind.rawValue) << 32 | UInt64(line.member))
        mix(a)
        mix(b)
        mix(c)
        if ring.count < capacity {
            ring.append(line)
        } else {
            ring[next] = line
        }
        next = next + 1 == capacity ? 0 : next + 1
        observer?(line)
    }

    private mutating func mix(_ value: UInt64) {
        hash = (hash ^ value) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
    }

    /// The newest lines, oldest first.
    var lines: [Line] {
        ring.count < capacity ? ring : Array(ring[next...] + ring[..<next])
    }

    /// A line in columns: seconds, member, what, and its numbers.
    static func text(of line: Line, since start: MonotonicTime) -> String {
        let stamp = seconds(line.time - start)
        let member = line.member == 0 ? " " : "\(line.member)"
        return "\(stamp)  \(member)  \(pad("\(line.kind)", to: 12)) \(details(of: line))"
    }

    /// What the columns are.
    static var header: String { "    seconds  m  what         details" }

    /// A time in seconds, in a column of its own.
    static func seconds(_ time: Interval) -> String {
        let time = time.nanoseconds / 1000
        let micros = "\(1_000_000 + time % 1_000_000)".dropFirst()
        return pad("\(time / 1_000_000).\(micros)", to: 11, onLeft: true)
    }

    private static func details(of line: Line) -> String {
        let (a, b, c) = (line.a, line.b, line.c)
        switch line.kind {
        case .start: return "life \(a)"
        case .loaded: return a == 0 ? "empty" : a == 1 ? "not established" : "established"
        case .recovered: return "log to \(a), term \(b), boot \(c)"
        case .stored, .founded, .logRead, .ended: return ""
        case .frame: return "from \(a), kind \(b), \(c) bytes"
        case .connected: return "to \(a), \(b == 0 ? "control" : "bulk")"
        case .disconnected: return "from \(a)"
        case .refused: return a == 0 ? "a stranger" : "by or to \(a)"
        case .turn: return "log to \(a), committed \(b), applied \(c)"
        case .role:
            return "\(Role(rawValue: UInt8(a)).map { "\($0)" } ?? "?") in term \(b), leader \(c)"
        case .logDone: return "jobs through \(a)"
        case .applied: return "to \(a), state \(hexadecimal(b))"
        case .proposed: return "call \(a), \(b) commands"
        case .read: return "call \(a)"
        case .acknowledged: return "call \(a) at \(b)"
        case .answered: return "call \(a) at \(b)"
        case .rejected, .unknown, .unavailable: return "call \(a)"
        case .down: return a == 0 ? "killed" : a == 1 ? "power cut" : "stopped by itself"
        case .fault: return "number \(a)"
        }
    }

    private static func pad(_ text: String, to width: Int, onLeft: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.utf8.count))
        return onLeft ? space + text : text + space
    }
}
