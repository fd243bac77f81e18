// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftTransport
import Testing

@testable import RaftSimulation

/// What becomes of connections when processes, machines and wires fail.
@Suite struct `Failures of the simulated network` {
    @Test func `nobody listening turns a dialer away at once; a machine that is gone lets it wait`()
    {
        let refusing = NetworkHarness()
        refusing.start(0)
        refusing.run(for: .milliseconds(2))
        guard case .backingOff? = refusing.dialer(0) else {
            Issue.record("\(String(describing: refusing.dialer(0)))")
            return
        }
        let hanging = NetworkHarness()
        hanging.stop(1, silently: true)
        hanging.start(0)
        hanging.run(for: .milliseconds(900))
        guard case .dialing? = hanging.dialer(0) else {
            Issue.record("\(String(describing: hanging.dialer(0)))")
            return
        }
        hanging.run(for: .milliseconds(105))
        guard case .backingOff? = hanging.dialer(0) else {
            Issue.record("\(String(describing: hanging.dialer(0)))")
            return
        }
        for bench in [refusing, hanging] {
            bench.start(1)
            bench.run(for: .seconds(2))
            #expect(bench.connections(of: 0) == 2 && bench.connections(of: 1) == 2)
        }
    }

    @Test func `the end of a process is noticed soon, that of a machine after seconds of silence`()
    {
        for seed in UInt64(1)...20 {
            let killed = NetworkHarness.pair(seed: seed)
            killed.stop(0)
            killed.run(for: .milliseconds(5200))
            #expect(killed.disconnections(at: 1).count == 2)
            let cut = NetworkHarness.pair(seed: seed)
            cut.stop(0, silently: true)
            cut.run(for: .seconds(5))
            #expect(cut.disconnections(at: 1).isEmpty)
            cut.run(for: .seconds(4))
            #expect(cut.disconnections(at: 1).count == 2)
        }
    }

    @Test func `a machine that is back replaces its old connections, or disowns them`() {
        var replaced = 0
        var disowned = 0
        for seed in UInt64(1)...40 {
            let bench = NetworkHarness.pair(seed: seed)
            bench.stop(0, silently: true)
            bench.run(for: .milliseconds(200))
            bench.start(0)
            bench.run(for: .seconds(1))
            if bench.has(.connectionReplaced) { replaced += 1 }
            disowned += bench.disconnections(at: 1).count
            bench.send(1..<3)
            bench.run(for: .seconds(1))
            #expect(bench.received() == [1, 2])
            #expect(bench.connections(of: 1) == 4)
        }
        #expect(replaced > 0 && disowned < 80)
    }

    @Test func `what is sent into a cut arrives when it is healed, unless the connection broke`() {
        var kept = 0
        for seed in UInt64(1)...40 {
            let bench = NetworkHarness.pair(seed: seed)
            bench.cut(0, 1)
            bench.send(0..<5)
            bench.run(for: .seconds(1))
            #expect(bench.received() == [])
            bench.heal(0, 1)
            bench.run(for: .seconds(10))
            let received = bench.received()
            #expect(received == Array(0..<received.count))
            if received.count == 5 { kept += 1 }
            bench.send(5..<6)
            bench.run(for: .seconds(1))
            #expect(bench.received() == received + [5])
        }
        #expect(kept > 10 && kept < 40)
    }

    @Test func `both ends give a connection up after seconds of silence in either direction`() {
        for (from, to) in [(0, 1), (1, 0)] {
            let bench = NetworkHarness.pair()
            bench.cut(from, to)
            bench.run(for: .seconds(4))
            #expect(bench.disconnections(at: 0).isEmpty && bench.disconnections(at: 1).isEmpty)
            bench.run(for: .seconds(6))
            #expect(bench.disconnections(at: 0).count == 2)
            #expect(bench.disconnections(at: 1).count == 2)
            #expect(bench.has(.silenceNoticed))
        }
    }

    @Test func `a clog holds everything up, and lets it all go at once and in order`() {
        for isOrdered in [true, false] {
            let bench = NetworkHarness { $0.isOrdered = isOrdered }
            if isOrdered {
                bench.start(0)
                bench.start(1)
                bench.run(for: .milliseconds(500))
            } else {
                bench.startUnordered()
            }
            bench.clog(0, 1)
            for number in 0..<20 {
                bench.send(number..<number + 1)
                bench.run(for: .milliseconds(10))
            }
            #expect(bench.received() == [])
            bench.unclog(0, 1)
            bench.run(for: Interval(nanoseconds: 0))
            #expect(bench.received() == Array(0..<20))
            #expect(bench.has(.clogReleased))
            bench.send(20..<21, from: 1, to: 0)
            bench.run(for: .milliseconds(10))
            #expect(bench.received(by: 0) == [20])
        }
    }

    @Test func `nothing sent after a clog overtakes what was in it`() {
        for seed in UInt64(1)...20 {
            let bench = NetworkHarness.pair(seed: seed)
            bench.clog(0, 1)
            bench.send(0..<10)
            bench.run(for: .milliseconds(100))
            bench.unclog(0, 1)
            bench.send(10..<20)
            bench.run(for: .milliseconds(100))
            #expect(bench.received() == Array(0..<20))
        }
    }

    @Test func `a process that stands still answers nobody and takes nothing, until it goes on`() {
        let bench = NetworkHarness()
        bench.start(0)
        bench.start(1)
        bench.pause(1, for: .seconds(1))
        bench.run(for: .milliseconds(900))
        // Its machine has taken the connections.
        guard case .greeting? = bench.dialer(0) else {
            Issue.record("\(String(describing: bench.dialer(0)))")
            return
        }
        bench.run(for: .milliseconds(200))
        #expect(bench.connections(of: 0) == 2 && bench.connections(of: 1) == 2)
    }

    @Test func `in a healed network broken connections are noticed at once`() {
        for seed in UInt64(1)...40 {
            let bench = NetworkHarness.pair(seed: seed)
            bench.reset(0, 1)
            bench.reset(1, 0)
            bench.healAll()
            bench.run(for: .milliseconds(100))
            bench.send(1..<2)
            bench.send(2..<3, from: 1, to: 0)
            bench.run(for: .milliseconds(10))
            #expect(bench.received() == [1] && bench.received(by: 0) == [2])
        }
    }

    @Test func `every ordered pair has delays of its own, and they are the same for the same seed`()
    {
        func delays(_ seed: UInt64) -> [Delay] {
            let bench = NetworkHarness(members: 5, seed: seed) { profile in
                profile.variesByLink = true
                profile.slowLinkOneIn = 4
            }
            return bench.network.links.map(\.delay)
        }
        #expect(delays(1) == delays(1))
        #expect(delays(1) != delays(2))
        let longest = delays(1).map(\.longest.nanoseconds)
        #expect(Set(longest).count > 15)
        #expect(longest.contains { $0 > 1_000_000 } && longest.contains { $0 < 500_000 })
    }
}
