// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Testing

@testable import KVServer
@testable import Raft

@Suite struct `KV.ONCE: by number, in a session` {
    let harness = GatewayHarness()

    @Test func `a repeat gets the first reply, on whatever connection, and has no effect`() {
        let client = harness.connect()
        #expect(client.call("KV.SESSION NEW") == ":1")
        #expect(client.call("KV.ONCE 1 1 INCR n", "KV.ONCE 1 2 INCR n") == ":1|:2")
        #expect(harness.connect().call("kv.once 1 1 incr n") == ":1")
        #expect(client.call("GET n") == "$1|2")
    }

    @Test(arguments: [
        ("SET k v GET", "$-1"), ("SETNX k v", ":1"), ("SETEX k 9 v", "+OK"),
        ("MSET k 1 l 2", "+OK"),
        ("PSETEX k 9 v", "+OK"), ("GETSET k v", "$-1"), ("APPEND k abc", ":3"), ("INCR k", ":1"),
        ("DECR k", ":-1"), ("INCRBY k 3", ":3"), ("DECRBY k 3", ":-3"), ("DEL k", ":0"),
        ("UNLINK k", ":0"), ("PERSIST k", ":0"), ("EXPIRE k 3", ":0"), ("PEXPIRE k 3", ":0"),
        ("EXPIREAT k 3", ":0"), ("PEXPIREAT k 3", ":0"), ("FLUSHALL", "+OK"), ("FLUSHDB", "+OK"),
    ]) func `every write can be carried, and its repeat is answered alike`(
        line: String, reply: String
    ) {
        let client = harness.connect()
        #expect(client.call("KV.SESSION NEW") == ":1")
        #expect(client.call("KV.ONCE 1 1 \(line)", "SET k other") == "\(reply)|+OK")
        #expect(client.call("KV.ONCE 1 1 \(line)") == reply)
    }

    @Test func `an error of the store is a reply like any other`() {
        let client = harness.connect()
        let error = "-ERR value is not an integer or out of range"
        #expect(client.call("KV.SESSION NEW", "SET n x") == ":1|+OK")
        #expect(client.call("KV.ONCE 1 1 INCR n", "SET n 1") == "\(error)|+OK")
        #expect(client.call("KV.ONCE 1 1 INCR n") == error)
    }

