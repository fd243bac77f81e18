// SPDX-License-Identifier: Apache-2.0

extension CommandSpec {
    /// Every command, in the order of ``Command``.
    static let all: [CommandSpec] = strings + keys + once + connection + member

    private static let strings: [CommandSpec] = [
        row(.get, "get", 2, [.readonly, .fast], .one, "1.0.0", "Get the value of a key"),
        row(.set, "set", -3, [.write, .denyoom], .one, "1.0.0", "Set the value of a key"),
        row(
            .setnx, "setnx", 3, [.write, .denyoom, .fast], .one, "1.0.0",
            "Set the value of a key that does not exist"),
        row(
            .setex, "setex", 4, [.write, .denyoom], .one, "2.0.0",
            "Set the value of a key and its time to live in seconds"),
        row(
            .psetex, "psetex", 4, [.write, .denyoom], .one, "2.6.0",
            "Set the value of a key and its time to live in milliseconds"),
        row(
            .getset, "getset", 3, [.write, .denyoom, .fast], .one, "1.0.0",
            "Set the value of a key and get the one before"),
        row(
            .mget, "mget", -2, [.readonly, .fast], .all, "1.0.0", "Get the values of keys",
            perKey),
        row(
            .mset, "mset", -3, [.write, .denyoom], .pairs, "1.0.1", "Set the values of keys",
            perKey),
        row(
            .append, "append", 3, [.write, .denyoom, .fast], .one, "2.0.0",
            "Append to the value of a key"),
        row(
            .strlen, "strlen", 2, [.readonly, .fast], .one, "2.2.0",
            "Get the length of a key's value in bytes"),
        row(
            .incr, "incr", 2, [.write, .denyoom, .fast], .one, "1.0.0",
            "Add one to the number stored at a key"),
        row(
            .decr, "decr", 2, [.write, .denyoom, .fast], .one, "1.0.0",
            "Subtract one from the number stored at a key"),
        row(
            .incrby, "incrby", 3, [.write, .denyoom, .fast], .one, "1.0.0",
            "Add to the number stored at a key"),
        row(
            .decrby, "decrby", 3, [.write, .denyoom, .fast], .one, "1.0.0",
            "Subtract from the number stored at a key"),
    ]

    private static let keys: [CommandSpec] = [
        row(.del, "del", -2, [.write], .all, "1.0.0", "Delete keys", perKey, .generic),
        row(
            .unlink, "unlink", -2, [.write, .fast], .all, "4.0.0", "Delete keys", perKey, .generic),
        row(
            .exists, "exists", -2, [.readonly, .fast], .all, "1.0.0",
            "Count how many of the keys exist", perKey, .generic),
        row(
            .type, "type", 2, [.readonly, .fast], .one, "1.0.0", "Get the type of a key's value",
            constant, .generic),
        row(
            .persist, "persist", 2, [.write, .fast], .one, "2.2.0",
            "Remove the time to live of a key", constant, .generic),
        row(
            .ttl, "ttl", 2, [.readonly, .fast], .one, "1.0.0",
            "Get the time to live of a key in seconds", constant, .generic),
        row(
            .pttl, "pttl", 2, [.readonly, .fast], .one, "2.6.0",
            "Get the time to live of a key in milliseconds", constant, .generic),
        row(
            .expire, "expire", -3, [.write, .fast], .one, "1.0.0",
            "Set the time to live of a key in seconds", constant, .generic),
        row(
            .pexpire, "pexpire", -3, [.write, .fast], .one, "2.6.0",
            "Set the time to live of a key in milliseconds", constant, .generic),
        row(
            .expireat, "expireat", -3, [.write, .fast], .one, "1.2.0",
            "Set the Unix time in seconds at which a key expires", constant, .generic),
        row(
            .pexpireat, "pexpireat", -3, [.write, .fast], .one, "2.6.0",
            "Set the Unix time in milliseconds at which a key expires", constant, .generic),
        row(
            .dbsize, "dbsize", 1, [.readonly, .fast], .none, "1.0.0", "Get the number of keys",
            constant, .server),
        row(
            .flushall, "flushall", -1, [.write], .none, "1.0.0", "Delete every key", allKeys,
            .server),
        row(
            .flushdb, "flushdb", -1, [.write], .none, "1.0.0", "Delete every key", allKeys,
            .server),
    ]

