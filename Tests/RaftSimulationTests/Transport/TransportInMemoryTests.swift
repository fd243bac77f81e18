// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft
import RaftTransport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The in-memory network` {
    private let network = InMemoryNetwork()

    private func start(
        _ number: UInt64, peers: [UInt64], cluster: UInt64? = 7
    ) throws -> (transport: InMemoryTransport, probe: Probe) {
        let transport = network.makeTransport()
        let probe = Probe()
        try transport.start(
            as: introduction(number, cluster: cluster),
            peers: peers.map { Peer(id: member($0), address: "") }
        ) { probe.deliver($0) }
        return (transport, probe)
    }

    @Test func `frames arrive in the order they were sent`() async throws {
        let one = try start(1, peers: [1, 2])
        let two = try start(2, peers: [1, 2])
        await one.probe.wait { $0.isConnected(to: 2) }
        let sent = (0..<10_000).map { bytes(of: $0) }
        for start in stride(from: 0, to: sent.count, by: 100) {
            one.transport.send(sent[start..<start + 100].map { controlFrame(to: 2, $0) })
        }
        let delivered = await two.probe.wait { $0.frames.count == sent.count }
        #expect(delivered.payloads == sent)
        #expect(delivered.frames.allSatisfy { $0.peer == member(1) && $0.channel == .control })
    }

    @Test func `an isolated member neither hears nor is heard until it is healed`() async throws {
        let one = try start(1, peers: [2, 3])
        let two = try start(2, peers: [1, 3])
        let three = try start(3, peers: [1, 2])
        network.isolate(member(1))
        one.transport.send([controlFrame(to: 2, [1])])
        two.transport.send([controlFrame(to: 1, [2]), controlFrame(to: 3, [3])])
        network.heal(member(1))
        one.transport.send([controlFrame(to: 2, [4])])
        two.transport.send([controlFrame(to: 1, [5])])
        #expect(await one.probe.wait { !$0.frames.isEmpty }.payloads == [[5]])
        #expect(await two.probe.wait { !$0.frames.isEmpty }.payloads == [[4]])
        #expect(await three.probe.wait { !$0.frames.isEmpty }.payloads == [[3]])
    }

    @Test func `a link is cut in one direction only`() async throws {
        let one = try start(1, peers: [2])
        let two = try start(2, peers: [1])
        network.cut(from: member(1), to: member(2))
        one.transport.send([controlFrame(to: 2, [1])])
        two.transport.send([controlFrame(to: 1, [2])])
        network.heal()
        one.transport.send([controlFrame(to: 2, [3])])
        #expect(await one.probe.wait { !$0.frames.isEmpty }.payloads == [[2]])
        #expect(await two.probe.wait { !$0.frames.isEmpty }.payloads == [[3]])
    }

    @Test func `a member that stops is missed, and found again when it is back`() async throws {
        let one = try start(1, peers: [2])
        let two = try start(2, peers: [1])
        await one.probe.wait { $0.isConnected(to: 2) }
        two.transport.stop()
        #expect(await one.probe.wait { !$0.disconnected.isEmpty }.disconnected == [member(2)])
        one.transport.send([controlFrame(to: 2, [1])])
        two.transport.send([controlFrame(to: 1, [2])])

        let again = try start(2, peers: [1])
        await one.probe.wait { $0.isConnected(to: 2, times: 2) }
        one.transport.send([controlFrame(to: 2, [3])])
        #expect(await again.probe.wait { !$0.frames.isEmpty }.payloads == [[3]])
        #expect(two.probe.delivered.frames.isEmpty && one.probe.delivered.frames.isEmpty)
    }

    @Test func `members of different clusters refuse each other, each told once`() async throws {
        let one = try start(1, peers: [2])
        let two = try start(2, peers: [1], cluster: 8)
        network.heal()
        network.heal()
        let refused = await one.probe.wait { !$0.refused.isEmpty }.refused
        #expect(refused.count == 1 && refused.first?.peer == member(2))
        #expect(refused.first?.cause == foreign(8))
        let atTwo = await two.probe.wait { !$0.refused.isEmpty }.refused
        #expect(atTwo.first?.peer == member(1) && atTwo.first?.cause == foreign(7))

        two.transport.introduce(as: introduction(2, cluster: 7))
        await one.probe.wait { $0.isConnected(to: 2) }
    }

    @Test func `two members of one id cannot be on a network`() throws {
        let first = try start(1, peers: [])
        #expect(throws: RaftError.self) { try start(1, peers: []) }
        first.transport.stop()
        _ = try start(1, peers: [])
    }

    @Test func `what waits for a member is bounded`() async throws {
        let sender = network.makeTransport()
        try sender.start(as: introduction(1), peers: [Peer(id: member(2), address: "")]) { _ in }
        let receiver = network.makeTransport()
        let release = Gate()
        let probe = Probe()
        try receiver.start(as: introduction(2), peers: [Peer(id: member(1), address: "")]) {
            // Its own thread, not one of the pool that runs tests.
            release.wait()
            probe.deliver($0)
        }
        let mebibyte = [UInt8](repeating: 1, count: 1 << 20)
        for _ in 0..<200 { sender.send([bulkFrame(to: 2, mebibyte)]) }
        release.open()
        let frames = await probe.wait { $0.frames.count >= 63 }.frames
        // At most two batches: the one whose delivery was held up, and the one behind it.
        #expect(frames.count <= 128)
        sender.stop()
        receiver.stop()
    }
}
