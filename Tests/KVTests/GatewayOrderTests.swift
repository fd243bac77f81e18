// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KVServer
@testable import Raft

@Suite struct `The order of one connection's commands` {
    let harness = GatewayHarness()

    @Test func `all writes of a turn, of all connections, are one batch`() {
        let (a, b) = (harness.connect(), harness.connect())
        a.ask("SET k 1", "SET l 2")
        b.ask("SET m 3")
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [3])
        harness.commit()
        harness.turn()
        #expect(a.answer == "+OK|+OK")
        #expect(b.answer == "+OK")
    }

    @Test func `all reads of a turn, of all connections, are one read`() {
        let (a, b) = (harness.connect(), harness.connect())
        a.ask("GET k", "GET l")
        b.ask("EXISTS m")
        harness.turn()
        #expect(harness.reads.map(\.consistency) == [.linearizable])
        #expect(harness.writes.isEmpty)
        harness.confirm()
        harness.turn()
        #expect(a.answer == "$-1|$-1")
        #expect(b.answer == ":0")
    }

    @Test func `a read behind a write of its connection goes through the log`() {
        let client = harness.connect()
        client.ask("SET k 1", "GET k", "INCR k", "GET k")
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [4])
        #expect(harness.reads.isEmpty)
        harness.commit()
        harness.turn()
        #expect(client.answer == "+OK|$1|1|:2|$1|2")
    }

    @Test func `every kind of read can go through the log`() {
        let client = harness.connect()
        let asked = ["GET k", "MGET k x", "EXISTS k k x", "STRLEN k", "TYPE k", "TTL k", "PTTL k"]
        client.send((["SET k abc"] + asked + ["DBSIZE", ""]).joined(separator: "\r\n"))
        harness.turn()
        #expect(harness.reads.isEmpty)
        harness.commit()
        harness.turn()
        #expect(client.answer == "+OK|$3|abc|*2|$3|abc|$-1|:2|:3|+string|:-1|:-1|:1")
    }

    @Test func `another connection's read does not wait for that`() {
        let (writer, reader) = (harness.connect(), harness.connect())
        writer.ask("SET k 1")
        reader.ask("GET k")
        harness.turn()
        #expect(harness.reads.count == 1)
        harness.confirm()
        harness.turn()
        #expect(reader.answer == "$-1")
        #expect(writer.answer == "")
    }

    @Test func `a write behind unanswered reads waits until they are answered`() {
        let client = harness.connect()
        client.ask("GET k", "SET k 1", "GET k")
        harness.turn()
        #expect(harness.writes.isEmpty)
        harness.confirm()
        harness.turn()
        #expect(client.answer == "$-1")
        #expect(harness.writes.map(\.batch.count) == [2])
        harness.commit()
        harness.turn()
        #expect(client.answer == "+OK|$1|1")
    }

    @Test func `a read after the writes have finished needs no log`() {
        let client = harness.connect()
        #expect(client.call("SET k 1") == "+OK")
        client.ask("GET k")
        harness.turn()
        #expect(harness.writes.isEmpty)
        #expect(harness.reads.count == 1)
    }

    @Test func `local commands keep their place among the replies`() {
        let client = harness.connect()
        client.ask("PING", "SET k 1", "PING two", "NONSENSE", "GET k", "ECHO three")
        harness.turn()
        #expect(client.answer == "+PONG")
        harness.commit()
        harness.turn()
        #expect(
            client.answer == "+OK|$3|two|-ERR unknown command 'NONSENSE', with args beginning"
                + " with: |$1|1|$5|three")
    }

    @Test func `outcomes told in parts and out of order are answered in order`() {
        let client = harness.connect()
        client.ask("SET a 1", "SET b 2", "INCR b", "STRLEN a")
        harness.turn()
        let round = harness.writes[0]
        harness.commit(only: [2, 1])
        harness.turn()
        #expect(client.answer == "")
        harness.gateway.finishWrites(
            round.token, [.init(ordinal: 0, result: .failure(.outcomeUnknown))])
        harness.turn()
        #expect(client.answer.hasSuffix("|+OK|:3"))
        harness.gateway.finishWrites(
            round.token, [.init(ordinal: 3, result: .failure(.outcomeUnknown))])
        harness.turn()
        #expect(client.answer == "-CLUSTERDOWN the read was not answered in time; not executed")
    }

    @Test func `a linearizable read answers the earlier ones with it`() {
        let client = harness.connect()
        client.ask("GET k")
        harness.turn()
        client.ask("GET k")
        harness.turn()
        let writer = harness.connect()
        writer.ask("SET k 1")
        harness.turn()
        harness.confirm(1)
        harness.commit()
        harness.confirm()
        harness.turn()
        // Not null after 1, whatever the order in which rounds are confirmed.
        #expect(client.answer == "$-1|$-1")
    }

    @Test func `a stale read does not go back behind linearizable ones`() {
        let client = harness.connect()
        client.ask("GET k", "READONLY", "GET k")
        harness.turn()
        #expect(harness.reads.map(\.consistency) == [.linearizable])
        harness.confirm()
        client.ask("GET k")
        harness.turn()
        #expect(client.answer == "$-1|+OK|$-1")
        #expect(harness.reads.map(\.consistency) == [.stale])
    }

    @Test func `a reader of local state still sees its own writes`() {
        let client = harness.connect()
        client.ask("READONLY", "SET k 1", "GET k")
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [2])
    }

    @Test func `what is about the member waits for no write and holds none up`() {
        let client = harness.connect()
        client.ask("SET k 1", "KV.HASH", "SET k 2")
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [2])
        #expect(harness.reads.map(\.consistency) == [.stale])
        harness.confirm()
        harness.commit()
        harness.turn()
        #expect(client.answer.hasPrefix("+OK|*2|:0|$16|"))
        #expect(client.answer == "")
    }

    @Test func `commands of a turn keep their order among connections`() {
        let (a, b) = (harness.connect(), harness.connect())
        a.ask("APPEND k a")
        b.ask("APPEND k b")
        a.ask("APPEND k c")
        harness.run()
        #expect(a.call("GET k") == ":1|:3|$3|abc")
    }
}
