// SPDX-License-Identifier: Apache-2.0

/// Whether executing a command twice, or not knowing whether it was executed, does harm.
public enum CommandEffect: Sendable, Equatable {
    /// It changes nothing; asking again is safe.
    case read
    /// It may change the data or the server.
    case write

    /// What the command does, judged by its name.
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
    private var isInTransaction = false
    private var isChanged = false

    /// Creates the state of a new connection.
    public init() {}

    /// Whether later commands would mean something else on another connection.
    public var isPinned: Bool { isInTransaction || isChanged }

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
