// SPDX-License-Identifier: Apache-2.0

/// Whether executing a command twice, or not knowing whether it was executed, does harm.
public enum CommandEffect: Sendable, Equatable {
    /// It changes nothing; asking again is safe.
    case read
    /// It may change the data or the server.
    case write
    /// It may change the data, but is recognised when it is repeated, and then changes nothing.
    case stampedWrite

    /// What the command does by itself, judged by its name; never ``stampedWrite``.
    ///
    /// A command that is not known to be a read counts as a write: that can only make the client
    /// too careful.
    public init(of arguments: [[UInt8]]) {
        self = Self.reads.contains(Self.name(of: arguments)) ? .read : .write
    }

    /// The command's name in capitals.
    static func name(of arguments: [[UInt8]]) -> String {
        String(decoding: arguments.first ?? [], as: UTF8.self).uppercased()
    }

    /// Whether `KV.ONCE` and `KV.IDEM` carry the command.
    static func canBeStamped(_ arguments: [[UInt8]]) -> Bool {
        stampable.contains(name(of: arguments))
    }

    private static let stampable: Set<String> = [
        "APPEND", "DECR", "DECRBY", "DEL", "EXPIRE", "EXPIREAT", "FLUSHALL", "FLUSHDB", "GETSET",
        "INCR", "INCRBY", "MSET", "PERSIST", "PEXPIRE", "PEXPIREAT", "PSETEX", "SET", "SETEX",
        "SETNX", "UNLINK",
    ]

    private static let reads: Set<String> = [
        "AUTH", "BITCOUNT", "BITPOS", "COMMAND", "DBSIZE", "DIGEST", "DUMP", "ECHO", "EXISTS",
        "EXPIRETIME", "GET", "GETBIT", "GETRANGE", "HELLO", "INFO", "KEYS", "KV.AGE", "KV.HASH",
        "KV.RANGE", "KV.REV", "LASTSAVE", "LCS", "LOLWUT", "MGET", "OBJECT", "PEXPIRETIME", "PING",
        "PTTL", "RANDOMKEY", "READONLY", "READWRITE", "ROLE", "SCAN", "SELECT", "STRLEN", "SUBSTR",
        "TIME", "TTL", "TYPE",
    ]
}

/// What a connection remembers between commands, as far as it forbids going on elsewhere.
public struct ConnectionState: Sendable, Equatable {
    /// Whether commands are being collected for a transaction, or keys watched.
    public private(set) var isInTransaction = false
    private var isChanged = false

    /// Creates the state of a new connection.
    public init() {}

    /// Whether later commands would mean something else on another connection.
    public var isPinned: Bool { isInTransaction || isChanged }

    /// Whether a command is about the connection it is sent on, so that it makes no sense on one that is shared.
    public static func isMeant(by arguments: [[UInt8]]) -> Bool {
        connectionCommands.contains(CommandEffect.name(of: arguments))
    }

    private static let connectionCommands: Set<String> = [
        "AUTH", "CLIENT", "DISCARD", "EXEC", "HELLO", "MONITOR", "MULTI", "PSUBSCRIBE", "QUIT",
        "READONLY", "READWRITE", "RESET", "SELECT", "SUBSCRIBE", "UNWATCH", "WATCH",
    ]

    /// Takes note of a command that is about to be sent.
    public mutating func note(_ arguments: [[UInt8]]) {
        switch CommandEffect.name(of: arguments) {
        case "MULTI", "WATCH": isInTransaction = true
        case "EXEC", "DISCARD", "UNWATCH": isInTransaction = false
        case "RESET": self = ConnectionState()
        case "AUTH", "HELLO", "SELECT", "CLIENT", "READONLY", "READWRITE", "SUBSCRIBE",
            "PSUBSCRIBE", "MONITOR":
            isChanged = true
        default: break
        }
    }
}
