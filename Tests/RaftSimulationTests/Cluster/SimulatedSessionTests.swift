// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// What clients with sessions can rely on in a whole cluster, one trouble at a time.
@Suite struct SimulatedSessionTests {
    /// A session opened on the first member.
    private func open(
        on cluster: Cluster, lifetime: Interval = .seconds(60)
    ) throws -> ClientSession {
        let call = cluster.operate(.open(lifetime: lifetime), on: cluster.members[0])
        #expect(cluster.run(within: .seconds(5)) { cluster.isApplied(call) })
        guard case .session(let id)? = cluster.result(of: call) else {
            Issue.record("no session: \(String(describing: cluster.result(of: call)))")
            return ClientSession(SessionID(0))
        }
        return ClientSession(id)
    }

    private func add(
        _ sequence: UInt64, of session: ClientSession, on member: MemberID, in cluster: Cluster
    ) -> CallID {
        cluster.propose(.add(0, 1), as: session.stamp(of: sequence), on: member)
    }

    private func output(of call: CallID, in cluster: Cluster) -> Int64? {
        switch cluster.result(of: call) {
        case .executed(let output), .repeated(let output, _): output
        case .refused, .session, nil: nil
        }
    }

    private func refusal(of call: CallID, in cluster: Cluster) -> ProposalError? {
        if case .refused(let error)? = cluster.result(of: call) { return error }
        return nil
    }

    @Test
    func `a client whose member dies asks the others, and is answered as if nothing had been`()
        throws
    {
        for seed in UInt64(1)...5 {
            let cluster = Cluster.running(seed: seed)
            var session = try open(on: cluster)
            let gateway = cluster.followers[0]
            for _ in 1...20 {
                guard let stamp = session.begin() else { break }
                _ = add(stamp.sequence, of: session, on: gateway, in: cluster)
                cluster.run(for: Interval(nanoseconds: 200_000))
            }
            // Some are applied, some are on their way, some will never be in the log.
            cluster.inject(.crash(.member(gateway), .kill, downFor: .seconds(1)))
            let others = cluster.members.filter { $0 != gateway }
            let again = (1...20).map {
                add($0, of: session, on: others[Int($0) % 2], in: cluster)
            }
            #expect(cluster.run(within: .seconds(3)) { again.allSatisfy(cluster.isApplied) })
            let outputs = again.compactMap { output(of: $0, in: cluster) }
            #expect(outputs.sorted() == Array(1...20), "seed \(seed)")
            cluster.finish()
            for member in cluster.members { #expect(cluster.value(at: member) == 20) }
        }
    }

    @Test func `a retry while the first attempt is under way in an older term takes effect once`()
        throws
    {
        let cluster = Cluster.running()
        var session = try open(on: cluster)
        let old = cluster.requireLeader()
        let gateway = cluster.followers[0]
        _ = session.begin()
        _ = add(1, of: session, on: old, in: cluster)
        cluster.inject(.pause(.member(old), lasting: .seconds(4)))
        #expect(cluster.run(within: .seconds(3)) { cluster.leader.map { $0 != old } ?? false })
        let again = add(1, of: session, on: gateway, in: cluster)
        #expect(cluster.run(within: .seconds(2)) { cluster.isApplied(again) })
        cluster.finish()
        for member in cluster.members { #expect(cluster.value(at: member) == 1) }
    }

    @Test func `a repeat is known after the power failed everywhere`() throws {
        let cluster = Cluster.running()
        var session = try open(on: cluster)
        _ = session.begin()
        let first = add(1, of: session, on: cluster.members[1], in: cluster)
        #expect(cluster.run(within: .seconds(1)) { cluster.isApplied(first) })
        cluster.inject(
            .crashAll(.powerCut(CrashPolicy(.nothing)), downFor: .milliseconds(500)))
        #expect(cluster.run(within: .seconds(10)) { cluster.isConverged })
        let again = add(1, of: session, on: cluster.members[2], in: cluster)
        #expect(cluster.run(within: .seconds(1)) { cluster.isApplied(again) })
        guard case .repeated(1, _)? = cluster.result(of: again) else {
            Issue.record("not a repeat: \(String(describing: cluster.result(of: again)))")
            return
        }
        cluster.finish()
    }

    @Test func `a session that was not used ends on all members alike, and says so`() throws {
        let cluster = Cluster.running()
        var session = try open(on: cluster, lifetime: .seconds(2))
        for _ in 1...2 { _ = session.begin() }
        let used = add(1, of: session, on: cluster.members[0], in: cluster)
        #expect(cluster.run(within: .seconds(1)) { cluster.isApplied(used) })
        // Members whose clocks are hours ahead do not lead, and do not count.
        for member in cluster.followers {
            cluster.inject(.stepClock(.member(member), milliseconds: 3_600_000))
        }
        let early = add(1, of: session, on: cluster.followers[0], in: cluster)
        #expect(cluster.run(within: .seconds(1)) { cluster.isApplied(early) })
        #expect(output(of: early, in: cluster) == 1)
        // Longer than its lifetime, and than the grace that the election gave it.
        cluster.run(for: .seconds(8))
        let repeated = add(1, of: session, on: cluster.members[1], in: cluster)
        let fresh = add(2, of: session, on: cluster.members[2], in: cluster)
        #expect(
            cluster.run(within: .seconds(1)) {
                cluster.isApplied(repeated) && cluster.isApplied(fresh)
            })
        #expect(refusal(of: repeated, in: cluster) == .sessionEnded)
        #expect(refusal(of: fresh, in: cluster) == .rejected(.sessionEnded))
        cluster.finish()
        for member in cluster.members { #expect(cluster.value(at: member) == 1) }
    }

    @Test func `clients with sessions see every kind of answer`() {
        var reached = Array(repeating: 0, count: SimulationMark.allCases.count)
        for seed in UInt64(1)...6 {
            var profile = SimulationProfile()
            profile.duration = .seconds(20)
            profile.sessions.count = 3
            profile.sessions.pause = .microseconds(1000, 50_000)
            profile.sessions.lifetime = .seconds(1)
            let report = Simulation<Registers>(
                seed: seed, profile: profile, environment: (), workload: Registers.workload
            ).run()
            #expect(report.failure == nil, "\(report)")
            for (place, count) in report.marks.enumerated() { reached[place] += count }
        }
        let wanted: [SimulationMark] = [
            .sessionCommand, .repeatAnswered, .repeatRefused, .firstUseRefused,
            .acknowledgedRefused, .sessionIdle,
        ]
        for mark in wanted { #expect(reached[mark.rawValue] > 0, "\(mark)") }
    }
}
