// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

@testable import RaftSimulation

@Suite struct `A judge of cluster time` {
    private let member = SimulationProfile().ids[0]

    private func at(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private func time(_ milliseconds: Int64) -> ClusterTime {
        ClusterTime(milliseconds: milliseconds)
    }

    private let docket = Docket()

    /// A judge who saw member 1 elected in term 1, with a clock that was right.
    private func judge(
        drift: ClosedRange<Int> = 0...0, docket: Docket? = nil
    ) -> TimeJudge {
        var judge = TimeJudge(docket: docket ?? self.docket)
        judge.crystals(drift: drift, at: at(0))
        judge.elected(member, in: Term(1), time(0), isSet: true, at: at(0))
        judge.shows(time(0), of: member, in: Term(1), at: at(0))
        return judge
    }

    /// The property that a clock does not hold which shows a time in term 1.
    private func verdict(
        _ shown: Int64, at now: UInt64, drift: ClosedRange<Int> = 0...0
    ) -> String? {
        let docket = Docket()
        var judge = judge(drift: drift, docket: docket)
        judge.shows(time(shown), of: member, in: Term(1), at: at(now))
        return docket.failure?.property
    }

    @Test func `a clock may be steered by 500 ppm, and its crystal be off`() {
        #expect(verdict(100_050, at: 100_000) == nil)
        #expect(verdict(100_060, at: 100_000)?.contains("no faster") == true)
        #expect(verdict(99_950, at: 100_000) == nil)
        #expect(verdict(99_940, at: 100_000)?.contains("no slower") == true)
        #expect(verdict(101_050, at: 100_000, drift: -10_000...10_000) == nil)
        #expect(verdict(101_060, at: 100_000, drift: -10_000...10_000) != nil)
    }

    @Test func `crystals count at the speed they had at the time`() {
        var judge = judge(drift: 0...100_000)
        judge.crystals(drift: 0...0, at: at(10_000))
        judge.shows(time(101_050), of: member, in: Term(1), at: at(100_000))
        #expect(docket.failure == nil)
        judge.shows(time(101_100), of: member, in: Term(1), at: at(100_001))
        #expect(docket.failure != nil)
    }

    @Test func `a leader's clock does not go back`() {
        var judge = judge()
        judge.shows(time(1001), of: member, in: Term(1), at: at(1000))
        judge.shows(time(1000), of: member, in: Term(1), at: at(1001))
        #expect(docket.failure?.property == "a leader's clock never goes back")
    }

    @Test func `a change of leader loses a second at most`() {
        var lucky = judge()
        lucky.elected(member, in: Term(2), time(9000), isSet: false, at: at(10_000))
        #expect(docket.failure == nil)
        var lost = judge()
        lost.elected(member, in: Term(2), time(8900), isSet: false, at: at(10_000))
        #expect(docket.failure?.property == "cluster time goes on when leadership changes")
    }

    @Test func `a change of leader loses as much as words were on their way`() {
        var judge = judge()
        judge.arrived(after: .milliseconds(2500))
        judge.elected(member, in: Term(2), time(7600), isSet: false, at: at(10_000))
        #expect(docket.failure == nil)
        judge.elected(member, in: Term(3), time(7000), isSet: false, at: at(12_000))
        #expect(docket.failure?.property == "cluster time goes on when leadership changes")
    }

    @Test func `where wall clocks set the time they may move it anywhere`() {
        var judge = judge()
        judge.elected(member, in: Term(2), time(3_600_000), isSet: true, at: at(10_000))
        judge.shows(time(3_600_000), of: member, in: Term(2), at: at(10_000))
        #expect(docket.failure == nil)
        #expect(judge.gain == 3_590_000_000_000)
    }

    @Test func `what cluster time gained and lost is measured from any moment to any later`() {
        var judge = judge(drift: -500_000...500_000)
        for (now, shown) in [(1000, 900), (2000, 2100), (3000, 3050)] as [(UInt64, Int64)] {
            judge.shows(time(shown), of: member, in: Term(1), at: at(now))
        }
        #expect(docket.failure == nil)
        #expect(judge.gain == 200_000_000)
        #expect(judge.delay == 100_000_000)
    }
}
