// SPDX-License-Identifier: Apache-2.0

internal import KVStateMachine
internal import RESP
internal import Raft

extension Gateway {
    /// Begins a command.
    mutating func execute(_ place: Int, _ arguments: RequestArguments) -> Step {
        guard let command = unsafe table.find(arguments[0]) else {
            return refuse(place, ErrorText.unknownCommand(arguments))
        }
        guard table.accepts(arguments.count, for: command) else {
            return refuse(place, ErrorText.wrongArity(command.name))
        }
        if !isServing, table.needsMember(command) { return refuse(place, ErrorText.loading) }
        sessions[place].identity.lastCommand = command
        switch command {
        case .get: return ask(place, .get, arguments, keys: 1..<2)
        case .set: return set(place, arguments)
        case .setnx: return setnx(place, arguments)
        case .setex: return setex(place, arguments, .setex)
        case .psetex: return setex(place, arguments, .psetex)
        case .getset: return getset(place, arguments)
        case .mget: return ask(place, .mget, arguments, keys: 1..<arguments.count)
        case .mset: return mset(place, arguments)
        case .append: return append(place, arguments)
        case .strlen: return ask(place, .strlen, arguments, keys: 1..<2)
        case .incr: return increment(place, arguments, by: 1)
        case .decr: return increment(place, arguments, by: -1)
        case .incrby: return incrby(place, arguments)
        case .decrby: return decrby(place, arguments)
        case .del, .unlink: return del(place, arguments)
        case .exists: return ask(place, .exists, arguments, keys: 1..<arguments.count)
        case .type: return ask(place, .type, arguments, keys: 1..<2)
        case .persist: return persist(place, arguments)
        case .ttl: return ask(place, .ttl, arguments, keys: 1..<2)
        case .pttl: return ask(place, .pttl, arguments, keys: 1..<2)
        case .expire: return expire(place, arguments, .expire)
        case .pexpire: return expire(place, arguments, .pexpire)
        case .expireat: return expire(place, arguments, .expireat)
        case .pexpireat: return expire(place, arguments, .pexpireat)
        case .dbsize: return ask(place, .dbsize, arguments, keys: 1..<1)
        case .flushall, .flushdb: return flushAll(place, arguments)
        case .kvOnce: return once(place, arguments)
        case .kvIdem: return idem(place, arguments)
        case .kvSession: return session(place, arguments)
        case .ping, .echo, .hello, .auth, .client, .select, .readonly, .readwrite, .reset, .quit,
            .command, .config, .info, .time, .kvHash, .post, .host:
            return executeLocally(command, place, arguments)
        }
    }

    /// `READONLY`, `READWRITE`: how fresh the connection's reads are from now on.
    private mutating func choose(_ consistency: ReadConsistency, _ place: Int) -> Step {
        sessions[place].consistency = consistency
        return answer(place) { $0.ok(to: &$1) }
    }

    /// Begins a command that is about the connection or the member.
    private mutating func executeLocally(
        _ command: Command, _ place: Int, _ arguments: RequestArguments
    ) -> Step {
        switch command {
        case .ping: return ping(place, arguments)
        case .echo: return answer(place) { unsafe $0.bulk(arguments[1], to: &$1) }
        case .hello: return hello(place, arguments)
        case .auth: return refuse(place, ErrorText.noPassword)
        case .client: return client(place, arguments)
        case .select: return select(place, arguments)
        case .readonly: return choose(.stale, place)
        case .readwrite: return choose(.linearizable, place)
        case .reset:
            sessions[place].reset()
            return answer(place) { $0.simpleString("RESET", to: &$1) }
        case .quit:
            _ = answer(place) { $0.ok(to: &$1) }
            beginClosing(place)
            return .done
        case .command: return describeCommands(place, arguments)
        case .config: return config(place, arguments)
        case .info: return ask(place, .info, arguments, keys: 1..<arguments.count)
        case .time: return time(place)
        case .kvHash: return ask(place, .hash, arguments, keys: 1..<1)
        case .post, .host:
            // A page in somebody's browser talks to this port: nothing it sends may be carried out.
            beginClosing(place)
            markDirty(place)
            return .done
        case .get, .set, .setnx, .setex, .psetex, .getset, .mget, .mset, .append, .strlen, .incr,
            .decr, .incrby, .decrby, .del, .unlink, .exists, .type, .persist, .ttl, .pttl, .expire,
            .pexpire, .expireat, .pexpireat, .dbsize, .flushall, .flushdb, .kvOnce, .kvIdem,
            .kvSession:
            preconditionFailure("\(command) is not about the connection or the member")
        }
    }
}
