// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

@Suite struct `A member's idea of cluster time` {
    private let second: UInt64 = 1_000_000_000
    private let week = Interval.seconds(7 * 86_400)

    private func time(_ milliseconds: Int64) -> ClusterTime {
        ClusterTime(milliseconds: milliseconds)
    }

    private func at(seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * second)
    }

    private func moment(seconds: UInt64, wall: Int64) -> Moment {
        Moment(monotonic: at(seconds: seconds), wall: time(wall))
    }

    private func member(_ number: UInt64) -> MemberID {
        guard let id = MemberID(number) else { preconditionFailure("member \(number)") }
        return id
    }

    private func header(clock: Int64?, wall: Int64) -> FrameHeader {
        FrameHeader(group: .first, clock: clock.map(time), wall: time(wall))
    }

    /// Begins a leader's clock; what it shows, and why.
    private func lead(
        _ clock: inout ClusterClock, after stamp: Int64, seconds: UInt64, wall: Int64
    ) -> (Int64?, ClusterClock.Beginning) {
        let now = moment(seconds: seconds, wall: wall)
        let beginning = clock.lead(
            after: time(stamp), at: now, recent: .seconds(1), jumpLimit: week)
        return (clock.estimate(at: now.monotonic)?.milliseconds, beginning)
    }

    @Test func `a follower counts on from what the leader said last`() {
        var clock = ClusterClock()
        #expect(clock.estimate(at: at(seconds: 5)) == nil)
        clock.follow(time(70_000), at: at(seconds: 5))
        #expect(clock.estimate(at: at(seconds: 5)) == time(70_000))
        #expect(clock.estimate(at: at(seconds: 65)) == time(130_000))
    }

    @Test func `what comes late says too little and does not count`() {
        var clock = ClusterClock()
        clock.follow(time(70_000), at: at(seconds: 5))
        clock.follow(time(70_100), at: at(seconds: 6))
        #expect(clock.estimate(at: at(seconds: 6)) == time(71_000))
        clock.follow(time(72_500), at: at(seconds: 7))
        #expect(clock.estimate(at: at(seconds: 7)) == time(72_500))
    }

    @Test func `a follower whose crystal is fast does not run away from its leader`() {
        var clock = ClusterClock()
        // Its seconds are a tenth too short: the leader's clock shows 900 ms more after each.
        for step in 0...100 {
            clock.follow(time(Int64(step) * 900), at: at(seconds: UInt64(step)))
        }
        let estimate = clock.estimate(at: at(seconds: 100))?.milliseconds ?? 0
        #expect(90_000...90_200 ~= estimate)
    }

    @Test func `a leader begins at the latest of its log, its own idea and what voters know`() {
        var clock = ClusterClock()
        clock.follow(time(10_000), at: at(seconds: 1))
        var log = clock
        #expect(lead(&log, after: 30_000, seconds: 2, wall: 0) == (30_000, .own))
        var own = clock
        #expect(lead(&own, after: 5_000, seconds: 21, wall: 900_000) == (30_000, .own))
        var voter = clock
        voter.heard(header(clock: 31_000, wall: 0), from: member(2), at: at(seconds: 21))
        voter.heard(header(clock: nil, wall: 0), from: member(3), at: at(seconds: 21))
        #expect(lead(&voter, after: 5_000, seconds: 21, wall: 900_000) == (31_000, .others))
    }

    @Test func `a leader that was just started asks no wall clock if a voter knows the time`() {
        var clock = ClusterClock()
        clock.heard(header(clock: 31_000, wall: 99_000), from: member(2), at: at(seconds: 1))
        #expect(lead(&clock, after: 20_000, seconds: 1, wall: 99_000) == (31_000, .others))
    }

    @Test func `where nobody knows the time the median of wall clocks sets it`() {
        func begun(_ walls: [Int64], after stamp: Int64) -> Int64? {
            var clock = ClusterClock()
            for (place, wall) in walls.dropFirst().enumerated() {
                clock.heard(
                    header(clock: nil, wall: wall), from: member(UInt64(place) + 2),
                    at: at(seconds: 1))
            }
            let (time, beginning) = lead(&clock, after: stamp, seconds: 1, wall: walls[0])
            #expect(beginning == .wallClocks)
            return time
        }
        #expect(begun([3_600_000, 50_000, 51_000], after: 40_000) == 51_000)
        #expect(begun([-3_600_000, 50_000, 51_000], after: 40_000) == 50_000)
        #expect(begun([3_600_000, 50_000], after: 40_000) == 50_000)
        #expect(begun([30_000, 31_000, 32_000], after: 40_000) == 40_000)
        #expect(begun([99_000_000_000], after: 0) == 99_000_000_000)
    }

    @Test func `wall clocks that are too far ahead of the log are not believed`() {
        var clock = ClusterClock()
        let days: Int64 = 86_400_000
        let (time, beginning) = lead(&clock, after: days, seconds: 1, wall: 9 * days)
        #expect(time == days)
        #expect(beginning == .log(ahead: 8 * days))
    }

    @Test func `what others said long ago does not count`() {
        var clock = ClusterClock()
        clock.heard(header(clock: 900_000, wall: 0), from: member(2), at: at(seconds: 1))
        #expect(lead(&clock, after: 20_000, seconds: 3, wall: 50_000) == (50_000, .wallClocks))
    }

    @Test(arguments: [(3_600_000, 10_005), (-3_600_000, 9_995), (0, 10_000)] as [(Int64, Int64)])
    func `a leader's clock is steered by 500 ppm at most and never stepped`(
        offset: Int64, shown: Int64
    ) {
        var clock = ClusterClock()
        _ = lead(&clock, after: 0, seconds: 0, wall: 0)
        clock.discipline(at: moment(seconds: 0, wall: offset), quorum: 1, recent: .seconds(1))
        #expect(clock.estimate(at: at(seconds: 0)) == time(0))
        #expect(clock.estimate(at: at(seconds: 10)) == time(shown))
    }

    @Test func `one wall clock that is stepped moves nothing`() {
        var clock = ClusterClock()
        _ = lead(&clock, after: 0, seconds: 0, wall: 0)
        for number in [2, 3] as [UInt64] {
            clock.heard(header(clock: 0, wall: 0), from: member(number), at: at(seconds: 0))
        }
        clock.discipline(at: moment(seconds: 0, wall: 9_000_000), quorum: 2, recent: .seconds(1))
        #expect(clock.estimate(at: at(seconds: 100)) == time(100_000))
    }

    @Test func `of two wall clocks only what both ask for is done`() {
        func shown(_ walls: (Int64, Int64)) -> ClusterTime? {
            var clock = ClusterClock()
            _ = lead(&clock, after: 50_000, seconds: 0, wall: 0)
            clock.heard(header(clock: 0, wall: walls.1), from: member(2), at: at(seconds: 0))
            clock.discipline(
                at: moment(seconds: 0, wall: walls.0), quorum: 2, recent: .seconds(1))
            return clock.estimate(at: at(seconds: 10))
        }
        #expect(shown((90_000, 10_000)) == time(60_000))
        #expect(shown((90_000, 50_002)) == time(60_002))
        #expect(shown((10_000, 40_000)) == time(59_995))
    }

    @Test func `a leader that hears too few wall clocks is steered by none`() {
        var clock = ClusterClock()
        _ = lead(&clock, after: 0, seconds: 0, wall: 0)
        clock.discipline(at: moment(seconds: 0, wall: 9_000_000), quorum: 2, recent: .seconds(1))
        #expect(clock.estimate(at: at(seconds: 100)) == time(100_000))
    }

    @Test func `a leader that leads no more counts on, until it hears the next`() {
        var clock = ClusterClock()
        _ = lead(&clock, after: 10_000, seconds: 0, wall: 0)
        clock.stopLeading(at: at(seconds: 1))
        #expect(clock.estimate(at: at(seconds: 2)) == time(12_000))
        clock.follow(time(13_500), at: at(seconds: 3))
        #expect(clock.estimate(at: at(seconds: 3)) == time(13_500))
    }

    @Test func `a steered clock shows a time first at the moment it says`() {
        var random = SplitMix64(seed: 1)
        for steering in [0, 500, -500, 37] as [Int64] {
            var clock = SteeredClock(showing: time(1_700_000_000_000), at: at(seconds: 10))
            clock.steer(by: 123, at: MonotonicTime(nanoseconds: 10 * second + 777_777))
            clock.steer(by: steering, at: at(seconds: 11))
            for _ in 0..<200 {
                let wanted = time(
                    1_700_000_001_002 + Int64(random.next(below: 1_000_000_000)))
                let due = clock.moment(showing: wanted)
                #expect(clock.time(at: due) >= wanted)
                #expect(clock.time(at: MonotonicTime(nanoseconds: due.nanoseconds - 1)) < wanted)
            }
            #expect(clock.moment(showing: time(.max)) > at(seconds: 1_000_000))
            #expect(clock.time(at: clock.moment(showing: time(.min))) == time(1_700_000_001_000))
        }
    }

    @Test func `a steered clock never goes back, however it is steered`() {
        var random = SplitMix64(seed: 2)
        var clock = SteeredClock(showing: time(0), at: at(seconds: 0))
        var now: UInt64 = 0
        var last = time(0)
        for _ in 0..<5000 {
            now += random.next(below: 2_000_000)
            let reading = MonotonicTime(nanoseconds: now)
            clock.steer(by: Int64(random.next(below: 1001)) - 500, at: reading)
            #expect(clock.time(at: reading) >= last)
            last = clock.time(at: reading)
        }
        #expect(abs(last.milliseconds - Int64(now / 1_000_000)) <= 3)
    }

    @Test func `a clock of another era is no message`() {
        let message = WireMessage.bootstrap(.hello(fingerprint: 1, versions: 1...1))
        let sane = message.encoded(header(clock: nil, wall: 5))
        #expect(throws: Never.self) { try WireMessage.decode(sane) }
        var insane = sane
        insane[19] = 0x7F
        #expect(throws: DecodingFailure.self) { try WireMessage.decode(insane) }
        // One that is sent is what others can take.
        let clamped = message.encoded(header(clock: .max, wall: .min))
        #expect(throws: Never.self) { try WireMessage.decode(clamped) }
    }
}
