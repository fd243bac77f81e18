// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

@testable import RaftSimulation

@Suite struct `Simulated clocks` {
    private func time(_ nanoseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds)
    }

    @Test func `a deadline comes at the first moment at which the member's clock shows it`() {
        var random = SplitMix64(seed: 1)
        for drift in [0, 1, -1, 500, -500, 50_000, -50_000, 333_333, -999_999] as [Int64] {
            var clock = SimulatedClock()
            clock.bootOffset = random.next(below: 1_000_000_000_000)
            clock.setDrift(drift, at: time(10_000_000_000))
            for _ in 0..<300 {
                let now = time(10_000_000_000 + random.next(below: 100_000_000_000))
                let reading = clock.moment(now).monotonic
                #expect(clock.worldTime(reading) <= now)
                let deadline = reading + Interval(nanoseconds: 1 + random.next(below: 1_000_000))
                let due = clock.worldTime(deadline)
                #expect(due > now && clock.moment(due).monotonic >= deadline)
                #expect(clock.moment(time(due.nanoseconds - 1)).monotonic < deadline)
            }
            let before = clock.worldTime(time(1))
            #expect(before < time(10_000_000_000))
            #expect(clock.worldTime(time(.max)) > time(1 << 62))
        }
    }

    @Test func `clocks run as fast as their drift says, both of them`() {
        var clock = SimulatedClock()
        let start = clock.moment(time(0))
        clock.setDrift(50_000, at: time(0))
        let later = clock.moment(time(20_000_000_000))
        #expect(later.monotonic - start.monotonic == .milliseconds(21_000))
        #expect(later.wall.milliseconds - start.wall.milliseconds == 21_000)
    }

    @Test func `a boot clock never goes back, however its speed changes`() {
        var random = SplitMix64(seed: 2)
        var clock = SimulatedClock()
        var now: UInt64 = 0
        var last = clock.moment(time(now)).monotonic
        for _ in 0..<1000 {
            now += random.next(below: 3)
            clock.setDrift(Int64(random.next(below: 100_001)) - 50_000, at: time(now))
            let reading = clock.moment(time(now)).monotonic
            #expect(reading >= last)
            last = reading
        }
    }

    @Test func `a frozen wall clock stands still, then shows what it would have shown`() {
        var clock = SimulatedClock()
        let start = clock.moment(time(5_000_000_000))
        clock.freeze(at: time(5_000_000_000), until: time(7_000_000_000))
        let frozen = clock.moment(time(6_900_000_000))
        #expect(frozen.wall == start.wall)
        #expect(frozen.monotonic - start.monotonic == .milliseconds(1900))
        let after = clock.moment(time(7_000_000_000))
        #expect(after.wall.milliseconds == start.wall.milliseconds + 2000)
        clock.freeze(at: time(7_000_000_000), until: time(9_000_000_000))
        clock.thaw()
        #expect(
            clock.moment(time(8_000_000_000)).wall.milliseconds == after.wall.milliseconds + 1000)
    }

    @Test func `members whose clocks run apart keep their leader`() {
        let cluster = Cluster.running()
        let leader = cluster.requireLeader()
        for member in cluster.members {
            let drift: Int64 = member == leader ? -50_000 : 50_000
            cluster.inject(.driftClock(.member(member), partsPerMillion: drift))
        }
        let term = cluster.role(of: leader)?.term
        cluster.run(for: .seconds(20))
        #expect(cluster.leader == leader && cluster.role(of: leader)?.term == term)
        #expect(cluster.count(of: .clockDrifted) == 3)
        cluster.finish()
    }

    @Test func `a member's timers follow its own clock`() {
        /// How much of the world's time a command with a limit of a second lives.
        func life(drift: Int64) -> UInt64 {
            var profile = SimulationProfile()
            profile.members = 1
            profile.member.clockDrift = 0
            let cluster = Cluster.running(profile)
            cluster.inject(.driftClock(.leader, partsPerMillion: drift))
            let start = cluster.elapsed
            let call = cluster.propose([.set(3, 5, limit: 10_000)], on: cluster.members[0])[0]
            #expect(cluster.run(within: .seconds(60)) { cluster.isApplied(call) })
            #expect(
                cluster.run(within: .seconds(60)) { cluster.value(3, at: cluster.members[0]) == 0 })
            return (cluster.elapsed.nanoseconds - start.nanoseconds) / 1_000_000
        }
        #expect(9900...10_300 ~= life(drift: 0))
        #expect(7900...8300 ~= life(drift: 250_000))
        #expect(13_200...13_700 ~= life(drift: -250_000))
    }
}
