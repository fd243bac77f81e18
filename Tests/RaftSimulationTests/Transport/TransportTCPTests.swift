// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft
import RaftTransport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct `The TCP transport` {
    @Test func `ten thousand frames arrive in order, both ways, from any thread`() async throws {
        let (one, two) = try await connectedPair()
        let sent = (0..<10_000).map { bytes(of: $0) }
        for start in stride(from: 0, to: sent.count, by: 500) {
            let part = sent[start..<start + 500]
            one.transport.send(part.map { controlFrame(to: 2, $0) })
            await two.inOneTurn { $0.send(part.map { bulkFrame(to: 1, $0) }) }
        }
        let toTwo = await two.probe.wait { $0.frames.count == sent.count }
        let toOne = await one.probe.wait { $0.frames.count == sent.count }
        #expect(toTwo.payloads == sent && toOne.payloads == sent)
        #expect(toTwo.frames.allSatisfy { $0.peer == member(1) && $0.channel == .control })
        #expect(toOne.frames.allSatisfy { $0.peer == member(2) && $0.channel == .bulk })
        await one.stop()
        await two.stop()
    }

    @Test func `what is sent in one turn leaves in one write for each channel`() async throws {
        let (one, two) = try await connectedPair()
        let before = one.transport.metrics
        await one.inOneTurn { transport in
            for number in 0..<500 {
                transport.send([
                    controlFrame(to: 2, bytes(of: number)), bulkFrame(to: 2, bytes(of: number)),
                ])
            }
        }
        let after = one.transport.metrics
        #expect(after.framesQueued - before.framesQueued == 1000)
        #expect(after.writes - before.writes == 2)
        #expect(after.bytesSent - before.bytesSent == 1000 * (FrameCodec.headerLength + 4))
        await two.probe.wait { $0.frames.count == 1000 }
        await one.stop()
        await two.stop()
    }

    @Test func `what arrives is delivered before the phase that works on it`() async throws {
        final class Stage: LoopMember {
            let onTurn: (UInt64) -> Void
            init(_ onTurn: @escaping (UInt64) -> Void) { self.onTurn = onTurn }
            func turn(now: UInt64) -> Turn {
                onTurn(now)
                return .idle
            }
        }
        let ports = try freePorts(2)
        let sender = try TestMember(1, port: ports[0])
        let receiver = try EventLoop(name: "receiver")
        let transport = TCPTransport(loop: receiver, listen: .loopback(port: ports[1]))
        let turnOfDelivery = Locked(UInt64(0))
        let probe = Probe()
        receiver.add(
            Stage { _ in
                if turnOfDelivery.withLock({ $0 }) == receiver.turnCount {
                    probe.deliver([.disconnected(member(9))])
                }
            }, phase: .process)
        try transport.start(
            as: introduction(2), peers: [Peer(id: member(1), address: "127.0.0.1:\(ports[0])")]
        ) { events in
            for case .received in events { turnOfDelivery.withLock { $0 = receiver.turnCount } }
        }
        receiver.start()
        try sender.start(peers: [2: ports[1]])
        await sender.probe.wait { $0.isConnected(to: 2) }
        sender.transport.send([controlFrame(to: 2, [1])])
        await probe.wait { !$0.disconnected.isEmpty }
        transport.stop()
        receiver.stop()
        await sender.stop()
    }

    @Test func `frames of megabytes pass on the bulk channel while small ones overtake`()
        async throws
    {
        let (one, two) = try await connectedPair()
        let large = [UInt8](unsafeUninitializedCapacity: 9 << 20) { buffer, count in
            for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index >> 7) }
            count = buffer.count
        }
        await one.inOneTurn {
            $0.send([bulkFrame(to: 2, large), bulkFrame(to: 2, [1]), controlFrame(to: 2, [2])])
        }
        let delivered = await two.probe.wait { $0.frames.count == 3 }
        #expect(delivered.payloads == [[2], large, [1]])
        await one.stop()
        await two.stop()
    }

    @Test func `a peer that restarts is missed, and found again`() async throws {
        let (one, two) = try await connectedPair()
        let port = two.port
        await two.stop()
        await one.probe.wait { $0.disconnected.contains(member(2)) }

        let again = try TestMember(2, port: port)
        try again.start(peers: [1: one.port])
        await one.probe.wait { $0.isConnected(to: 2, times: 2) }
        await again.probe.wait { $0.isConnected(to: 1) }
        one.transport.send([controlFrame(to: 2, [1])])
        again.transport.send([controlFrame(to: 1, [2])])
        #expect(await again.probe.wait { !$0.frames.isEmpty }.payloads == [[1]])
        #expect(await one.probe.wait { !$0.frames.isEmpty }.payloads == [[2]])
        #expect(two.probe.delivered.frames.isEmpty)
        await one.stop()
        await again.stop()
    }

    @Test func `a new introduction is made to everyone`() async throws {
        let ports = try freePorts(2)
        let one = try TestMember(1, port: ports[0])
        let two = try TestMember(2, port: ports[1])
        try one.start(peers: [2: ports[1]], cluster: nil)
        try two.start(peers: [1: ports[0]], cluster: 8)
        await one.probe.wait { $0.isConnected(to: 2) }
        one.transport.introduce(as: introduction(1, cluster: 7))
        // Both have dialed, and both were dialed: each is told twice.
        let atOne = await one.probe.wait { $0.refused.count == 2 }.refused
        #expect(atOne.allSatisfy { $0.peer == member(2) && $0.cause == foreign(8) })
        let atTwo = await two.probe.wait { $0.refused.count == 2 }.refused
        #expect(atTwo.allSatisfy { $0.peer == member(1) && $0.cause == foreign(7) })
        one.transport.introduce(as: introduction(1, cluster: 8))
        await one.probe.wait { $0.isConnected(to: 2, times: 2) }
        await one.stop()
        await two.stop()
    }

    @Test func `a host name is looked up`() async throws {
        let ports = try freePorts(2)
        let one = try TestMember(1, port: ports[0])
        let two = try TestMember(2, port: ports[1])
        try two.start(peers: [1: ports[0]])
        let probe = one.probe
        try one.transport.start(
            as: introduction(1), peers: [Peer(id: member(2), address: "localhost:\(ports[1])")]
        ) { probe.deliver($0) }
        await one.probe.wait { $0.isConnected(to: 2) }
        await one.stop()
        await two.stop()
    }

    @Test func `a host name that nobody knows is reported, and asked for again`() async throws {
        // Labels end at 63 bytes: this one is refused without asking anybody.
        let name = String(repeating: "a", count: 64)
        let one = try TestMember(1)
        let probe = one.probe
        try one.transport.start(
            as: introduction(1), peers: [Peer(id: member(2), address: "\(name):1")]
        ) { probe.deliver($0) }
        let refused = await probe.wait { !$0.refused.isEmpty }.refused
        #expect(refused.first?.peer == member(2))
        #expect(refused.first?.reason.contains("cannot resolve host") == true)
        await one.stop()
    }

    @Test func `sockets are closed with the loop, stopped or not`() async throws {
        let (one, two) = try await connectedPair()
        two.loop.stop()
        await one.probe.wait { $0.disconnected.count == 2 }
        try TCP.listen(on: .loopback(port: two.port)).close()
        await one.stop()
    }

    @Test func `nothing is delivered after it was stopped where it delivers`() async throws {
        let (one, two) = try await connectedPair()
        await two.stop()
        let before = two.probe.delivered.frames.count
        one.transport.send((0..<100).map { controlFrame(to: 2, bytes(of: $0)) })
        await one.probe.wait { $0.disconnected.contains(member(2)) }
        await two.inOneTurn { _ in }
        #expect(two.probe.delivered.frames.count == before)
        await two.inOneTurn { [loop = two.loop] _ in
            #expect(loop.registrationCount == 0)
        }
        await one.stop()
    }
}
