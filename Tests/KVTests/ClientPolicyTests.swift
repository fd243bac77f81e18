// SPDX-License-Identifier: Apache-2.0

import KVClient
import RESP
import Testing

private func bytes(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

@Suite struct `Client retry policy` {
    private let lost = ClientError.connectionLost(endpoint: "a:1", reason: "reset")
    private let refused = ClientError.cannotConnect(endpoint: "a:1", reason: "refused")
    private let late = ClientError.timeout(endpoint: "a:1", milliseconds: 1)
    private let down = ClientError.notExecuted(endpoint: "a:1", message: "CLUSTERDOWN x")
    private let unknown = ClientError.outcomeUnknown(endpoint: "a:1", reason: "late")
    private let refusal = ClientError.server(message: "ERR syntax error")
    private let nonsense = ClientError.protocolError(endpoint: "a:1", reason: "x")

    private func isRetried(_ error: ClientError, _ effect: CommandEffect) -> Bool {
        RetryPolicy().decision(
            after: error, effect: effect, attempt: 1, endpointCount: 2, random: 0) != .giveUp
    }

    @Test func `a read may be asked again after every loss`() {
        for error in [lost, refused, late, down, unknown] { #expect(isRetried(error, .read)) }
    }

    @Test func `a write is repeated only when it certainly was not executed`() {
        for error in [lost, refused, late, down] { #expect(isRetried(error, .write)) }
        #expect(!isRetried(unknown, .write))
    }

    @Test func `a write that is recognised is repeated as long as it may have been executed`() {
        for error in [lost, refused, late, down, unknown] {
            #expect(isRetried(error, .stampedWrite))
        }
        func decision(after error: ClientError) -> RetryPolicy.Decision {
            RetryPolicy(rounds: 1).decision(
                after: error, effect: .stampedWrite, attempt: 7, endpointCount: 2, random: 0)
        }
        #expect(decision(after: unknown) != .giveUp)
        #expect(decision(after: refused) == .giveUp)
    }

    @Test func `an answer is final, even one that nobody likes`() {
        for error in [refusal, nonsense] {
            #expect(!isRetried(error, .read))
            #expect(!isRetried(error, .write))
        }
    }

    @Test func `every endpoint is tried in every round, without waiting in between`() {
        let policy = RetryPolicy(
            rounds: 3, baseDelayMilliseconds: 100, maximumDelayMilliseconds: 150)
        func decisions(_ random: UInt64) -> [RetryPolicy.Decision] {
            (1...6).map {
                policy.decision(
                    after: refused, effect: .write, attempt: $0, endpointCount: 2, random: random)
            }
        }
        func go(_ milliseconds: Int) -> RetryPolicy.Decision {
            .tryNextEndpoint(afterMilliseconds: milliseconds)
        }
        // Half of the delay is fixed, the other half is spread by chance; it doubles up to its
        // limit.
        #expect(decisions(0) == [go(0), go(50), go(0), go(75), go(0), .giveUp])
        #expect(decisions(50) == [go(0), go(100), go(0), go(125), go(0), .giveUp])
        for random in 0..<200 as Range<UInt64> {
            for case .tryNextEndpoint(let milliseconds) in decisions(random) {
                #expect(milliseconds <= 150)
            }
        }
    }
}

@Suite struct `Client judgement` {
    @Test func `only commands known to change nothing count as reads`() {
        #expect(CommandEffect(of: bytes("get", "a")) == .read)
        #expect(CommandEffect(of: bytes("MGET", "a")) == .read)
        for name in ["SET", "INCR", "EXEC", "GETDEL", "GETEX", "NOSUCH", ""] {
            #expect(CommandEffect(of: bytes(name)) == .write)
        }
        #expect(CommandEffect(of: []) == .write)
    }

    @Test func `an error reply says whether the command was executed`() {
        func error(_ text: String) -> ClientError? {
            ClientError(reply: .error(text), from: "a:1")
        }
        #expect(
            error("INDOUBT commit") == .outcomeUnknown(endpoint: "a:1", reason: "INDOUBT commit"))
        #expect(
            error("CLUSTERDOWN no leader; not executed")
                == .notExecuted(endpoint: "a:1", message: "CLUSTERDOWN no leader; not executed"))
        #expect(error("ERR INDOUBT") == .server(message: "ERR INDOUBT"))
        #expect(ClientError(reply: .simpleString("CLUSTERDOWN"), from: "a:1") == nil)
    }

    @Test func `a transaction and a changed connection bind the client to a member`() {
        var state = ConnectionState()
        func isPinned(after words: String...) -> Bool {
            state.note(words.map { Array($0.utf8) })
            return state.isPinned
        }
        #expect(!isPinned(after: "GET", "a"))
        #expect(isPinned(after: "watch", "a"))
        #expect(isPinned(after: "MULTI"))
        #expect(isPinned(after: "SET", "a", "1"))
        #expect(!isPinned(after: "EXEC"))
        #expect(isPinned(after: "SELECT", "1"))
        #expect(isPinned(after: "DISCARD"))
        #expect(!isPinned(after: "RESET"))
    }
}

@Suite struct `Client connection` {
    private func output(of connection: Connection) -> String {
        connection.withOutput { span in
            span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test func `replies come in the order of the commands, however they are cut`() throws {
        var connection = Connection()
        for key in ["a", "b", "c"] { #expect(connection.send(bytes("GET", key)) == true) }
        #expect(output(of: connection).hasPrefix("*2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n"))
        connection.consumeOutput(connection.outputCount)
        var events: [Connection.Event] = []
        for byte in Array("$1\r\n1\r\n>1\r\n+hint\r\n-ERR no\r\n:3\r\n".utf8) {
            connection.receive([byte])
            while let event = try connection.nextEvent() { events.append(event) }
        }
        #expect(
            events == [
                .reply(.bulk([0x31])), .push(.push([.simpleString("hint")])),
                .reply(.error("ERR no")), .reply(.integer(3)),
            ])
        #expect(connection.outstanding == 0)
    }

    @Test func `a reply that no command waits for ends the connection`() {
        var connection = Connection()
        connection.receive(Array("+OK\r\n".utf8))
        #expect(throws: ConnectionError.unsolicited(.simpleString("OK"))) {
            try connection.nextEvent()
        }
    }

    @Test func `bytes that are no reply end the connection`() {
        var connection = Connection()
        #expect(connection.send(bytes("PING")) == true)
        connection.receive(Array("HTTP/1.1 400\r\n".utf8))
        #expect(throws: ConnectionError.malformed(.unknownType(UInt8(ascii: "H")))) {
            try connection.nextEvent()
        }
    }

    @Test func `it knows which commands have left as a whole`() throws {
        var connection = Connection()
        #expect(connection.send(bytes("SET", "a", "1")) == true)
        let first = connection.outputCount
        #expect(connection.send(bytes("SET", "b", "2")) == true)
        connection.consumeOutput(first - 1)
        #expect(connection.outstandingSent == 0)
        connection.consumeOutput(1)
        #expect(connection.outstandingSent == 1)
        connection.consumeOutput(connection.outputCount - 1)
        #expect(connection.outstandingSent == 1)
        connection.consumeOutput(1)
        #expect(connection.outstandingSent == 2)
        connection.receive(Array("+OK\r\n".utf8))
        #expect(try connection.nextEvent() == .reply(.simpleString("OK")))
        #expect(connection.outstandingSent == 1)
    }

    @Test func `it takes no more than its bounds, and again when there is room`() throws {
        var connection = Connection(maximumOutstanding: 2, maximumOutputBytes: 1000)
        #expect(connection.send(bytes("PING")) == true)
        #expect(connection.send(bytes("PING")) == true)
        #expect(connection.send(bytes("PING")) == false)
        connection.receive(Array("+PONG\r\n".utf8))
        _ = try connection.nextEvent()
        #expect(connection.send(bytes("SET", "a", String(repeating: "x", count: 1000))) == true)
        connection.receive(Array("+PONG\r\n".utf8))
        _ = try connection.nextEvent()
        #expect(connection.outstanding == 1)
        #expect(connection.send(bytes("PING")) == false)
        connection.consumeOutput(connection.outputCount)
        #expect(connection.send(bytes("PING")) == true)
    }
}
