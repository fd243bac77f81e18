// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KVServer
@testable import Raft

@Suite struct `What a gateway holds is bounded` {
    @Test func `commands beyond the pipeline's limit wait until others are answered`() {
        let harness = GatewayHarness { $0.maximumPipeline = 4 }
        let client = harness.connect()
        client.send(String(repeating: "INCR n\r\n", count: 10))
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [4])
        harness.commit()
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [4])
        harness.run()
        #expect(client.answer == (1...10).map { ":\($0)" }.joined(separator: "|"))
    }

    @Test func `a socket is not read while too many bytes of it wait`() {
        let harness = GatewayHarness {
            $0.maximumPipeline = 1
            $0.maximumUnreadBytes = 64
        }
        let client = harness.connect()
        client.send(String(repeating: "INCR n\r\n", count: 20))
        harness.turn()
        #expect(client.interest == ConnectionInterest(reads: false, writes: false))
        harness.run()
        #expect(client.interest == ConnectionInterest(reads: true, writes: false))
        #expect(client.answer.hasSuffix("|:20"))
    }

    @Test func `a client that takes no replies is not asked for more commands`() {
        let harness = GatewayHarness { $0.maximumOutputBytes = 100 }
        let client = harness.connect()
        client.take(10)
        client.send(String(repeating: "PING\r\n", count: 50))
        harness.turn()
        #expect(client.answer.isEmpty == false)
        #expect(client.interest?.writes == true)
        // 7 bytes a reply: fifteen are more than a hundred bytes; ten were taken, so one more fits.
        #expect(harness.statistics.commandsProcessed == 16)
        client.take(nil)
        harness.turn()
        #expect(harness.statistics.commandsProcessed == 50)
        #expect(client.interest == ConnectionInterest(reads: true, writes: false))
    }

    @Test
    func `reads under way are asked again when the client takes replies, and keep their order`() {
        let harness = GatewayHarness { $0.maximumOutputBytes = 1000 }
        let (writer, reader) = (harness.connect(), harness.connect())
        #expect(writer.call("SET k \(String(repeating: "a", count: 600))") == "+OK")
        reader.take(0)
        reader.ask("GET k", "GET k", "GET k", "STRLEN k")
        harness.run()
        #expect(writer.call("SET k b") == "+OK")
        #expect(reader.answer == "")
        reader.take(nil)
        harness.run()
        let answer = reader.answer
        #expect(answer.hasPrefix("$600|aaa"))
        // Two fit before there was too much; the others saw the state they were answered from.
        #expect(answer.hasSuffix("|$1|b|:1"))
        #expect(reader.call("GET k") == "$1|b")
    }

    @Test func `reads that answer with values wait when many are in the log`() {
        let harness = GatewayHarness { $0.maximumLogReads = 2 }
        let client = harness.connect()
        client.ask("SET k v", "GET k", "GET k", "GET k", "GET k", "GET k")
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [3])
        harness.run()
        #expect(client.answer == "+OK" + String(repeating: "|$1|v", count: 5))
    }

    @Test func `commands wait while too many bytes are on their way, those of others too`() {
        let harness = GatewayHarness { $0.maximumInFlightBytes = 100 }
        let (a, b) = (harness.connect(), harness.connect())
        a.ask("SET k \(String(repeating: "x", count: 200))", "SET l v")
        b.ask("SET m v", "PING")
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [1])
        harness.commit()
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [2])
        harness.run()
        #expect(a.answer == "+OK|+OK")
        #expect(b.answer == "+OK|+PONG")
        #expect(harness.inFlightBytes == 0)
    }

    @Test func `what is about the member is answered while too many bytes are on their way`() {
        let harness = GatewayHarness { $0.maximumInFlightBytes = 100 }
        let (client, observer) = (harness.connect(), harness.connect())
        client.ask("SET k \(String(repeating: "x", count: 200))", "SET l v")
        harness.turn()
        observer.ask("INFO memory")
        harness.turn()
        harness.confirm()
        harness.turn()
        #expect(observer.answer.contains("gateway_in_flight_bytes:2"))
        harness.run()
        #expect(client.answer == "+OK|+OK")
    }

    @Test func `one connection has 16,384 commands on their way, and waits with more`() {
        let harness = GatewayHarness()
        let client = harness.connect()
        let total = 40_000
        client.send(String(repeating: "INCR n\r\n", count: total))
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [16_384])
        #expect(client.interest == ConnectionInterest(reads: false, writes: false))
        harness.run()
        let answers = client.answer.split(separator: "|")
        #expect(answers == (1...total).map { ":\($0)" })
    }

    @Test func `many connections together have more than that on their way`() {
        let harness = GatewayHarness()
        let clients = (0..<64).map { _ in harness.connect() }
        for client in clients { client.send(String(repeating: "INCR n\r\n", count: 1024)) }
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [65_536])
        harness.run()
        var answers: [Substring] = []
        for client in clients {
            let part = client.answer.split(separator: "|")
            #expect(part.count == 1024)
            answers += part
        }
        #expect(Set(answers).count == 65_536)
        #expect(!answers.contains { $0.hasPrefix("-") })
        #expect(harness.inFlightBytes == 0)
    }

    @Test func `an answer that would be too long is an error instead`() {
        let harness = GatewayHarness { $0.maximumReplyBytes = 100 }
        let client = harness.connect()
        #expect(client.call("SET k \(String(repeating: "x", count: 60))") == "+OK")
        #expect(client.call("MGET k k", "PING") == "-TOOLARGE an answer may have 100 bytes|+PONG")
    }

    @Test func `nothing is left in flight when clients go in the middle`() {
        let harness = GatewayHarness()
        for _ in 0..<3 {
            let client = harness.connect()
            client.ask("GET k", "SET k v")
            harness.turn()
            client.hangUp()
            let other = harness.connect()
            other.ask("SET k v", "GET k", "DBSIZE")
            harness.turn()
            other.hangUp()
        }
        harness.run()
        #expect(harness.inFlightBytes == 0)
        #expect(harness.connectionCount == 0)
        #expect(!harness.hasRounds)
    }
}
