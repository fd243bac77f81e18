// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// What a recording of a run holds.
@Suite struct RecordingTests {
    /// A cluster that has been recorded from its first moment and has a leader.
    static func recorded(
        seed: UInt64 = 1, limits: SimulationRecording.Limits = SimulationRecording.Limits(),
        _ profile: SimulationProfile = SimulationProfile()
    ) -> Cluster {
        let cluster = Cluster(seed: seed, profile: profile, environment: ())
        cluster.record(limits)
        cluster.start()
        #expect(cluster.run(within: .seconds(10)) { cluster.isConverged }, "\(cluster.states)")
        return cluster
    }

    @Test func `nothing is recorded unless asked for`() {
        #expect(Cluster.running().recording == nil)
    }

    @Test func `recording changes nothing in a run`() throws {
        let simulation = RandomClusterRuns.simulation(9)
        let plain = simulation.run()
        let recorded = simulation.run(recording: SimulationRecording.Limits())
        #expect(recorded.traceHash == plain.traceHash && recorded.events == plain.events)
        #expect(plain.recording == nil)
        let recording = try #require(recorded.recording)
        #expect(recording.traceHash == plain.traceHash && !recording.messages.isEmpty)
    }

    @Test func `members found, recover, campaign and lead, one after the other`() throws {
        let cluster = Self.recorded()
        let leader = cluster.requireLeader()
        let recording = try #require(cluster.recording)
        let spans = recording.states.filter { $0.member == leader }
        #expect(
            spans.map(\.state).filter { $0 != .follower } == [
                .starting, .founding, .recovering, .preCandidate, .candidate, .leader,
            ])
        #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.end == $1.begin })
        #expect(spans.last?.end == recording.end && spans.last?.leader == leader)
        #expect(
            recording.notes.filter { $0.kind == .election }.map(\.member) == [leader],
            "\(recording.notes)")
        let follower = recording.states.last { $0.member == cluster.followers[0] }
        #expect(follower?.state == .follower && follower?.leader == leader)
        #expect(
            recording.messages.contains { $0.from == leader && $0.text.hasPrefix("vote request") })
    }

    @Test func `a crash ends what a member was and did, a restart begins anew`() throws {
        let cluster = Self.recorded()
        let victim = cluster.followers[0]
        let crash = cluster.elapsed
        cluster.inject(.crash(.member(victim), .kill, downFor: .milliseconds(300)))
        cluster.run(for: .seconds(1))
        let recording = try #require(cluster.recording)
        let down = try #require(
            recording.states.first { $0.member == victim && $0.state == .down && $0.begin >= crash }
        )
        #expect(down.begin == crash)
        #expect((down.end.nanoseconds - crash.nanoseconds) == 300_000_000)
        #expect(
            recording.notes.filter { $0.member == victim && $0.time >= crash }.map(\.kind)
                == [.crash, .start])
        let fault = try #require(recording.faults.first)
        #expect(fault.members == [victim] && fault.begin == crash && fault.end == down.end)
        #expect(
            !recording.progress.contains {
                $0.member == victim && $0.time > crash && $0.time < down.end
            })
    }

    @Test func `messages that arrive, are lost, and are on their way are told apart`() throws {
        var profile = SimulationProfile()
        profile.network.isOrdered = false
        profile.network.delay = Delay(.milliseconds(5), .milliseconds(5))
        let cluster = Self.recorded(profile)
        let (leader, cut) = (cluster.requireLeader(), cluster.followers[0])
        let begin = cluster.elapsed
        let oneWay = Partition.oneWay(from: .member(leader), to: .member(cut))
        cluster.inject(.partition(oneWay, lasting: .seconds(1)))
        _ = cluster.add(1, on: leader)
        cluster.run(for: .milliseconds(3))
        let recording = try #require(cluster.recording)
        let appends = recording.messages.filter {
            $0.from == leader && $0.sent >= begin && $0.topic == .append
        }
        #expect(appends.map(\.text).allSatisfy { $0.hasPrefix("append 2 after 1 of term 1") })
        #expect(appends.first { $0.to == cut }?.fate == .lost, "\(appends)")
        #expect(appends.first { $0.to != cut }?.fate == .underWay, "\(appends)")
        cluster.run(for: .milliseconds(20))
        let later = try #require(cluster.recording).messages.first {
            $0.to != cut && $0.sent >= begin && $0.topic == .append
        }
        #expect(later?.arrival.map { $0.nanoseconds - (later?.sent.nanoseconds ?? 0) } == 5_000_000)
        let fault = try #require(recording.faults.last)
        #expect(fault.links.map { [$0.from, $0.to] } == [[leader, cut]] && fault.members.isEmpty)
    }

    @Test func `what waits in a connection is under way, and lost when its receiver's power fails`()
        throws
    {
        let cluster = Self.recorded()
        let (leader, cut) = (cluster.requireLeader(), cluster.followers[0])
        let begin = cluster.elapsed
        let oneWay = Partition.oneWay(from: .member(leader), to: .member(cut))
        cluster.inject(.partition(oneWay, lasting: .seconds(1)))
        _ = cluster.add(1, on: leader)
        cluster.run(for: .milliseconds(20))
        func append() throws -> SimulationRecording.Message? {
            try #require(cluster.recording).messages.first {
                $0.from == leader && $0.to == cut && $0.sent >= begin && $0.topic == .append
            }
        }
        #expect(try append()?.fate == .underWay)
        cluster.inject(
            .crash(.member(cut), .powerCut(CrashPolicy(.nothing)), downFor: .seconds(2)))
        #expect(try append()?.fate == .lost)
    }

    @Test func `what the network delivers twice is a copy`() throws {
        var profile = SimulationProfile()
        profile.network.isOrdered = false
        profile.network.duplicationPerMillion = 500_000
        let recording = try #require(Self.recorded(profile).recording)
        let copies = recording.messages.filter(\.isCopy)
        #expect(!copies.isEmpty && copies.count < recording.messages.count)
        #expect(copies.allSatisfy { $0.arrival != nil })
        #expect(
            zip(recording.messages, recording.messages.dropFirst()).allSatisfy {
                $0.sent <= $1.sent
            })
    }

    @Test func `a call is recorded with its question, outcome and answer`() throws {
        let cluster = Self.recorded()
        let leader = cluster.requireLeader()
        let write = cluster.add(7, on: leader)
        cluster.run(for: .milliseconds(50))
        let read = cluster.read(.linearizable, on: leader) { "\($0.registers[0].value)" }
        cluster.run(for: .milliseconds(50))
        cluster.inject(.partition(.isolate(.leader), lasting: .seconds(5)))
        let lost = cluster.add(1, on: leader)
        cluster.run(for: .milliseconds(1))
        let calls = try #require(cluster.recording).calls
        #expect(calls.map(\.id) == [write, read, lost])
        #expect(calls.map(\.outcome) == [.applied(LogIndex(2)), .answered(LogIndex(2)), .waiting])
        #expect(calls.map(\.answer) == ["7", "7", nil])
        #expect(calls.map(\.text) == ["add(0, 7)", "read", "add(0, 1)"])
        #expect(calls.map(\.isRead) == [false, true, false] && calls[2].end == nil)
        #expect(calls.allSatisfy { $0.member == leader && $0.caller == .hand })
    }

    @Test func `a disk's jobs are recorded, those that fail and those that are cut off too`() throws
    {
        let cluster = Self.recorded()
        let victim = cluster.followers[0]
        cluster.inject(
            .failDisk(.member(victim), .sync, .inputOutput, downFor: .milliseconds(100)))
        _ = cluster.add(1, on: cluster.requireLeader())
        cluster.run(for: .milliseconds(50))
        let other = cluster.followers[1]
        cluster.inject(.stallDisk(.member(other), lasting: .seconds(1)))
        _ = cluster.add(2, on: cluster.requireLeader())
        cluster.run(for: .milliseconds(50))
        cluster.inject(.crash(.member(other), .kill, downFor: .seconds(1)))
        cluster.run(for: .milliseconds(1))
        let jobs = try #require(cluster.recording).diskJobs
        let failed = jobs.first { if case .failed = $0.outcome { true } else { false } }
        #expect(failed?.member == victim && failed?.text.contains("sync 2..2") == true, "\(jobs)")
        let cutOff = jobs.filter { $0.outcome == .cutOff }
        #expect(cutOff.map(\.member) == [other] && cutOff[0].text.contains("sync 3..3"))
        #expect(jobs.filter { $0.outcome == .done }.allSatisfy { ($0.end ?? $0.begin) > $0.begin })
    }

    @Test func `healing ends every fault, and a crash of what is down is told as such`() throws {
        let cluster = Self.recorded()
        let victim = cluster.followers[0]
        cluster.inject(.partition(.isolate(.member(victim)), lasting: .seconds(100)))
        cluster.inject(.crash(.member(victim), .kill, downFor: nil))
        cluster.run(for: .milliseconds(10))
        cluster.inject(.crash(.member(victim), .kill, downFor: .seconds(9)))
        cluster.run(for: .milliseconds(10))
        let open = try #require(cluster.recording).faults
        #expect(open.map { $0.end == nil } == [false, true, false])
        #expect(open[2].end == open[2].begin && open[2].text.hasSuffix("(is down already)"))
        let healed = cluster.elapsed
        cluster.heal()
        let faults = try #require(cluster.recording).faults
        #expect(faults.map(\.end) == [healed, healed, open[2].end])
    }
}
