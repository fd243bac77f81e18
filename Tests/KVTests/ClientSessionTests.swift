// SPDX-License-Identifier: Apache-2.0

import RESP
import Testing

@testable import KVClient

@Suite struct `Client sessions` {
    /// A scene in which the first write has opened session 7.
    private func opened(endpoints: Int = 2) -> ClientScene {
        var scene = ClientScene(endpoints: endpoints)
        scene.submit("INCR", "a")
        scene.connect()
        #expect(scene.sent() == ["KV.SESSION NEW TTL 60"])
        scene.reply(":7")
        return scene
    }

    @Test func `the first write opens a session, and every write carries its number`() {
        var scene = opened()
        scene.submit("INCR", "b")
        #expect(scene.sent() == ["KV.ONCE 7 1 INCR a", "KV.ONCE 7 2 INCR b"])
        scene.reply(":1", ":1")
        #expect(scene.results == [1: .success(.integer(1)), 2: .success(.integer(1))])
    }

    @Test func `a read needs no session and waits for none`() {
        var scene = ClientScene()
        scene.submit("INCR", "a")
        scene.submit("GET", "a")
        scene.connect()
        #expect(scene.sent() == ["KV.SESSION NEW TTL 60", "GET a"])
    }

    @Test func `what is finished is acknowledged, without a gap`() {
        var scene = opened()
        for _ in 0..<2 { scene.submit("INCR", "a") }
        _ = scene.sent()
        scene.reply(":1", ":2")
        scene.submit("INCR", "a")
        #expect(scene.sent() == ["KV.ONCE 7 4 ACK 2 INCR a"])
    }

    @Test func `a lost connection moves writes to another member under the same numbers`() {
        var scene = opened()
        scene.submit("INCR", "b")
        _ = scene.sent()
        scene.lose()
        #expect(scene.log.last == "connect 0 to 1")
        scene.connect()
        #expect(scene.sent() == ["KV.ONCE 7 1 INCR a", "KV.ONCE 7 2 INCR b"])
        #expect(scene.results.isEmpty)
    }

    @Test func `a write in doubt is repeated until there is an answer`() {
        var scene = opened()
        for _ in 0..<5 {
            #expect(scene.sentNext() == ["KV.ONCE 7 1 INCR a"])
            scene.reply("-INDOUBT no outcome in time")
        }
        #expect(scene.sentNext() == ["KV.ONCE 7 1 INCR a"])
        scene.reply(":1")
        #expect(scene.results == [1: .success(.integer(1))])
    }

    @Test func `a write that an ended session never executed goes under a new one`() {
        var scene = opened()
        _ = scene.sent()
        scene.reply("-NOSESSION it has ended; not executed")
        #expect(scene.sent() == ["KV.SESSION NEW TTL 60"])
        scene.reply(":8")
        #expect(scene.sent() == ["KV.ONCE 8 1 INCR a"])
        scene.reply(":1")
        #expect(scene.results == [1: .success(.integer(1))])
    }

    @Test func `a write that an ended session may have executed has an unknown outcome`() {
        var scene = opened()
        _ = scene.sent()
        scene.reply("-INDOUBT the session has ended")
        #expect(
            scene.results == [
                1: .failure(
                    .outcomeUnknown(endpoint: "m0", reason: "INDOUBT the session has ended"))
            ])
        scene.submit("INCR", "b")
        #expect(scene.sent() == ["KV.SESSION NEW TTL 60"])
    }

    @Test func `a write whose reply was not kept is told apart`() {
        var scene = opened()
        _ = scene.sent()
        scene.reply("-REPLYGONE applied at revision 9")
        guard case .failure(let error) = scene.results[1] else {
            Issue.record("\(scene.results)")
            return
        }
        #expect(error == .replyGone(endpoint: "m0", message: "REPLYGONE applied at revision 9"))
        #expect(error.mayHaveTakenEffect)
    }

    @Test func `no more writes are under way than the window has room for`() {
        var scene = ClientScene(.session) { $0.window = 2 }
        for _ in 0..<3 { scene.submit("INCR", "a") }
        scene.connect()
        _ = scene.sent()
        scene.reply(":7")
        #expect(scene.sent() == ["KV.ONCE 7 1 INCR a", "KV.ONCE 7 2 INCR a"])
        scene.reply(":1")
        #expect(scene.sent() == ["KV.ONCE 7 3 ACK 1 INCR a"])
    }

    @Test func `an idle session is kept alive, a busy one lives by its writes`() {
        var scene = opened()
        _ = scene.sent()
        scene.advance(milliseconds: 2000)
        scene.reply(":1")
        scene.advance(milliseconds: 17_999)
        #expect(scene.sent() == [])
        scene.advance(milliseconds: 2)
        #expect(scene.sent() == ["KV.SESSION KEEPALIVE 7"])
        scene.reply("-NOSESSION it has ended; not executed")
        scene.submit("INCR", "a")
        #expect(scene.sent() == ["KV.SESSION NEW TTL 60"])
    }

    @Test func `the session ends with the client`() {
        var scene = opened()
        _ = scene.sent()
        scene.reply(":1")
        scene.close()
        #expect(scene.sent() == ["KV.SESSION CLOSE 7"])
        scene.reply("+OK")
        #expect(scene.log.suffix(2) == ["close 0", "closed"])
        scene.submit("GET", "a")
        #expect(
            scene.results[2]
                == .failure(.notExecuted(endpoint: "", message: "the client is closed")))
    }

    @Test func `servers that know no stamps get writes as they are`() {
        var scene = ClientScene(.session)
        scene.submit("INCR", "a")
        scene.connect()
        _ = scene.sent()
        scene.reply("-ERR unknown command 'KV.SESSION', with args beginning with: 'NEW' ")
        #expect(scene.sent() == ["INCR a"])
        scene.lose()
        guard case .failure(.outcomeUnknown) = scene.results[1] else {
            Issue.record("\(scene.results)")
            return
        }
    }
}
