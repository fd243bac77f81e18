// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftTransport
import Testing

@testable import RaftSimulation

/// The transport that ships, on simulated connections.
@Suite struct `Connections of the simulated network` {
    @Test(arguments: [Frame.Channel.control, .bulk])
    func `frames come in the order they were sent in, in whatever pieces`(
        channel: Frame.Channel
    ) {
        for seed in UInt64(1)...20 {
            let bench = NetworkHarness.pair(seed: seed) { profile in
                profile.splitOneIn = 2
                profile.delay = .microseconds(10, 5000, oddOneIn: 4)
            }
            for start in stride(from: 0, to: 300, by: 3) {
                bench.send(start..<start + 3, on: channel)
                bench.run(for: Interval(nanoseconds: 100_000))
            }
            bench.run(for: .seconds(1))
            #expect(bench.received(on: channel) == Array(0..<300))
        }
    }

    @Test
    func `a connection that breaks delivers a part of what was under way, and none of it later`() {
        var lengths: [Int] = []
        var halfFrames = 0
        for seed in UInt64(1)...200 {
            let bench = NetworkHarness.pair(seed: seed) { $0.splitOneIn = 2 }
            bench.send(0..<50)
            bench.run(for: Interval(nanoseconds: 200_000))
            bench.reset(0, 1)
            bench.run(for: .seconds(10))
            let before = bench.received()
            #expect(before == Array(0..<before.count), "not a prefix: \(before)")
            lengths.append(before.count)
            if bench.has(.halfFrameLost) { halfFrames += 1 }
            bench.send(100..<110)
            bench.run(for: .seconds(1))
            #expect(bench.received() == before + Array(100..<110))
            // Both channels; an end that is replaced before it is noticed is none.
            #expect(bench.connections(of: 0) == 4)
            #expect(bench.disconnections(at: 1).count <= 2)
        }
        #expect(lengths.contains { $0 > 0 && $0 < 50 })
        #expect(halfFrames > 20)
    }

    @Test func `each end of a broken connection learns of it in its own time`() {
        var late = 0
        for seed in UInt64(1)...100 {
            let bench = NetworkHarness.pair(seed: seed)
            bench.reset(0, 1)
            for number in 0..<60 {
                bench.run(for: .milliseconds(100))
                bench.send(number..<number + 1)
            }
            bench.run(for: .seconds(1))
            // Until its sender knew, frames went nowhere.
            if bench.has(.wroteIntoTheVoid) { late += 1 }
            #expect(bench.received().last == 59)
            #expect(bench.connections(of: 0) == 4)
        }
        #expect(late > 5 && late < 100)
    }

    @Test
    func `a bit turned over anywhere in a frame ends the connection, and the frame is not seen`() {
        for bit in 0..<8 * (FrameCodec.headerLength + 4) {
            let bench = NetworkHarness.pair { $0.splitOneIn = 0 }
            bench.send(5..<6)
            let connection = bench.network.alive.first { $0.from == 0 && $0.channel == .control }
            let start = connection?.bytes.arrived ?? 0
            connection?.bytes.flip(bit: bit % 8, at: start + bit / 8)
            bench.run(for: .milliseconds(500))
            #expect(bench.received() == [])
            let reason = "member 1 sent a frame that does not match its checksum"
            #expect(bench.refusals(at: 1).contains { $0.text.contains(reason) })
            // Its process is not gone, and it has dialed again.
            #expect(bench.disconnections(at: 1).isEmpty)
            #expect(bench.connections(of: 0) == 3)
            bench.send(6..<7)
            bench.run(for: .milliseconds(500))
            #expect(bench.received() == [6])
        }
    }

    @Test func `a noisy line loses frames, and shows none that is not whole`() {
        let bench = NetworkHarness { $0.damagePerMillion = 100_000 }
        bench.start(0)
        bench.start(1)
        bench.run(for: .seconds(5))
        for number in 0..<500 {
            bench.send(number..<number + 1)
            bench.run(for: .milliseconds(5))
        }
        bench.run(for: .seconds(5))
        let received = bench.received()
        #expect(received == received.sorted() && Set(received).count == received.count)
        #expect(received.count > 100 && received.count < 500)
        #expect(bench.has(.damageCaught))
    }

    @Test func `what does not fit into a queue is dropped, and the rest comes in order`() {
        let bench = NetworkHarness.pair { profile in
            profile.socketBytes = 256
            profile.controlQueueBytes = 160
        }
        bench.pause(1, for: .seconds(1))
        bench.run(for: .milliseconds(1))
        for number in 0..<100 { bench.send(number..<number + 1) }
        bench.run(for: .seconds(2))
        // 256 bytes on their way and 160 in the queue, at sixteen a frame.
        #expect(bench.received() == Array(0..<26))
        #expect(bench.has(.frameDropped) && bench.has(.awaitedRoom))
        bench.send(100..<105)
        bench.run(for: .seconds(1))
        #expect(bench.received() == Array(0..<26) + Array(100..<105))
    }

    @Test func `a frame longer than what a connection holds comes through`() {
        let bench = NetworkHarness.pair { $0.socketBytes = 256 }
        let long = Frame(
            peer: member(2), channel: .bulk, bytes: Array(repeating: 7, count: 10_000))
        bench.network.send(long, from: 0, at: bench.now)
        bench.send(1..<2, on: .bulk)
        bench.run(for: .seconds(1))
        #expect(bench.received(on: .bulk).count == 2)
        #expect(bench.received(on: .bulk).last == 1)
    }

    @Test func `members of different clusters refuse each other, and say so once`() {
        let bench = NetworkHarness()
        bench.start(0, cluster: 7)
        bench.start(1, cluster: 8)
        bench.run(for: .seconds(10))
        #expect(bench.connections(of: 0) == 0 && bench.connections(of: 1) == 0)
        for (position, other) in [(0, UInt64(8)), (1, 7)] {
            // Once as the one that dials, once as the one that is dialed.
            #expect(bench.refusals(at: position).map(\.cause) == [foreign(other), foreign(other)])
        }
    }

    @Test func `a member that belongs to a cluster from now on makes all connections anew`() {
        let bench = NetworkHarness()
        bench.start(0, cluster: nil)
        bench.start(1, cluster: 7)
        bench.run(for: .milliseconds(500))
        bench.introduce(0, cluster: 7)
        bench.run(for: .milliseconds(500))
        #expect(bench.connections(of: 0) == 4 && bench.connections(of: 1) == 4)
        // The one that closes hears of no end; the other does.
        #expect(bench.disconnections(at: 0).isEmpty)
        #expect(bench.disconnections(at: 1).count == 2)
        bench.introduce(0, cluster: 9)
        bench.run(for: .seconds(2))
        #expect(bench.refusals(at: 1).contains { $0.cause == foreign(9) })
    }
}
