// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft
import RaftTransport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct `The TCP transport in trouble` {
    @Test func `frames that do not fit the queue are dropped and counted`() async throws {
        let (one, two) = try await connectedPair()
        let mebibyte = [UInt8](repeating: 1, count: 1 << 20)
        await one.inOneTurn { transport in
            for _ in 0..<40 { transport.send([bulkFrame(to: 2, mebibyte)]) }
            for _ in 0..<3 { transport.send([controlFrame(to: 2, Array(mebibyte.dropLast(8)))]) }
        }
        // 31 with their headers in 32 MiB; one in 1 MiB.
        await two.probe.wait { $0.frames.count == 31 + 1 }
        await one.inOneTurn { _ in }
        #expect(one.transport.metrics.framesDroppedQueueFull == 9 + 2)
        await one.stop()
        await two.stop()
    }

    @Test func `a frame larger than the queue is sent when nothing else waits`() async throws {
        let (one, two) = try await connectedPair()
        let large = [UInt8](repeating: 7, count: TCPTransport.queueLimit(on: .bulk) + 1)
        await one.inOneTurn { $0.send([bulkFrame(to: 2, large), bulkFrame(to: 2, [1])]) }
        let delivered = await two.probe.wait { !$0.frames.isEmpty }
        #expect(delivered.payloads == [large])
        #expect(one.transport.metrics.framesDroppedQueueFull == 1)
        await one.stop()
        await two.stop()
    }

    @Test func `frames for a peer that is not connected are dropped at once`() async throws {
        let ports = try freePorts(1)
        let one = try TestMember(1)
        try one.start(peers: [2: ports[0]])
        await one.inOneTurn { $0.send([controlFrame(to: 2, [1]), controlFrame(to: 3, [1])]) }
        #expect(one.transport.metrics.framesDroppedUnconnected == 2)

        let two = try TestMember(2, port: ports[0])
        try two.start(peers: [1: one.port])
        await one.probe.wait { $0.isConnected(to: 2) }
        one.transport.send([controlFrame(to: 2, [2])])
        #expect(await two.probe.wait { !$0.frames.isEmpty }.payloads == [[2]])
        await one.stop()
        await two.stop()
    }

    @Test func `frames that no peer would take are dropped, not sent`() async throws {
        let (one, two) = try await connectedPair()
        let maximum = FrameCodec.maximumLength(on: .control)
        await one.inOneTurn {
            $0.send([
                controlFrame(to: 2, []),
                controlFrame(to: 2, Array(repeating: 1, count: maximum + 1)),
                controlFrame(to: 2, [1]),
            ])
        }
        #expect(await two.probe.wait { !$0.frames.isEmpty }.payloads == [[1]])
        #expect(one.transport.metrics.framesDroppedInvalid == 2)
        await one.stop()
        await two.stop()
    }

    @Test func `a damaged frame ends its connection and nothing else`() async throws {
        let ports = try freePorts(2)
        let one = try TestMember(1, port: ports[0])
        let two = try TestMember(2, port: ports[1])
        // Member 3 is known to member 1, and played by the test.
        try one.start(peers: [2: ports[1], 3: 1])
        try two.start(peers: [1: ports[0]])
        await one.probe.wait { $0.isConnected(to: 2) }
        await two.probe.wait { $0.isConnected(to: 1) }
        try await onThread {
            let dialer = try RawDialer(port: ports[0])
            defer { dialer.close() }
            #expect(try dialer.greet(as: 3, to: 1) == .accepted(by: introduction(1)))
            try dialer.send(frame: [1, 2, 3])
            try dialer.send(frame: [4, 5, 6], flippingBit: 1)
            try dialer.send(frame: [7, 8, 9])
            #expect(try dialer.readToEnd() == [])
        }
        let delivered = await one.probe.wait { !$0.refused.isEmpty }
        #expect(delivered.payloads == [[1, 2, 3]])
        #expect(delivered.refused.first?.peer == member(3))
        #expect(delivered.refused.first?.reason.contains("checksum") == true)
        two.transport.send([controlFrame(to: 1, [10])])
        await one.probe.wait { $0.payloads == [[1, 2, 3], [10]] }
        await one.inOneTurn { _ in }
        #expect(one.transport.metrics.violations == 1)
        #expect(one.probe.delivered.disconnected.isEmpty)
        await one.stop()
        await two.stop()
    }

    @Test func `a frame that announces too many bytes ends its connection at once`() async throws {
        let one = try TestMember(1)
        try one.start(peers: [3: 1])
        let port = one.port
        try await onThread {
            let dialer = try RawDialer(port: port)
            defer { dialer.close() }
            _ = try dialer.greet(as: 3, to: 1)
            var header = ByteWriter()
            header.write(UInt64(0x7F00_0000))
            header.write(CRC32C.checksum(header.bytes, in: 0..<8))
            try dialer.send(header.bytes)
            #expect(try dialer.readToEnd() == [])
        }
        let refused = await one.probe.wait { !$0.refused.isEmpty }.refused
        #expect(refused.first?.reason.contains("more than the 1048576 allowed") == true)
        await one.stop()
    }

    @Test func `strangers are refused with a reason, each reason reported once`() async throws {
        let one = try TestMember(1)
        try one.start(peers: [2: 1])
        let port = one.port
        try await onThread {
            for _ in 0..<3 {
                let unknown = try RawDialer(port: port)
                let answer = Answer.refused(
                    by: introduction(1), reason: "member 1 does not know a member 9")
                #expect(try unknown.greet(as: 9, to: 1) == answer)
                #expect(try unknown.readToEnd() == [])
                unknown.close()

                let newer = try RawDialer(port: port)
                guard case .refused(_, let reason) = try newer.greet(as: 2, to: 1, version: 2)
                else {
                    Issue.record("another version was not refused")
                    return
                }
                #expect(reason == "member 1 speaks transport format 1, not 2")
                newer.close()

                let redis = try RawDialer(port: port)
                try redis.send(Array("PING\r\n".utf8))
                #expect(try redis.readToEnd() == [])
                redis.close()
            }
        }
        await one.inOneTurn { _ in }
        let refused = one.probe.delivered.refused
        #expect(refused.count == 3)
        #expect(refused.first?.peer == member(9))
        #expect(refused.allSatisfy { $0.reason.hasPrefix("refused a connection from 127.0.0.1") })
        #expect(one.transport.metrics.handshakesRefused == 9)
        await one.stop()
    }

    @Test func `an address that points at another member is reported by both sides`() async throws {
        let ports = try freePorts(2)
        let one = try TestMember(1, port: ports[0])
        let three = try TestMember(3, port: ports[1])
        try three.start(peers: [1: ports[0]])
        try one.start(peers: [2: ports[1], 3: ports[1]])
        let reason = "the address given for member 2 belongs to member 3"
        let atOne = await one.probe.wait { !$0.refused.isEmpty }.refused
        #expect(atOne.first?.peer == member(2))
        #expect(
            atOne.first?.reason == "no connection to member 2 at 127.0.0.1:\(ports[1]): \(reason)")
        let atThree = await three.probe.wait { !$0.refused.isEmpty }.refused
        #expect(atThree.first?.reason.hasSuffix(reason) == true)
        #expect((atOne + atThree).allSatisfy { $0.cause == .other })
        await one.stop()
        await three.stop()
    }

    @Test func `a newer connection takes the place of an older one`() async throws {
        let one = try TestMember(1)
        try one.start(peers: [2: 1])
        let port = one.port
        try await onThread {
            let older = try RawDialer(port: port)
            _ = try older.greet(as: 2, to: 1)
            let newer = try RawDialer(port: port)
            _ = try newer.greet(as: 2, to: 1)
            #expect(try older.readToEnd() == [])
            try newer.send(frame: [1])
            older.close()
            newer.close()
        }
        let delivered = await one.probe.wait { !$0.disconnected.isEmpty }
        // The peer was never gone while it had a connection.
        #expect(delivered.payloads == [[1]] && delivered.disconnected.count == 1)
        await one.stop()
    }

    @Test func `a silent crowd does not keep a member out`() async throws {
        let one = try TestMember(1)
        try one.start(peers: [2: 1])
        let port = one.port
        try await onThread {
            let crowd = try (0..<80).map { _ in try RawDialer(port: port) }
            let dialer = try RawDialer(port: port)
            #expect(try dialer.greet(as: 2, to: 1) == .accepted(by: introduction(1)))
            for stranger in crowd { stranger.close() }
            dialer.close()
        }
        await one.stop()
    }

    @Test func `a start that cannot succeed says why and starts nothing`() throws {
        let held = try TCP.listen(on: .loopback(port: 0))
        defer { held.close() }
        let address = try TCP.localAddress(of: held)
        let transport = try TCPTransport(listen: "\(address)")
        let taken = #expect(throws: RaftError.self) {
            try transport.start(as: introduction(1), peers: []) { _ in }
        }
        #expect(taken?.code == .transport)
        #expect(taken?.message.contains("\(address)") == true)

        for addresses in [["127.0.0.1"], ["h:99999"], ["127.0.0.1:1", "127.0.0.1:2"]] {
            let invalid = #expect(throws: RaftError.self) {
                let peers = addresses.map { Peer(id: member(2), address: $0) }
                try transport.start(as: introduction(1), peers: peers) { _ in }
            }
            #expect(invalid?.code == .invalidConfiguration)
            #expect(invalid?.message.contains("member 2") == true)
        }
        transport.stop()
    }
}
