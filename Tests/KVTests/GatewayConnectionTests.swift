// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KVServer
@testable import Raft

@Suite struct `A client's connection` {
    let harness = GatewayHarness()

    @Test func `HELLO changes the protocol of what follows, not of what is owed`() {
        let client = harness.connect()
        client.ask("SET k v", "GET x", "HELLO 3", "GET x", "CONFIG GET save")
        harness.run()
        #expect(
            client.answer
                == "+OK|$-1|%7|$6|server|$5|redis|$7|version|$6|7.0.15|$5|proto|:3|$2|id|:1"
                + "|$4|mode|$10|standalone|$4|role|$6|master|$7|modules|*0|_|%1|$4|save|$0|")
        #expect(client.call("HELLO 2", "GET x").hasSuffix("|$-1"))
    }

    @Test(arguments: [
        ("HELLO 4", "-NOPROTO unsupported protocol version"),
        ("HELLO abc", "-ERR Protocol version is not an integer or out of range"),
        ("HELLO 3 FOO", "-ERR Syntax error in HELLO option 'FOO'"),
        ("HELLO 3 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'"),
    ]) func `HELLO is refused as Redis does`(line: String, reply: String) {
        let client = harness.connect()
        #expect(client.call(line, "GET x") == reply + "|$-1")
    }

    @Test func `credentials are refused clearly: there are none`() {
        let client = harness.connect()
        let refusal =
            "-ERR AUTH <password> called without any password configured for the default user."
            + " Are you sure your configuration is correct?"
        #expect(client.call("AUTH secret") == refusal)
        #expect(client.call("HELLO 3 AUTH default secret") == refusal)
    }

    @Test func `names and libraries are kept and listed`() {
        let client = harness.connect("10.0.0.1:4000")
        #expect(client.call("CLIENT GETNAME", "CLIENT SETNAME me") == "$-1|+OK")
        #expect(client.call("CLIENT SETINFO LIB-NAME lib", "CLIENT SETINFO lib-ver 1") == "+OK|+OK")
        #expect(client.call("CLIENT GETNAME", "CLIENT ID") == "$2|me|:1")
        let list = harness.connect().call("CLIENT LIST")
        #expect(list.contains("id=1 addr=10.0.0.1:4000 name=me "))
        #expect(list.contains("lib-name=lib lib-ver=1\n"))
        #expect(client.call("RESET", "CLIENT GETNAME") == "+RESET|$-1")
    }

    @Test func `a name with spaces or control characters is refused`() {
        let client = harness.connect()
        #expect(
            client.call("CLIENT SETNAME \"a b\"")
                == "-ERR Client names cannot contain spaces, newlines or special characters.")
        #expect(client.call("CLIENT FOO") == "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.")
    }

    @Test func `there is one database`() {
        let client = harness.connect()
        #expect(client.call("SELECT 0", "SELECT 1") == "+OK|-ERR DB index is out of range")
    }

    @Test func `what follows QUIT is dropped, what precedes it is answered first`() {
        let client = harness.connect()
        client.ask("SET k v", "QUIT", "SET k w")
        harness.turn()
        #expect(!client.isClosed)
        harness.commit()
        harness.turn()
        #expect(client.answer == "+OK|+OK")
        #expect(client.isClosed)
        #expect(harness.connect().call("GET k") == "$1|v")
    }

    @Test func `a protocol error is answered in its turn and ends that connection alone`() {
        let (client, other) = (harness.connect(), harness.connect())
        client.ask("SET k v", "*1", "foo")
        other.ask("PING")
        harness.turn()
        #expect(!client.isClosed)
        harness.commit()
        harness.turn()
        #expect(client.answer == "+OK|-ERR Protocol error: expected '$', got 'f'")
        #expect(client.isClosed)
        #expect(other.answer == "+PONG")
        #expect(!other.isClosed)
    }

    @Test func `what a browser sends ends its connection without an answer`() {
        let client = harness.connect()
        client.ask("POST / HTTP/1.1", "Host: localhost", "", "SET k v")
        harness.run()
        #expect(client.answer == "")
        #expect(client.isClosed)
        #expect(harness.connect().call("DBSIZE") == ":0")
    }

    @Test func `a command may arrive in any pieces`() {
        let commands = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na\r\n\r\nPING\r\n*1\r\n$4\r\nPING\r\n"
        let bytes = Array(commands.utf8)
        for cut in 1..<bytes.count {
            let client = harness.connect()
            client.send(String(decoding: bytes[..<cut], as: UTF8.self))
            // Others are served meanwhile: their parser is not in the middle of anything.
            #expect(harness.connect().call("ECHO x") == "$1|x")
            client.send(String(decoding: bytes[cut...], as: UTF8.self))
            harness.run()
            #expect(client.answer == "+OK|+PONG|+PONG", "cut at \(cut)")
        }
    }

    @Test func `a client that ends its input still gets its answers`() {
        let client = harness.connect()
        client.ask("GET k", "SET k v", "GET k")
        client.send("SET half")
        client.endInput()
        harness.turn()
        #expect(!client.isClosed)
        harness.confirm()
        harness.turn()
        harness.commit()
        harness.turn()
        #expect(client.answer == "$-1|+OK|$1|v")
        #expect(client.isClosed)
    }

    @Test func `a write of a client that has gone takes effect, and nobody is told`() {
        let client = harness.connect()
        client.ask("SET k v")
        harness.turn()
        client.hangUp()
        // Takes the place of the one before.
        let next = harness.connect()
        #expect(next.id.index == client.id.index)
        harness.commit()
        harness.turn()
        #expect(next.answer == "")
        #expect(next.call("GET k") == "$1|v")
    }

    @Test func `one client too many is refused`() {
        let harness = GatewayHarness { $0.maximumClients = 2 }
        let first = harness.connect()
        _ = harness.connect()
        #expect(!harness.takesOneMore())
        #expect(
            Gateway.tooManyClients == Array("-ERR max number of clients reached\r\n".utf8))
        first.hangUp()
        #expect(harness.takesOneMore())
    }

    @Test func `until the member serves, commands on data are refused as by a Redis that loads`() {
        let client = harness.connect()
        harness.gateway.isServing = false
        #expect(client.call("GET k").hasPrefix("-LOADING "))
        #expect(client.call("SET k v").hasSuffix("not executed"))
        #expect(client.call("SELECT 0", "ECHO x") == "+OK|$1|x")
        harness.gateway.isServing = true
        #expect(client.call("GET k") == "$-1")
    }

    @Test func `draining answers what was begun and takes nothing new`() {
        let (busy, idle) = (harness.connect(), harness.connect())
        busy.ask("SET k v")
        harness.turn()
        harness.gateway.drain()
        busy.ask("SET k w")
        harness.turn()
        #expect(idle.isClosed)
        #expect(!busy.isClosed)
        #expect(!harness.isIdle)
        harness.commit()
        harness.turn()
        #expect(busy.answer == "+OK")
        #expect(busy.isClosed)
        #expect(harness.isIdle)
        #expect(!harness.takesOneMore())
    }
}
