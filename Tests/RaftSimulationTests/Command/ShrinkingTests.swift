// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

@testable import RaftSimulation

/// Remembers the term of the newest command.
private struct TermWatch: StateMachine {
    var term: UInt64 = 0

    init(_: Void) {}

    init(restoring reader: inout ByteReader, _: Void) throws(DecodingFailure) {
        term = try reader.read()
    }

    mutating func apply(_ command: Int64, _ context: ApplyContext) -> Int64 {
        term = context.term.rawValue
        return command
    }

    static func write(_ capture: TermWatch, to writer: inout ByteWriter) {
        writer.write(capture.term)
    }
}

@Suite struct ShrinkingTests {
    @Test(arguments: [[], [0], [41], [3, 17], [0, 1, 99], [5, 50, 51, 98], Array(0..<100)])
    func `delta debugging finds exactly what is to blame`(blamed: [Int]) {
        var tests = 0
        let found = minimalFailingPart(of: Array(0..<100)) { part in
            tests += 1
            return blamed.allSatisfy(part.contains)
        }
        #expect(found == blamed)
        #expect(tests < 1000)
    }

    @Test func `delta debugging leaves nothing that could be left out, in order`() {
        // Any three neighbours fail.
        let found = minimalFailingPart(of: Array(0..<60)) { part in
            zip(part, part.dropFirst(2)).contains { $1 == $0 + 2 }
        }
        #expect(found.count == 3 && found == Array(found[0]...found[0] + 2))
    }

    /// A promise that holds only as long as the first leader does.
    private static var wrong: SimulationWorkload<TermWatch> {
        var workload = SimulationWorkload<TermWatch> { _, random in
            .propose([Int64(random.next(below: 100))])
        }
        workload.invariant("the term is 1") { $0.term <= 1 }
        return workload
    }

    private static var failing: Simulation<TermWatch> {
        var profile = SimulationProfile()
        profile.members = 5
        profile.clients.pipeline = 9
        profile.member.clockOffset = 1000
        profile.network.delay = .microseconds(100, 900)
        profile.faults.leaderOneIn = 1
        profile.faults.rates = [
            .init(.clockStep, perTenSeconds: 30), .init(.kill, perTenSeconds: 20),
            .init(.diskStall, perTenSeconds: 10),
        ]
        profile.duration = .seconds(4)
        return Simulation(seed: 3, profile: profile, environment: (), workload: wrong)
    }

    private static func shrunk(events: Int) -> CaseShrinker {
        var shrinker = CaseShrinker(
            failing.stored, failing.run(), acceptsAny: false, events: events
        ) {
            Simulation<TermWatch>($0, environment: (), workload: wrong).run()
        } tell: { _ in
        }
        shrinker.shrink()
        return shrinker
    }

    @Test func `a case shrinks to the one fault that matters, and still fails`() throws {
        #expect(Self.failing.run().failure != nil)
        #expect(Self.failing.schedule.count > 20)
        let smallest = Self.shrunk(events: 400_000).smallest
        #expect(smallest.schedule.count == 1)
        #expect(smallest.profile.members <= 2)
        #expect(smallest.profile.clients.count <= 2)
        let calls = smallest.profile.clients.callLimit - smallest.omittedCalls.count
        #expect(calls <= 2)
        #expect(smallest.profile.fieldsOfItsOwn.filter { !$0.isMeasuredApart }.isEmpty)
        let stored = try SimulationCase(json: Array(smallest.jsonText.utf8))
        let report = Simulation<TermWatch>(stored, environment: (), workload: Self.wrong).run()
        #expect(report.failure?.property == stored.property)
    }

    @Test func `calls are left out although the last of them fails`() {
        var workload = SimulationWorkload<TermWatch> { _, random in
            .propose([Int64(random.next(below: 40))])
        }
        workload.check = { _, answer in answer == 17 ? "unlucky" : nil }
        var simulation = Simulation<TermWatch>(
            seed: 3, profile: SimulationProfile(), environment: (), workload: workload)
        simulation.profile.clients.pipeline = 1
        var shrinker = CaseShrinker(
            simulation.stored, simulation.run(), acceptsAny: false, events: 400_000
        ) {
            Simulation<TermWatch>($0, environment: (), workload: workload).run()
        } tell: { _ in
        }
        #expect(shrinker.measure.contains("any number of calls"))
        shrinker.shrink()
        let smallest = shrinker.smallest
        #expect(
            smallest.profile.clients.callLimit * smallest.profile.clients.count
                - smallest.omittedCalls.count == 1)
        #expect(shrinker.measure.contains(" clients with 1 calls"))
    }

    @Test func `shrinking is a function of the case, and its effort is bounded`() {
        let some = Self.shrunk(events: 40_000)
        #expect(some.smallest.jsonText == Self.shrunk(events: 40_000).smallest.jsonText)
        #expect(some.isSpent)
        #expect(some.report.failure != nil)
    }
}