    @Test func `what is acknowledged is not kept and never executed again`() {
        let client = harness.connect()
        let acknowledged =
            "-ACKNOWLEDGED the number was acknowledged before; not executed again"
        #expect(client.call("KV.SESSION NEW", "KV.ONCE 1 1 INCR n") == ":1|:1")
        #expect(client.call("KV.ONCE 1 3 ACK 2 INCR n") == ":2")
        #expect(
            client.call("KV.ONCE 1 1 INCR n", "KV.ONCE 1 2 INCR n").split(separator: "|")
                == [acknowledged[...], acknowledged[...]])
        #expect(client.call("GET n") == "$1|2")
    }

    @Test func `a number too far from what is acknowledged is refused`() {
        let client = harness.connect()
        let refused =
            "-OUTOFWINDOW the number is not among the 1024 after the acknowledged one; not executed"
        _ = client.call("KV.SESSION NEW")
        #expect(client.call("KV.ONCE 1 1025 INCR n") == refused)
        #expect(client.call("KV.ONCE 1 5 ACK 5 INCR n") == refused)
        #expect(client.call("KV.ONCE 1 1025 ACK 1 INCR n") == ":1")
    }

    @Test func `in an ended session what may have been executed is told from what never was`() {
        let client = harness.connect()
        let never = "-NOSESSION there is no such session; not executed"
        let unknown =
            "-INDOUBT the session has ended: whether the write took effect before is not known"
        #expect(client.call("KV.ONCE 1 1 INCR n") == never)
        #expect(client.call("KV.SESSION NEW", "KV.ONCE 1 1 INCR n") == ":1|:1")
        #expect(client.call("KV.SESSION CLOSE 1") == "+OK")
        #expect(client.call("KV.ONCE 1 1 INCR n") == unknown)
        #expect(client.call("KV.ONCE 1 2 INCR n") == never)
        #expect(client.call("GET n") == "$1|1")
        #expect(harness.statistics.writesInDoubt == 1)
    }

    @Test func `a reply too long to be kept is told by where the write stands`() {
        let client = harness.connect()
        let long = String(repeating: "x", count: 5000)
        _ = client.call("SET k \(long)", "KV.SESSION NEW")
        #expect(client.call("KV.ONCE 1 1 GETSET k v") == "$5000|\(long)")
        #expect(client.call("KV.ONCE 1 1 GETSET k v") == "-REPLYGONE applied at revision 3")
        #expect(client.call("GET k") == "$1|v")
    }

    @Test(arguments: ["KV.ONCE 1 1", "KV.IDEM t"])
    func `reads, what is not about data, and what carries others are refused`(prefix: String) {
        let client = harness.connect()
        let name = prefix.prefix(7)
        for read in [
            "get k", "mget k", "strlen k", "exists k", "type k", "ttl k", "pttl k", "dbsize",
        ] {
            let word = read.split(separator: " ")[0]
            #expect(
                client.call("\(prefix) \(read)")
                    == "-ERR '\(word)' is a read: send it without \(name); not executed")
        }
        for word in [
            "ping", "hello", "kv.idem", "kv.once", "kv.session", "info", "quit", "kv.hash",
        ] {
            #expect(
                client.call("\(prefix) \(word)")
                    == "-ERR '\(word)' cannot be carried by \(name); not executed")
        }
        #expect(
            client.call("\(prefix) MULTI")
                == "-ERR unknown command 'MULTI', with args beginning with: ")
        #expect(
            client.call("\(prefix) set k")
                == "-ERR wrong number of arguments for 'set' command")
        #expect(!harness.hasRounds)
        // Nothing of it sticks to the next command.
        #expect(client.call("INCR n", "INCR n") == ":1|:2")
    }

    @Test(arguments: [
        "KV.ONCE x 1 INCR n", "KV.ONCE 0 1 INCR n", "KV.ONCE 1 0 INCR n", "KV.ONCE 1 -1 INCR n",
        "KV.ONCE 1 1 ACK x INCR n", "KV.ONCE 1 1 ACK -1 INCR n", "KV.SESSION KEEPALIVE x",
        "KV.SESSION CLOSE 0", "KV.SESSION NEW TTL x", "KV.IDEM t PX x INCR n",
    ]) func `what has to be a number is one`(line: String) {
        #expect(
            harness.connect().call(line) == "-ERR value is not an integer or out of range")
    }

    @Test(arguments: [
        ("KV.ONCE 1 1 ACK", "kv.once"), ("KV.ONCE 1 1 ACK 0", "kv.once"),
        ("KV.IDEM t PX", "kv.idem"),
        ("KV.IDEM t PX 5", "kv.idem"), ("KV.SESSION NEW TTL", "kv.session|new"),
        ("KV.SESSION CLOSE", "kv.session|close"),
        ("KV.SESSION KEEPALIVE 1 2", "kv.session|keepalive"),
    ]) func `a wrong number of arguments`(line: String, name: String) {
        #expect(
            harness.connect().call(line)
                == "-ERR wrong number of arguments for '\(name)' command")
    }
}

@Suite struct `KV.IDEM: by a token of its own` {
    let harness = GatewayHarness()

    @Test func `a repeat gets the first reply, on whatever connection, and has no effect`() {
        #expect(harness.connect().call("KV.IDEM a INCR n", "KV.IDEM b INCR n") == ":1|:2")
        #expect(harness.connect().call("kv.idem a incrby n 1") == ":1")
        #expect(harness.connect().call("GET n") == "$1|2")
    }