    private static let once: [CommandSpec] = [
        row(
            .kvOnce, "kv.once", -4, [.write, .denyoom], .none, "1.0.0",
            "Carry out a write once, by its number in a session: KV.ONCE id number [ACK number] command …",
            carried, .generic),
        row(
            .kvIdem, "kv.idem", -3, [.write, .denyoom], .none, "1.0.0",
            "Carry out a write once, by a token of its own: KV.IDEM token [PX milliseconds] command …",
            carried, .generic),
        row(
            .kvSession, "kv.session", -2, [.write, .fast], .none, "1.0.0",
            "Open, keep alive or close a session for KV.ONCE: NEW [TTL seconds], KEEPALIVE id, CLOSE id",
            constant, .generic),
    ]

    private static let connection: [CommandSpec] = [
        row(
            .ping, "ping", -1, [.fast], .none, "1.0.0", "Ask for a sign of life", constant,
            .connection),
        row(
            .echo, "echo", 2, [.loading, .stale, .fast], .none, "1.0.0",
            "Get the argument back", constant, .connection),
        row(
            .hello, "hello", -1, always, .none, "6.0.0",
            "Choose the version of the protocol", constant, .connection),
        row(
            .auth, "auth", -2, always, .none, "1.0.0",
            "Say who the client is; there is nothing to authenticate against yet", constant,
            .connection),
        row(
            .client, "client", -2, [.noscript, .loading, .stale], .none, "2.4.0",
            "Look at connections and name them", "Depends on subcommand.", .connection),
        row(
            .select, "select", 2, [.loading, .stale, .fast], .none, "1.0.0",
            "Select the database; there is one, 0", constant, .connection),
        row(
            .readonly, "readonly", 1, [.loading, .stale, .fast], .none, "3.0.0",
            "Read the local state of this member, which may be stale", constant, .cluster),
        row(
            .readwrite, "readwrite", 1, [.loading, .stale, .fast], .none, "3.0.0",
            "Read linearizably again", constant, .cluster),
        row(
            .reset, "reset", 1, always, .none, "6.2.0",
            "Make the connection as it was at its start", constant, .connection),
        row(
            .quit, "quit", -1, always, .none, "1.0.0", "Close the connection", constant, .connection
        ),
    ]

    private static let member: [CommandSpec] = [
        row(
            .command, "command", -1, [.loading, .stale], .none, "2.8.13",
            "Describe commands", "O(N) where N is the number of commands.", .server),
        row(
            .config, "config", -2, [.noscript, .loading, .stale], .none, "2.0.0",
            "Look at the configuration of this member", "Depends on subcommand.", .server),
        row(
            .info, "info", -1, [.stale], .none, "1.0.0",
            "Get figures and facts about this member", constant, .server),
        row(
            .time, "time", 1, [.loading, .stale, .fast], .none, "2.6.0",
            "Get the time by which this member expires keys", constant, .server),
        row(
            .kvHash, "kv.hash", 1, [.readonly, .stale, .fast], .none, "1.0.0",
            "Get this member's applied index and the hash of its state there", constant, .server),
        row(.post, "post", -1, [.loading, .stale], .none, "", "", constant, .server),
        row(.host, "host:", -1, [.loading, .stale], .none, "", "", constant, .server),
    ]

    /// Whether the command is one that clients may know of.
    var isListed: Bool { command != .post && command != .host }

    private static let always: CommandFlags = [
        .noscript, .loading, .stale, .fast, .noAuth, .allowBusy,
    ]
    private static let constant: StaticString = "O(1)"
    private static let carried: StaticString = "That of the command."
    private static let perKey: StaticString = "O(N) where N is the number of keys."
    private static let allKeys: StaticString = "O(N) where N is the number of keys that exist."

    private static func row(
        _ command: Command, _ name: StaticString, _ arity: Int, _ flags: CommandFlags,
        _ keys: KeyPositions, _ since: StaticString, _ summary: StaticString,
        _ complexity: StaticString = constant, _ group: Group = .string
    ) -> CommandSpec {
        CommandSpec(
            command: command, name: name, arity: arity, flags: flags, keys: keys, group: group,
            since: since, complexity: complexity, summary: summary)
    }
}
