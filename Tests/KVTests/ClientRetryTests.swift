// SPDX-License-Identifier: Apache-2.0

import RESP
import Testing

@testable import KVClient

@Suite struct `Client retries` {
    @Test func `a token stays the same through all attempts, and no two writes share one`() {
        var scene = ClientScene(.token)
        scene.submit("INCR", "a")
        scene.submit("INCR", "a")
        scene.connect()
        let first = scene.sent()
        #expect(first == ["KV.IDEM t-1 INCR a", "KV.IDEM t-2 INCR a"])
        scene.lose()
        scene.connect()
        #expect(scene.sent() == first)
    }

    @Test func `a token is remembered for longer than its caller waits`() {
        var scene = ClientScene(.token)
        scene.submit("INCR", "a", timeout: .seconds(61))
        scene.connect()
        #expect(scene.sent() == ["KV.IDEM t-1 PX 121000 INCR a"])
    }

    @Test func `without a stamp, what has left as a whole is in doubt and the rest is sent again`()
    {
        var scene = ClientScene(.none)
        scene.submit("INCR", "a")
        scene.submit("INCR", "b")
        scene.submit("GET", "a")
        scene.connect()
        let first = "*2\r\n$4\r\nINCR\r\n$1\r\na\r\n".utf8.count
        scene.core.consumeOutput(first, of: 0)
        scene.lose()
        guard case .failure(.outcomeUnknown) = scene.results[1] else {
            Issue.record("\(scene.results)")
            return
        }
        scene.connect()
        #expect(scene.sent() == ["INCR b", "GET a"])
    }

    @Test func `a refusal of a later attempt does not clear up what became of an earlier one`() {
        var scene = ClientScene(.token)
        let call = scene.submit("INCR", "a", timeout: .seconds(5))
        scene.connect()
        _ = scene.sent()
        scene.lose()
        scene.connect()
        _ = scene.sent()
        scene.reply("-CLUSTERDOWN no leader; not executed")
        scene.advance(milliseconds: 6000)
        guard case .failure(.outcomeUnknown) = scene.results[call] else {
            Issue.record("\(scene.results)")
            return
        }
    }

