// SPDX-License-Identifier: Apache-2.0

/// Every command a client can send.
enum Command: UInt8, CaseIterable, Sendable {
    // Strings.
    case get, set, setnx, setex, psetex, getset, mget, mset, append, strlen
    case incr, decr, incrby, decrby
    // Keys.
    case del, unlink, exists, type, persist, ttl, pttl
    case expire, pexpire, expireat, pexpireat
    case dbsize, flushall, flushdb
    // Exactly once.
    case kvOnce, kvIdem, kvSession
    // The connection.
    case ping, echo, hello, auth, client, select, readonly, readwrite, reset, quit
    // The member.
    case command, config, info, time, kvHash
    // What a web browser sends when a page makes it talk to this port.
    case post, host
}

/// What is known of a command before it is carried out.
struct CommandSpec: Sendable {
    let command: Command
    /// In small letters.
    let name: StaticString
    /// Arguments with the name; negative: at least so many.
    let arity: Int
    let flags: CommandFlags
    let keys: KeyPositions
    let group: Group
    /// The version of Redis that had it first.
    let since: StaticString
    let complexity: StaticString
    let summary: StaticString

    /// The chapter a command belongs to.
    enum Group: String, Sendable {
        case string, generic, connection, server, cluster
    }

    /// Whether a command may have so many arguments, its name included.
    static func accepts(_ count: Int, arity: Int) -> Bool {
        arity >= 0 ? count == arity : count >= -arity
    }
}

/// Where a command's keys stand among its arguments; all zero: it has none.
struct KeyPositions: Sendable, Equatable {
    let first: Int
    /// Counted from the end if negative.
    let last: Int
    let step: Int

    static let none = KeyPositions(first: 0, last: 0, step: 0)
    static let one = KeyPositions(first: 1, last: 1, step: 1)
    static let all = KeyPositions(first: 1, last: -1, step: 1)
    static let pairs = KeyPositions(first: 1, last: -1, step: 2)
}

/// What a command does and where it may be used, in the words of `COMMAND INFO`.
struct CommandFlags: OptionSet, Sendable {
    let rawValue: UInt16

    static let write = CommandFlags(rawValue: 1 << 0)
    static let readonly = CommandFlags(rawValue: 1 << 1)
    static let denyoom = CommandFlags(rawValue: 1 << 2)
    static let noscript = CommandFlags(rawValue: 1 << 3)
    static let loading = CommandFlags(rawValue: 1 << 4)
    static let stale = CommandFlags(rawValue: 1 << 5)
    static let fast = CommandFlags(rawValue: 1 << 6)
    static let noAuth = CommandFlags(rawValue: 1 << 7)
    static let allowBusy = CommandFlags(rawValue: 1 << 8)

    /// Flags with their names, in the order Redis lists them.
    private static let names: [(CommandFlags, StaticString)] = [
        (.write, "write"), (.readonly, "readonly"), (.denyoom, "denyoom"), (.noscript, "noscript"),
        (.loading, "loading"), (.stale, "stale"), (.fast, "fast"), (.noAuth, "no_auth"),
        (.allowBusy, "allow_busy"),
    ]

    /// The names of the flags that are set.
    var words: [StaticString] { Self.names.filter { contains($0.0) }.map(\.1) }
}
