// SPDX-License-Identifier: Apache-2.0

import KVClient
import Platform
import RESP
import Testing

private typealias Outcome = Result<Value, ClientError>

private func bytes(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

private func makeClient(
    at endpoints: [SocketAddress], _ protection: KVClient.Options.WriteProtection = .none,
    _ change: (inout KVClient.Options) -> Void = { _ in }
) throws -> KVClient {
    var options = KVClient.Options()
    options.writeProtection = protection
    options.connections = 1
    options.retries.rounds = 1
    change(&options)
    return try KVClient(endpoints: endpoints.map(\.description), options: options)
}

private func outcome(_ client: KVClient, _ words: String...) async -> Outcome {
    do throws(ClientError) {
        return .success(try await client.call(words.map { Array($0.utf8) }))
    } catch {
        return .failure(error)
    }
}

private func kind(_ outcome: Outcome) -> String {
    switch outcome {
    case .success(let value): value.text ?? "\(value)"
    case .failure(.cannotConnect): "cannot connect"
    case .failure(.outcomeUnknown): "outcome unknown"
    case .failure(.notExecuted): "not executed"
    case .failure(.replyGone): "reply gone"
    case .failure(.server): "server"
    case .failure(.protocolError): "protocol error"
    case .failure(.timeout): "timeout"
    case .failure(.connectionLost): "connection lost"
    case .failure(.cancelled): "cancelled"
    }
}

/// An address where nobody listens.
private func closedAddress() throws -> SocketAddress {
    let listener = try TCP.listen(on: SocketAddress.loopback(port: 0))
    defer { listener.close() }
    return try TCP.localAddress(of: listener)
}

@Suite(.serialized) struct `Client over TCP` {
    private let ok = Outcome.success(.simpleString("OK"))

    @Test func `a reply is returned, an error reply is thrown, the connection stays`() async throws
    {
        let server = try ScriptedServer {
            $0[0] == "SET" ? .reply("-ERR no\r\n") : .reply(":7\r\n")
        }
        defer { server.stop() }
        let client = try makeClient(at: [server.address])
        #expect(await outcome(client, "DBSIZE") == .success(.integer(7)))
        #expect(await outcome(client, "SET", "a") == .failure(.server(message: "ERR no")))
        #expect(await outcome(client, "DBSIZE") == .success(.integer(7)))
        await client.close()
    }

    @Test func `many commands go out at once and their replies come in order`() async throws {
        let server = try ScriptedServer { words in
            words[1] == "13" ? .reply("-ERR unlucky\r\n") : .reply("+\(words[1])\r\n")
        }
        defer { server.stop() }
        let client = try makeClient(at: [server.address])
        let replies = await client.call(all: (0..<6000).map { bytes("ECHO", "\($0)") })
        let expected = (0..<6000).map {
            $0 == 13
                ? Outcome.failure(.server(message: "ERR unlucky"))
                : .success(.simpleString("\($0)"))
        }
        #expect(replies == expected)
        await client.close()
    }

    @Test func `a large value goes both ways`() async throws {
        let value = String(repeating: "0123456789abcdef", count: 1 << 17)
        let server = try ScriptedServer { .reply("$\($0[1].utf8.count)\r\n\($0[1])\r\n") }
        defer { server.stop() }
        let client = try makeClient(at: [server.address])
        #expect(await outcome(client, "ECHO", value) == .success(.bulk(Array(value.utf8))))
        await client.close()
    }

    @Test func `a write whose reply is lost or late has an unknown outcome, a read has none`()
        async throws
    {
        let closing = try ScriptedServer { _ in .close }
        let silent = try ScriptedServer { _ in .silence }
        let garbled = try ScriptedServer { _ in .reply("what?\r\n") }
        let halved = try ScriptedServer { _ in .replyAndClose("$10\r\nhalf") }
        let inDoubt = try ScriptedServer { _ in .reply("-INDOUBT late\r\n") }
        let servers = [closing, silent, garbled, halved, inDoubt]
        defer { for server in servers { server.stop() } }
        func ending(of name: String, at server: ScriptedServer) async throws -> String {
            let client = try makeClient(at: [server.address]) { options in
                if server === silent { options.timeout = .milliseconds(50) }
            }
            let result = kind(await outcome(client, name, "a"))
            await client.close()
            return result
        }
        #expect(try await ending(of: "GET", at: closing) == "connection lost")
        #expect(try await ending(of: "GET", at: silent) == "timeout")
        #expect(try await ending(of: "GET", at: garbled) == "protocol error")
        #expect(try await ending(of: "GET", at: halved) == "connection lost")
        for server in servers {
            #expect(try await ending(of: "INCR", at: server) == "outcome unknown")
        }
    }

    @Test func `a member that can't be reached is passed over`() async throws {
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { server.stop() }
        let closed = try closedAddress()
        let client = try makeClient(at: [closed, server.address])
        #expect(await outcome(client, "SET", "a", "1") == ok)
        await client.close()
        let alone = try makeClient(at: [closed])
        #expect(kind(await outcome(alone, "SET", "a", "1")) == "cannot connect")
        await alone.close()
    }

    @Test func `a write goes on to the next member if the first did not execute it`() async throws {
        let down = try ScriptedServer { _ in .reply("-CLUSTERDOWN x; not executed\r\n") }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { for server in [down, server] { server.stop() } }
        let client = try makeClient(at: [down.address, server.address])
        #expect(await outcome(client, "SET", "a", "1") == ok)
        await client.close()
        let alone = try makeClient(at: [down.address])
        #expect(kind(await outcome(alone, "SET", "a", "1")) == "not executed")
        await alone.close()
    }

    @Test func `without a stamp a write in doubt is not repeated, a read is`() async throws {
        let closing = try ScriptedServer { _ in .close }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { for server in [closing, server] { server.stop() } }
        let both = [closing.address, server.address]
        let writer = try makeClient(at: both)
        #expect(kind(await outcome(writer, "SET", "a", "1")) == "outcome unknown")
        #expect(server.commands.isEmpty)
        await writer.close()
        let reader = try makeClient(at: both)
        #expect(await outcome(reader, "GET", "a") == ok)
        #expect(server.commands == [["GET", "a"]])
        await reader.close()
    }

    @Test func `with a token a write in doubt is repeated word for word`() async throws {
        let closing = try ScriptedServer { _ in .close }
        let halved = try ScriptedServer { _ in .replyAndClose(":") }
        let server = try ScriptedServer { _ in .reply(":1\r\n") }
        defer { for server in [closing, halved, server] { server.stop() } }
        let client = try makeClient(
            at: [closing.address, halved.address, server.address], .token)
        #expect(await outcome(client, "INCR", "a") == .success(.integer(1)))
        #expect(closing.commands.count == 1)
        #expect(closing.commands == halved.commands && closing.commands == server.commands)
        #expect(server.commands[0].first == "KV.IDEM")
        await client.close()
    }

    @Test func `with a session a write survives its member`() async throws {
        let dying = try ScriptedServer { $0[0] == "KV.SESSION" ? .reply(":7\r\n") : .close }
        let server = try ScriptedServer {
            $0[0] == "KV.SESSION" ? .reply("+OK\r\n") : .reply(":1\r\n")
        }
        defer { for server in [dying, server] { server.stop() } }
        let client = try makeClient(at: [dying.address, server.address], .session)
        #expect(try await client.increment("a") == 1)
        await client.close()
        let expected = ["KV.ONCE", "7", "1", "INCRBY", "a", "1"]
        #expect(dying.commands.last == expected)
        #expect(server.commands == [expected, ["KV.SESSION", "CLOSE", "7"]])
    }

    @Test func `a member that keeps silent is left for another`() async throws {
        let silent = try ScriptedServer { _ in .silence }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { for server in [silent, server] { server.stop() } }
        let client = try makeClient(at: [silent.address, server.address], .token) {
            $0.patience = .milliseconds(50)
        }
        #expect(await outcome(client, "SET", "a", "1") == ok)
        #expect(silent.commands == server.commands)
        await client.close()
    }

    @Test func `a cancelled task is told whether its command may take effect`() async throws {
        let silent = try ScriptedServer { _ in .silence }
        defer { silent.stop() }
        let client = try makeClient(at: [silent.address])
        for (name, expected) in [("INCR", "outcome unknown"), ("GET", "cancelled")] {
            let task = Task { await outcome(client, name, "a") }
            await silent.sees(name)
            task.cancel()
            #expect(kind(await task.value) == expected)
        }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await outcome(client, "INCR", "b")
        }
        #expect(kind(await task.value) == "cancelled")
        #expect(!silent.commands.contains(["INCR", "b"]))
        await client.close()
    }

    @Test func `a closed client ends what was under way and takes nothing more`() async throws {
        let silent = try ScriptedServer { _ in .silence }
        defer { silent.stop() }
        let client = try makeClient(at: [silent.address])
        let task = Task { await outcome(client, "INCR", "a") }
        await silent.sees("INCR")
        await client.close()
        #expect(kind(await task.value) == "outcome unknown")
        #expect(kind(await outcome(client, "GET", "a")) == "not executed")
        await client.close()
    }

    @Test func `a client that runs as a service is closed when the service is cancelled`()
        async throws
    {
        let client = try makeClient(at: [try closedAddress()])
        let service = Task { await client.run() }
        service.cancel()
        await service.value
        #expect(kind(await outcome(client, "GET", "a")) == "not executed")
    }

    @Test func `a connection that was closed while idle is replaced without doubt`() async throws {
        let server = try ScriptedServer { words in
            words[0] == "GET" ? .replyAndClose("+OK\r\n") : .reply("+OK\r\n")
        }
        defer { server.stop() }
        let client = try makeClient(at: [server.address])
        #expect(await outcome(client, "GET", "a") == ok)
        await withCheckedContinuation { continuation in
            server.firstClosed.whenOpen { continuation.resume() }
        }
        #expect(await outcome(client, "SET", "a", "1") == ok)
        #expect(await outcome(client, "SET", "a", "2") == ok)
        #expect(server.commands.count == 3)
        await client.close()
    }

    @Test func `an open transaction does not move to another member`() async throws {
        let closing = try ScriptedServer { $0[0] == "MULTI" ? .reply("+OK\r\n") : .close }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { for server in [closing, server] { server.stop() } }
        let client = try makeClient(at: [closing.address, server.address], .token) {
            $0.isExclusive = true
        }
        #expect(await outcome(client, "MULTI") == ok)
        #expect(kind(await outcome(client, "SET", "a", "1")) == "outcome unknown")
        #expect(closing.commands.last == ["SET", "a", "1"])
        #expect(server.commands.isEmpty)
        await client.close()
    }

    @Test func `stale reads are asked for on every connection`() async throws {
        let closing = try ScriptedServer { $0[0] == "GET" ? .close : .reply("+OK\r\n") }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { for server in [closing, server] { server.stop() } }
        let client = try makeClient(at: [closing.address, server.address]) {
            $0.consistency = .stale
        }
        #expect(await outcome(client, "GET", "a") == ok)
        #expect(closing.commands == [["READONLY"], ["GET", "a"]])
        #expect(server.commands == [["READONLY"], ["GET", "a"]])
        await client.close()
    }

    @Test func `endpoints are checked when a client is made, and looked up when it connects`()
        async throws
    {
        #expect(throws: ClientError.self) { try KVClient(endpoints: ["localhost"]) }
        #expect(throws: ClientError.self) { try KVClient(endpoints: []) }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { server.stop() }
        let client = try KVClient(endpoints: ["localhost:\(server.address.port)"])
        #expect(await outcome(client, "GET", "a") == ok)
        await client.close()
    }

    @Test func `commands have names and types`() async throws {
        let replies = [
            "GET": "$1\r\nv\r\n", "MGET": "*2\r\n$1\r\nv\r\n$-1\r\n", "SET": "$-1\r\n",
            "DEL": ":2\r\n", "INCRBY": ":5\r\n", "PTTL": ":1500\r\n", "PEXPIRE": ":1\r\n",
        ]
        let server = try ScriptedServer { .reply(replies[$0[0]] ?? "+OK\r\n") }
        defer { server.stop() }
        try await KVClient.with(endpoints: [server.address.description]) { client in
            let value = try await client.get("k")
            let values = try await client.get(all: ["k", "l"])
            #expect(value == Array("v".utf8))
            #expect(values == [value, nil])
        }
        let client = try makeClient(at: [server.address])
        #expect(
            try await client.set("k", to: "v", expires: .after(.seconds(2)), .ifAbsent) == false)
        #expect(try await client.delete("k", [1, 2]) == 2)
        #expect(try await client.increment("k", by: -3) == 5)
        #expect(try await client.timeToLive(of: "k") == .left(.milliseconds(1500)))
        #expect(try await client.expire("k", after: .seconds(1)))
        #expect(
            server.commands.suffix(5) == [
                ["SET", "k", "v", "PX", "2000", "NX"], ["DEL", "k", "\u{1}\u{2}"],
                ["INCRBY", "k", "-3"], ["PTTL", "k"], ["PEXPIRE", "k", "1000"],
            ])
        await client.close()
    }

    @Test func `the README's example`() async throws {
        let replies = ["KV.SESSION": ":7\r\n", "KV.ONCE": ":1\r\n", "GET": "$5\r\nhello\r\n"]
        let server = try ScriptedServer { .reply(replies[$0[0]] ?? "") }
        defer { server.stop() }
        let client = try KVClient(endpoints: [server.address.description])
        let visits = try await client.increment("visits")
        let isMine = try await client.set(
            "lock", to: "me", expires: .after(.seconds(10)), .ifAbsent)
        let hello = try await client.get("greeting").map { String(decoding: $0, as: UTF8.self) }
        await client.close()
        #expect(visits == 1 && isMine && hello == "hello")
        #expect(
            server.commands.prefix(3) == [
                ["KV.SESSION", "NEW", "TTL", "60"], ["KV.ONCE", "7", "1", "INCRBY", "visits", "1"],
                ["KV.ONCE", "7", "2", "ACK", "1", "SET", "lock", "me", "PX", "10000", "NX"],
            ])
    }
}
