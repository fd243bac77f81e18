// SPDX-License-Identifier: Apache-2.0

import RESP
import Raft

/// What keeps a user's write from taking effect twice when it is sent again.
enum KVProtection {
    /// Nothing: it is not sent again once it may take effect.
    case none
    /// It gets a number as soon as there is a session.
    case awaitsSession
    /// `KV.ONCE` under this number of the session.
    case number(SessionID, UInt64)
    /// `KV.IDEM` under this token.
    case token(String)

    /// Whether it can't be sent before there is a session.
    var awaitsSession: Bool {
        if case .awaitsSession = self { return true }
        return false
    }

    /// Whether it may be sent as often as one likes.
    var isRepeatable: Bool {
        switch self {
        case .none: false
        case .awaitsSession, .number, .token: true
        }
    }
}

/// A user's sessions, and how it sends what they protect.
struct KVSessionOfUser {
    /// How a user protects its writes.
    private enum Habit: UInt64 {
        case never, tokens, numbers, both
    }

    private let habit: Habit
    private let lifetime: UInt64
    private var random: SplitMix64
    private(set) var session: ClientSession?
    /// What members know to be acknowledged.
    private var acknowledged: UInt64 = 0

    init(random: SplitMix64) {
        self.random = random
        habit = Habit(rawValue: self.random.next(below: 4)) ?? .never
        lifetime = 1 + self.random.next(below: 10)
    }

    /// How another write is to be protected.
    /// - Parameter name: Unique.
    mutating func protect(_ name: String) -> KVProtection {
        guard random.next(below: 4) > 0 else { return .none }
        switch habit {
        case .never: return .none
        case .tokens: return .token(name)
        case .numbers: return .awaitsSession
        case .both: return random.next(below: 2) == 0 ? .token(name) : .awaitsSession
        }
    }

    /// How a session is asked for.
    var opening: [[UInt8]] { Self.bytes(["KV.SESSION", "NEW", "TTL", "\(lifetime)"]) }

    /// Begins a session with the number that a server gave.
    mutating func begin(_ value: Value) -> Bool {
        guard case .integer(let number) = value, number > 0 else { return false }
        session = ClientSession(SessionID(UInt64(number)), window: 8)
        acknowledged = 0
        return true
    }

    /// The session is gone.
    mutating func end(_ id: SessionID) {
        if session?.id == id { session = nil }
    }

    /// A number for a write; nil if there is no session or too many are under way.
    mutating func number() -> KVProtection? {
        guard let id = session?.id, let stamp = session?.begin() else { return nil }
        return .number(id, stamp.sequence)
    }

    /// An attempt that acknowledged others was answered.
    mutating func answered(_ protection: KVProtection, _ acknowledges: UInt64, _ value: Value) {
        if case .error = value { return }
        guard case .number(let id, _) = protection, session?.id == id else { return }
        acknowledged = max(acknowledged, acknowledges)
    }

    /// Now and then, a use of a number that was acknowledged.
    mutating func drawAcknowledged() -> (session: SessionID, words: [[UInt8]])? {
        guard acknowledged > 0, let id = session?.id, random.next(below: 16) == 0 else {
            return nil
        }
        return (id, Self.bytes(["KV.ONCE", "\(id)", "\(acknowledged)", "INCR", "k0"]))
    }

    /// A write will not be sent again.
    mutating func finish(_ protection: KVProtection) {
        guard case .number(let id, let sequence) = protection, session?.id == id else { return }
        session?.finish(sequence)
    }

    /// The command as it is sent.
    func words(_ command: [[UInt8]], _ protection: KVProtection) -> [[UInt8]] {
        switch protection {
        case .none, .awaitsSession: return command
        case .token(let name): return Self.bytes(["KV.IDEM", name, "PX", "3600000"]) + command
        case .number(let id, let sequence):
            let acknowledged = session?.id == id ? session?.finishedThrough ?? 0 : 0
            return Self.bytes(["KV.ONCE", "\(id)", "\(sequence)", "ACK", "\(acknowledged)"])
                + command
        }
    }

    private static func bytes(_ words: [String]) -> [[UInt8]] { words.map { Array($0.utf8) } }
}