    @Test func `a write that all attempts were refused certainly was not executed`() {
        var scene = ClientScene(.token)
        let call = scene.submit("INCR", "a", timeout: .seconds(5))
        scene.connect()
        _ = scene.sent()
        scene.reply("-CLUSTERDOWN no leader; not executed")
        scene.advance(milliseconds: 6000)
        #expect(
            scene.results[call]
                == .failure(
                    .notExecuted(
                        endpoint: "m0", message: "CLUSTERDOWN no leader; not executed")))
    }

    @Test func `a member that owes a reply and keeps silent is left`() {
        var scene = ClientScene { $0.patience = .seconds(4) }
        scene.submit("GET", "a")
        scene.connect()
        _ = scene.sent()
        scene.advance(milliseconds: 3999)
        #expect(scene.log == ["connect 0 to 0"])
        scene.advance(milliseconds: 1)
        #expect(scene.log.suffix(2) == ["close 0", "connect 0 to 1"])
        scene.connect()
        #expect(scene.sent() == ["GET a"])
    }

    @Test func `a connection that does not come about is given up`() {
        var scene = ClientScene { $0.connectTimeout = .seconds(1) }
        scene.submit("GET", "a")
        scene.advance(milliseconds: 1000)
        #expect(scene.log == ["connect 0 to 0", "close 0", "connect 0 to 1"])
    }

    @Test func `endpoints that fail rest, longer each time`() {
        var scene = ClientScene {
            $0.retries = RetryPolicy(
                rounds: RetryPolicy.untilTimeout, baseDelayMilliseconds: 100,
                maximumDelayMilliseconds: 1000)
        }
        scene.submit("GET", "a")
        var times: [UInt64] = []
        for _ in 0..<12 {
            scene.lose(0, .refused(reason: "refused"))
            while scene.log.count == times.count + 1 { scene.advance(milliseconds: 1) }
            times.append(scene.now / 1_000_000)
        }
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
        // Two endpoints: at once to the second, then after 50 to 100 ms to the first, and so on.
        #expect(times[0] <= 1)
        #expect(times[1] >= 50 && times[1] <= 101)
        #expect(gaps.allSatisfy { $0 <= 1001 })
        #expect(times[11] >= 1000)
    }

    @Test func `with few rounds a call ends when every endpoint was tried`() {
        var scene = ClientScene(.token) { $0.retries.rounds = 1 }
        scene.submit("INCR", "a")
        scene.lose(0, .refused(reason: "refused"))
        #expect(scene.results.isEmpty)
        scene.lose(0, .refused(reason: "refused"))
        #expect(
            scene.results == [1: .failure(.cannotConnect(endpoint: "m1", reason: "refused"))])
    }

    @Test func `a write in doubt is repeated for longer than the rounds`() {
        var scene = ClientScene(.token) { $0.retries.rounds = 1 }
        scene.submit("INCR", "a")
        for _ in 0..<8 {
            #expect(scene.sentNext() == ["KV.IDEM t-1 INCR a"])
            scene.lose()
        }
        #expect(scene.results.isEmpty)
    }

    @Test func `a busy connection gets another one beside it`() {
        var scene = ClientScene(connections: 3)
        for _ in 0..<16 { scene.submit("GET", "a") }
        scene.connect()
        #expect(scene.sent().count == 16)
        #expect(scene.log == ["connect 0 to 0", "connect 1 to 1"])
        scene.connect(1)
        scene.submit("GET", "a")
        #expect(scene.sent(on: 1) == ["GET a"])
    }

    @Test func `a connection that keeps silent gets no more calls while there is another`() {
        var scene = ClientScene(connections: 2)
        scene.submit("GET", "a")
        scene.connect()
        #expect(scene.sent() == ["GET a"])
        scene.advance(milliseconds: 251)
        scene.submit("GET", "b")
        #expect(scene.sent() == ["GET b"])
        #expect(scene.log.last == "connect 1 to 1")
        scene.connect(1)
        for key in ["c", "d", "e"] { scene.submit("GET", key) }
        #expect(scene.sent(on: 1) == ["GET c", "GET d", "GET e"])
    }

    @Test func `a cancelled call says whether it may take effect`() {
        var scene = ClientScene(.token)
        let waiting = scene.submit("INCR", "a")
        scene.cancel(waiting)
        #expect(scene.results[waiting] == .failure(.cancelled))
        let sent = scene.submit("INCR", "a")
        let read = scene.submit("GET", "a")
        scene.connect()
        scene.cancel(sent)
        scene.cancel(read)
        guard case .failure(.outcomeUnknown) = scene.results[sent] else {
            Issue.record("\(scene.results)")
            return
        }
        #expect(scene.results[read] == .failure(.cancelled))
        // The replies come all the same, and belong to nobody.
        let next = scene.submit("GET", "b")
        _ = scene.sent()
        scene.reply(":1", "$1\r\n1", "$1\r\n2")
        #expect(scene.results[next] == .success(.bulk([UInt8(ascii: "2")])))
    }

    @Test func `more calls than may wait are refused`() {
        var scene = ClientScene { $0.maximumCalls = 1 }
        scene.submit("GET", "a")
        scene.submit("GET", "b")
        #expect(
            scene.results == [
                2: .failure(.notExecuted(endpoint: "", message: "1 calls wait already"))
            ])
    }

    @Test func `what changes a shared connection is refused`() {
        var scene = ClientScene()
        scene.submit("SELECT", "1")
        guard case .failure(.notExecuted) = scene.results[1] else {
            Issue.record("\(scene.results)")
            return
        }
    }
}
