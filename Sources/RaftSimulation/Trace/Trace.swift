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

    /// One line. What the numbers mean depends on the kind; see ``TraceText``.
    struct Line {
        let time: MonotonicTime
        let kind: Kind
        let member: UInt16
        let a: UInt64
        let b: UInt64
        let c: UInt64
        let d: UInt64
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
        _ c: UInt64 = 0, _ d: UInt64 = 0
    ) {
        let line = Line(
            time: time, kind: kind, member: member?.rawValue ?? 0, a: a, b: b, c: c, d: d)
        mix(time.nanoseconds)
        mix(UInt64(kind.rawValue) << 32 | UInt64(line.member))
        mix(a)
        mix(b)
        mix(c)
        mix(d)
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
}
