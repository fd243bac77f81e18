// SPDX-License-Identifier: Apache-2.0

internal import RESP
internal import Raft

// Exactly once, for clients whose member may die.
extension Gateway {
    /// `KV.ONCE session number [ACK number] command [argument …]`
    mutating func once(_ place: Int, _ arguments: RequestArguments) -> Step {
        guard let session = number(arguments, 1), let sequence = number(arguments, 2),
            session > 0, sequence > 0
        else { return refuse(place, ErrorText.notAnInteger) }
        var stamp = SessionStamp(
            session: SessionID(session), sequence: sequence, acknowledgedThrough: 0)
        guard arguments.matches(3, "ACK") else {
            return carryOut(place, arguments, from: 3, .numbered(stamp), for: .kvOnce)
        }
        guard arguments.count > 5 else {
            return refuse(place, ErrorText.wrongArity(Command.kvOnce.name))
        }
        guard let acknowledged = number(arguments, 4) else {
            return refuse(place, ErrorText.notAnInteger)
        }
        stamp.acknowledgedThrough = acknowledged
        return carryOut(place, arguments, from: 5, .numbered(stamp), for: .kvOnce)
    }

    /// `KV.IDEM token [PX milliseconds] command [argument …]`
    mutating func idem(_ place: Int, _ arguments: RequestArguments) -> Step {
        let name = arguments.bytes(at: 1)
        guard CommandToken.lengths.contains(name.count) else {
            return refuse(place, ErrorText.tokenLength)
        }
        guard arguments.matches(2, "PX") else {
            return carryOut(place, arguments, from: 2, .named(CommandToken(name)), for: .kvIdem)
        }
        guard arguments.count > 4 else {
            return refuse(place, ErrorText.wrongArity(Command.kvIdem.name))
        }
        guard let window = arguments.integer(at: 3) else {
            return refuse(place, ErrorText.notAnInteger)
        }
        guard let window = UInt32(exactly: window), CommandToken.windows.contains(window) else {
            return refuse(place, ErrorText.invalidTime(.kvIdem))
        }
        let token = CommandToken(name, window: window)
        return carryOut(place, arguments, from: 4, .named(token), for: .kvIdem)
    }

    private func number(_ arguments: RequestArguments, _ index: Int) -> UInt64? {
        arguments.integer(at: index).flatMap { UInt64(exactly: $0) }
    }

    /// Begins the command that starts at an argument of another, if it is a write.
    ///
    /// A read has nothing to be recognised for: it may be asked again, and whoever does wants to know how
    /// things are, not how they were.
    private mutating func carryOut(
        _ place: Int, _ arguments: RequestArguments, from start: Int, _ identity: CommandIdentity,
        for container: Command
    ) -> Step {
        let arguments = arguments.suffix(from: start)
        guard let command = unsafe table.find(arguments[0]) else {
            return refuse(place, ErrorText.unknownCommand(arguments))
        }
        switch command {
        case .set, .setnx, .setex, .psetex, .getset, .mset, .append, .incr, .decr, .incrby, .decrby,
            .del, .unlink, .persist, .expire, .pexpire, .expireat, .pexpireat, .flushall, .flushdb:
            break
        case .get, .mget, .strlen, .exists, .type, .ttl, .pttl, .dbsize:
            return refuse(place, ErrorText.isRead(command, in: container))
        case .kvOnce, .kvIdem, .kvSession, .ping, .echo, .hello, .auth, .client, .select, .readonly,
            .readwrite, .reset, .quit, .command, .config, .info, .time, .kvHash, .post, .host:
            return refuse(place, ErrorText.cannotBeCarried(command, by: container))
        }
        self.identity = identity
        defer {
            self.identity = .none
            sessions[place].identity.lastCommand = container
        }
        return execute(place, arguments)
    }

    /// Adds the command in hand, which says how it can be told from others, to the batch.
    @inline(never)
    mutating func appendIdentified() {
        switch identity {
        case .none: batch.append { $0.bytes.append(contentsOf: encoded.bytes) }
        case .numbered(let stamp):
            batch.append(as: stamp) { $0.bytes.append(contentsOf: encoded.bytes) }
        case .named(let token):
            batch.append(as: token) { $0.bytes.append(contentsOf: encoded.bytes) }
        }
        // Stamp or token, at most; they are in flight too.
        batchBytes += 72
        inFlightBytes += 72
    }

    /// `KV.SESSION NEW [TTL seconds] | KEEPALIVE session | CLOSE session`
    mutating func session(_ place: Int, _ arguments: RequestArguments) -> Step {
        if arguments.matches(1, "NEW") { return openSession(place, arguments) }
        let isKeptAlive = arguments.matches(1, "KEEPALIVE")
        guard isKeptAlive || arguments.matches(1, "CLOSE") else {
            return refuse(place, ErrorText.unknownSubcommand(arguments, of: "KV.SESSION"))
        }
        guard arguments.count == 3 else {
            let name = isKeptAlive ? "kv.session|keepalive" : "kv.session|close"
            return refuse(place, ErrorText.wrongArity(name))
        }
        guard let session = number(arguments, 2), session > 0 else {
            return refuse(place, ErrorText.notAnInteger)
        }
        let id = SessionID(session)
        return operate(place, isKeptAlive ? .keepAlive(id) : .close(id))
    }

    private mutating func openSession(_ place: Int, _ arguments: RequestArguments) -> Step {
        guard arguments.count > 2 else { return operate(place, .open(lifetime: .seconds(60))) }
        guard arguments.count == 4 else {
            return refuse(place, ErrorText.wrongArity("kv.session|new"))
        }
        guard arguments.matches(2, "TTL") else { return refuse(place, ErrorText.syntax) }
        guard let seconds = arguments.integer(at: 3) else {
            return refuse(place, ErrorText.notAnInteger)
        }
        guard 1...86_400 ~= seconds else {
            return refuse(place, ErrorText.invalidTime(.kvSession))
        }
        return operate(place, .open(lifetime: .seconds(UInt64(seconds))))
    }
}