    @Test func `a token used for another command is refused`() {
        let client = harness.connect()
        #expect(
            client.call("KV.IDEM a SET k 1", "KV.IDEM a SET k 2")
                == "+OK|-IDEMMISMATCH the token belongs to another command; not executed")
        #expect(client.call("GET k") == "$1|1")
    }

    @Test func `its window is two minutes of the log's time, or as long as asked`() {
        let client = harness.connect()
        #expect(client.call("KV.IDEM a INCR n", "KV.IDEM b PX 50 INCR n") == ":1|:2")
        harness.tick(milliseconds: 50)
        #expect(client.call("KV.IDEM a INCR n", "KV.IDEM b INCR n") == ":1|:3")
        harness.tick(milliseconds: 119_949)
        #expect(client.call("KV.IDEM a INCR n") == ":1")
        harness.tick(milliseconds: 1)
        #expect(client.call("KV.IDEM a INCR n") == ":4")
    }

    @Test(arguments: ["0", "-1", "3600001", "9223372036854775807"])
    func `a window out of range`(window: String) {
        #expect(
            harness.connect().call("KV.IDEM a PX \(window) INCR n")
                == "-ERR invalid expire time in 'kv.idem' command")
    }

    @Test func `a token has 1 to 64 bytes of any kind`() {
        let client = harness.connect()
        let longest = String(repeating: "t", count: 64)
        #expect(client.call("KV.IDEM \(longest) INCR n", "KV.IDEM \"\\x00\" INCR n") == ":1|:2")
        #expect(client.call("KV.IDEM \(longest)t INCR n") == "-ERR a token has 1 to 64 bytes")
        #expect(client.call("KV.IDEM \"\" INCR n") == "-ERR a token has 1 to 64 bytes")
    }
}

@Suite struct `KV.SESSION` {
    let harness = GatewayHarness()

    @Test func `opens, keeps alive and closes`() {
        let client = harness.connect()
        #expect(client.call("KV.SESSION NEW", "kv.session new ttl 5") == ":1|:2")
        harness.tick(milliseconds: 4000)
        #expect(client.call("KV.SESSION KEEPALIVE 2") == "+OK")
        harness.tick(milliseconds: 4000)
        #expect(client.call("KV.ONCE 2 1 INCR n") == ":1")
        harness.tick(milliseconds: 5000)
        let gone = "-NOSESSION there is no such session; not executed"
        #expect(client.call("KV.SESSION KEEPALIVE 2", "KV.SESSION KEEPALIVE 1") == "\(gone)|+OK")
        #expect(client.call("KV.SESSION CLOSE 1", "KV.SESSION CLOSE 1") == "+OK|\(gone)")
    }

    @Test(arguments: ["0", "-1", "86401"]) func `a lifetime out of range`(seconds: String) {
        #expect(
            harness.connect().call("KV.SESSION NEW TTL \(seconds)")
                == "-ERR invalid expire time in 'kv.session' command")
    }

    @Test func `what it does not know`() {
        let client = harness.connect()
        #expect(
            client.call("KV.SESSION FOO")
                == "-ERR unknown subcommand 'FOO'. Try KV.SESSION HELP.")
        #expect(client.call("KV.SESSION NEW FOR 5") == "-ERR syntax error")
    }

    @Test func `the commands of a connection keep their order around it`() {
        let client = harness.connect()
        client.ask(
            "INCR n", "KV.SESSION NEW", "KV.ONCE 1 1 INCR n", "GET n", "KV.SESSION CLOSE 1",
            "KV.ONCE 1 2 INCR n", "GET n")
        harness.turn()
        #expect(harness.operations.isEmpty && harness.writes.count == 1)
        #expect(client.answer == "")
        harness.run()
        #expect(
            client.answer
                == ":1|:1|:2|$1|2|+OK|-NOSESSION there is no such session; not executed|$1|2")
    }

    @Test func `it waits for reads, and what comes after it is behind it in the log`() {
        let client = harness.connect()
        client.ask("GET n", "KV.SESSION NEW")
        harness.turn()
        #expect(harness.operations.isEmpty)
        harness.confirm()
        harness.turn()
        #expect(harness.operations.count == 1)
        client.ask("GET n", "INCR n")
        harness.turn()
        #expect(harness.reads.isEmpty && harness.writes.count == 1)
        harness.commit()
        harness.turn()
        #expect(client.answer == "$-1")
        harness.run()
        #expect(client.answer == ":1|$-1|:1")
    }

    @Test func `an outcome that is not known is told so`() {
        let client = harness.connect()
        client.ask("KV.SESSION NEW")
        harness.turn()
        let round = harness.operations.removeFirst()
        harness.gateway.finishOperation(round.token, .failure(.outcomeUnknown))
        harness.turn()
        #expect(
            client.answer
                == "-INDOUBT the write may or may not take effect: its outcome is not known")
        #expect(harness.isIdle)
    }
}
