// SPDX-License-Identifier: Apache-2.0

import KVClient
import Platform
import RESP
import Testing

private typealias Outcome = Result<Value, ClientError>

private func bytes(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

/// Calls through failover connections on a thread; one outcome per command.
private func call(
    _ commands: [[[UInt8]]], at endpoints: [SocketAddress], preamble: [[[UInt8]]] = [],
    seconds: Int = 10
) async -> [Outcome] {
    await onClientThread {
        let connection = FailoverConnection(
            to: EndpointList(endpoints), policy: RetryPolicy(rounds: 1), preamble: preamble)
        return commands.map { command in
            Outcome { () throws(ClientError) in
                try connection.call(command, timeout: .seconds(seconds))
            }
        }
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

    private func kind(_ outcome: Outcome) -> String {
        switch outcome {
        case .success(let value): value.text ?? "\(value)"
        case .failure(.cannotConnect): "cannot connect"
        case .failure(.outcomeUnknown): "outcome unknown"
        case .failure(.notExecuted): "not executed"
        case .failure(.server): "server"
        case .failure(.protocolError): "protocol error"
        case .failure(.timeout): "timeout"
        case .failure(.connectionLost): "connection lost"
        }
    }

    @Test func `a reply is returned, an error reply is thrown, the connection stays`() async throws
    {
        let server = try ScriptedServer {
            $0[0] == "SET" ? .reply("-ERR no\r\n") : .reply(":7\r\n")
        }
        defer { server.stop() }
        let outcomes = await call(
            [bytes("DBSIZE"), bytes("SET", "a"), bytes("DBSIZE")], at: [server.address])
        #expect(
            outcomes == [
                .success(.integer(7)), .failure(.server(message: "ERR no")), .success(.integer(7)),
            ])
    }

    @Test func `many commands go out at once and their replies come in order`() async throws {
        let server = try ScriptedServer { words in
            words[1] == "13" ? .reply("-ERR unlucky\r\n") : .reply("+\(words[1])\r\n")
        }
        defer { server.stop() }
        let address = server.address
        let replies = await onClientThread {
            Result { () throws(ClientError) in
                let connection = try KVConnection.connect(to: address, timeout: .seconds(10))
                let commands = (0..<6000).map { bytes("ECHO", "\($0)") }
                return try connection.call(commands, timeout: .seconds(10))
            }
        }
        let expected = (0..<6000).map {
            $0 == 13 ? Value.error("ERR unlucky") : .simpleString("\($0)")
        }
        #expect(try replies.get() == expected)
    }

    @Test func `a large value goes both ways`() async throws {
        let value = String(repeating: "0123456789abcdef", count: 1 << 17)
        let server = try ScriptedServer { .reply("$\($0[1].utf8.count)\r\n\($0[1])\r\n") }
        defer { server.stop() }
        let outcomes = await call([bytes("ECHO", value)], at: [server.address])
        #expect(outcomes == [.success(.bulk(Array(value.utf8)))])
    }

    @Test func `a write whose reply is lost or late has an unknown outcome, a read has none`()
        async throws
    {
        let closing = try ScriptedServer { _ in .close }
        let silent = try ScriptedServer { _ in .silence }
        let garbled = try ScriptedServer { _ in .reply("what?\r\n") }
        let inDoubt = try ScriptedServer { _ in .reply("-INDOUBT late\r\n") }
        defer { for server in [closing, silent, garbled, inDoubt] { server.stop() } }
        func outcome(_ name: String, _ server: ScriptedServer) async -> String {
            let seconds = server === silent ? 0 : 10
            let outcomes = await onClientThread {
                [
                    Outcome { () throws(ClientError) in
                        let connection = try KVConnection.connect(
                            to: server.address, timeout: .seconds(10))
                        let timeout: Duration = seconds == 0 ? .milliseconds(50) : .seconds(10)
                        return try connection.call(bytes(name, "a"), timeout: timeout)
                    }
                ]
            }
            return kind(outcomes[0])
        }
        #expect(await outcome("GET", closing) == "connection lost")
        #expect(await outcome("GET", silent) == "timeout")
        #expect(await outcome("GET", garbled) == "protocol error")
        for server in [closing, silent, garbled, inDoubt] {
            #expect(await outcome("INCR", server) == "outcome unknown")
        }
    }

    @Test func `a member that can't be reached is passed over`() async throws {
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { server.stop() }
        let closed = try closedAddress()
        #expect(await call([bytes("SET", "a", "1")], at: [closed, server.address]) == [ok])
        let outcomes = await call([bytes("SET", "a", "1")], at: [closed])
        #expect(outcomes.map(kind) == ["cannot connect"])
    }

    @Test func `a write goes on to the next member if the first did not execute it`() async throws {
        let down = try ScriptedServer { _ in .reply("-CLUSTERDOWN x; not executed\r\n") }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { for server in [down, server] { server.stop() } }
        let set = bytes("SET", "a", "1")
        #expect(await call([set], at: [down.address, server.address]) == [ok])
        #expect(await call([set], at: [down.address]).map(kind) == ["not executed"])
    }

    @Test func `a write in doubt is not repeated, a read is`() async throws {
        let closing = try ScriptedServer { _ in .close }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { for server in [closing, server] { server.stop() } }
        let both = [closing.address, server.address]
        #expect(await call([bytes("SET", "a", "1")], at: both).map(kind) == ["outcome unknown"])
        #expect(server.commands.isEmpty)
        #expect(await call([bytes("GET", "a")], at: both) == [ok])
        #expect(server.commands == [["GET", "a"]])
    }

    @Test func `a connection that was closed while idle is replaced without doubt`() async throws {
        let server = try ScriptedServer { words in
            words[0] == "GET" ? .replyAndClose("+OK\r\n") : .reply("+OK\r\n")
        }
        defer { server.stop() }
        let outcomes = await onClientThread {
            let connection = FailoverConnection(to: EndpointList([server.address]))
            func outcome(_ command: [[UInt8]]) -> Outcome {
                Outcome { () throws(ClientError) in
                    try connection.call(command, timeout: .seconds(10))
                }
            }
            let first = outcome(bytes("GET", "a"))
            server.firstClosed.wait()
            return [first, outcome(bytes("SET", "a", "1")), outcome(bytes("SET", "a", "2"))]
        }
        #expect(outcomes == [ok, ok, ok])
        #expect(server.commands.count == 3)
    }

    @Test func `an open transaction does not move to another member`() async throws {
        let closing = try ScriptedServer { $0[0] == "MULTI" ? .reply("+OK\r\n") : .close }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { for server in [closing, server] { server.stop() } }
        let outcomes = await call(
            [bytes("MULTI"), bytes("GET", "a")], at: [closing.address, server.address])
        #expect(outcomes.map(kind) == ["OK", "connection lost"])
        #expect(server.commands.isEmpty)
    }

    @Test func `every new connection starts with the preamble`() async throws {
        let closing = try ScriptedServer { $0[0] == "GET" ? .close : .reply("+OK\r\n") }
        let server = try ScriptedServer { _ in .reply("+OK\r\n") }
        defer { for server in [closing, server] { server.stop() } }
        let outcomes = await call(
            [bytes("GET", "a")], at: [closing.address, server.address],
            preamble: [bytes("READONLY")])
        #expect(outcomes == [ok])
        #expect(closing.commands == [["READONLY"], ["GET", "a"]])
        #expect(server.commands == [["READONLY"], ["GET", "a"]])
    }
}
