// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KVServer
@testable import Raft

/// Texts as Redis 7.0.15 gives them, compared with the real one when they were written down.
@Suite struct `Commands and their errors` {
    let harness = GatewayHarness()

    @Test(arguments: [
        ("SET k v", "+OK"), ("SET k v NX", "+OK"), ("SET k v XX", "$-1"), ("SET k v GET", "$-1"),
        ("SET k v EX 10", "+OK"), ("set k v px 10 nx", "+OK"), ("SET k v KEEPTTL", "+OK"),
        ("SET k v EX 10 EX 20", "+OK"), ("SET k v PXAT 9223372036854775807", "+OK"),
        ("SETNX k v", ":1"), ("SETEX k 10 v", "+OK"), ("PSETEX k 10 v", "+OK"),
        ("GETSET k v", "$-1"), ("GET k", "$-1"), ("MGET k l", "*2|$-1|$-1"),
        ("MSET k 1 l 2", "+OK"),
        ("APPEND k abc", ":3"), ("STRLEN k", ":0"), ("INCR k", ":1"), ("DECR k", ":-1"),
        ("INCRBY k 5", ":5"), ("DECRBY k 5", ":-5"), ("INCRBY k -9223372036854775808", nil),
        ("DEL k l", ":0"), ("UNLINK k", ":0"), ("EXISTS k k", ":0"), ("TYPE k", "+none"),
        ("PERSIST k", ":0"), ("EXPIRE k 10", ":0"), ("PEXPIRE k -1", ":0"), ("EXPIREAT k 10", ":0"),
        ("PEXPIREAT k 10", ":0"), ("TTL k", ":-2"), ("PTTL k", ":-2"), ("DBSIZE", ":0"),
        ("FLUSHALL", "+OK"), ("FLUSHDB ASYNC", "+OK"), ("flushall sync", "+OK"),
    ]) func `a command on an empty store`(line: String, reply: String?) {
        #expect(harness.connect().call(line) == reply ?? ":-9223372036854775808")
    }

    @Test(arguments: [
        "SET k v FOO", "SET k v EX", "SET k v NX XX", "SET k v XX NX", "SET k v EX 1 PX 1",
        "SET k v EX 10 KEEPTTL", "SET k v KEEPTTL EX 10", "SET k v PERSIST", "FLUSHALL FOO",
        "FLUSHALL ASYNC SYNC",
    ]) func `options that contradict each other are a syntax error`(line: String) {
        #expect(harness.connect().call(line) == "-ERR syntax error")
    }

    @Test(arguments: [
        "SET k v EX abc", "SET k v EX 1.5", "SET k v EX 05", "SETEX k abc v", "EXPIRE k abc",
        "INCRBY k abc", "DECRBY k 9223372036854775808", "SELECT abc",
    ]) func `what has to be a number is one in its only spelling`(line: String) {
        #expect(
            harness.connect().call(line) == "-ERR value is not an integer or out of range")
    }

    @Test(arguments: [
        ("SET k v EX 0", "set"), ("SET k v PX -1", "set"),
        ("SET k v EX 9223372036854775807", "set"), ("SET k v PX 9223372036854775807", "set"),
        ("SETEX k 0 v", "setex"), ("PSETEX k -5 v", "psetex"),
        ("EXPIRE k 9223372036854775807", "expire"), ("PEXPIRE k 9223372036854775807", "pexpire"),
        ("EXPIREAT k -9223372036854775808", "expireat"),
    ]) func `a time out of range is told with the command's name`(line: String, name: String) {
        #expect(
            harness.connect().call(line) == "-ERR invalid expire time in '\(name)' command")
    }

    @Test(arguments: [
        "get", "set k", "mset k", "mset k v l", "mget", "del", "incr", "expire k", "dbsize x",
        "ping a b", "echo", "select", "kv.hash x", "readonly x", "config get",
        "kv.once 1 1", "kv.idem t", "kv.session",
    ]) func `a wrong number of arguments is told with the command's name`(line: String) {
        let words = line.split(separator: " ")
        let name = words[0] == "config" ? "config|get" : String(words[0])
        #expect(
            harness.connect().call(line.uppercased())
                == "-ERR wrong number of arguments for '\(name)' command")
    }

    @Test func `an unknown command is repeated with the beginning of its arguments`() {
        let client = harness.connect()
        #expect(
            client.call("Foo a b")
                == "-ERR unknown command 'Foo', with args beginning with: 'a' 'b' ")
        let long = String(repeating: "x", count: 200)
        #expect(
            client.call("\(long) \(long) y")
                == "-ERR unknown command '\(long.prefix(128))', with args beginning with:"
                + " '\(long.prefix(128))' ")
    }

    @Test func `errors of the state come from where it is`() {
        let client = harness.connect()
        #expect(
            client.call("SET k abc", "INCR k")
                == "+OK|-ERR value is not an integer or out of range")
        #expect(
            client.call("SET k 9223372036854775807", "INCR k")
                == "+OK|-ERR increment or decrement would overflow")
        #expect(
            client.call("DECRBY k -9223372036854775808") == "-ERR decrement would overflow")
    }

    @Test func `a refused command leaves nothing in the batch`() {
        let client = harness.connect()
        let long = String(repeating: "k", count: 64 << 10 | 1)
        client.send(
            "*3\r\n$3\r\nSET\r\n$\(long.count)\r\n\(long)\r\n$1\r\nv\r\n"
                + "*4\r\n$3\r\nDEL\r\n$1\r\na\r\n$\(long.count)\r\n\(long)\r\n$1\r\nb\r\n")
        client.ask("INCR n")
        harness.turn()
        #expect(harness.writes.map(\.batch.count) == [1])
        harness.commit()
        harness.turn()
        #expect(
            client.answer == "-TOOLARGE a key may have 65536 bytes|"
                + "-TOOLARGE a key may have 65536 bytes|:1")
    }

    @Test func `the remaining time of a key goes on while nothing is written`() {
        let client = harness.connect()
        #expect(client.call("SET k v PX 5000", "PTTL k", "TTL k") == "+OK|:5000|:5")
        harness.advance(milliseconds: 1700)
        #expect(client.call("PTTL k", "TTL k") == ":3300|:3")
        harness.advance(milliseconds: 9999)
        // The log alone makes it disappear.
        #expect(client.call("PTTL k", "GET k") == ":0|$1|v")
    }

    @Test func `time is the member's wall clock`() {
        harness.wall = 1_700_000_000_123
        harness.turn()
        #expect(harness.connect().call("TIME") == "*2|$10|1700000000|$6|123000")
    }

    @Test func `the hash names the applied index and sixteen digits`() {
        let client = harness.connect()
        let before = client.call("KV.HASH")
        #expect(before.hasPrefix("*2|:0|$16|"))
        let after = client.call("SET k v", "KV.HASH")
        #expect(after.hasPrefix("+OK|*2|:1|$16|"))
        #expect(after.suffix(16) != before.suffix(16))
    }

    @Test func `the hash is of sessions and tokens too`() {
        let client = harness.connect()
        let before = client.call("SET k v", "KV.HASH")
        let session = client.call("KV.SESSION NEW", "KV.HASH")
        let token = client.call("KV.IDEM t SET k v", "KV.HASH")
        #expect(Set([before, session, token].map { $0.suffix(16) }).count == 3)
        #expect(token.hasPrefix("+OK|*2|:3|$16|"))
    }
}
