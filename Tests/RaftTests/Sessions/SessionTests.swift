// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

@Suite struct `Sessions: what a client can rely on` {
    @Test func `a repeat has no effect and gets the first reply, where that was given`() {
        var member = SessionMember()
        let session = member.open()
        let first = member.add(5, in: session, 1)
        _ = member.add(100, in: session, 2)
        // By another member, bytes of its own, and long after: it is the sequence that counts.
        let again = member.add(5, in: session, 1)
        #expect(first.output == 5 && again.output == 5)
        #expect(first.index == 2 && again.index == 2)
        #expect(member.total == 105)
    }

    @Test func `commands of a session may come in any order within its window`() {
        var member = SessionMember()
        let session = member.open()
        for sequence in [3, 1, 4, 2] as [UInt64] {
            #expect(member.add(1, in: session, sequence).error == nil)
        }
        let outputs = (1...4).map { member.add(1, in: session, UInt64($0)).output }
        #expect(outputs == [2, 4, 1, 3])
        #expect(member.total == 4)
    }

    @Test func `what is acknowledged is forgotten, and never carried out any more`() {
        var member = SessionMember()
        let session = member.open()
        _ = member.add(1, in: session, 1)
        let full = member.sessions.byteCount
        // Two was given up: it was proposed, and its outcome is not known.
        _ = member.add(1, in: session, 3, acknowledging: 2)
        #expect(member.sessions.byteCount == full)
        for sequence in [1, 2] as [UInt64] {
            #expect(member.add(1, in: session, sequence).error == .acknowledged)
        }
        #expect(member.total == 2)
    }

    @Test func `a sequence too far ahead of its acknowledgement has no effect`() {
        var member = SessionMember()
        let session = member.open()
        let window = member.sessions.limits.window
        #expect(member.add(1, in: session, window + 1).error == .rejected(.outOfWindow))
        #expect(member.add(1, in: session, 5, acknowledging: 5).error == .rejected(.outOfWindow))
        #expect(member.add(1, in: session, window).error == nil)
        #expect(member.add(1, in: session, window + 1, acknowledging: 1).error == nil)
        #expect(member.total == 2)
    }

    @Test func `a reply too long to be kept is told by its index`() {
        var limits = SessionLimits()
        limits.replyBytes = 7
        var member = SessionMember(limits)
        let session = member.open()
        let first = member.add(1, in: session, 1)
        #expect(first.output == 1)
        #expect(member.add(1, in: session, 1).error == .executed(at: LogIndex(2)))
        #expect(member.total == 1)
    }

    @Test func `commands with and without a session keep their order in one entry`() {
        var member = SessionMember()
        let session = member.open()
        let stamp = SessionStamp(session: session, sequence: 1, acknowledgedThrough: 0)
        var batch = ProposalBatch()
        batch.append(Int64(1))
        batch.append(Int64(10), as: stamp)
        batch.append(Int64(100))
        batch.append(Int64(10), as: stamp)
        batch.append(Int64(1000))
        let results = member.propose(batch).map {
            $0.outcome.result(at: member.applier.index).output
        }
        #expect(results == [1, 11, 111, 11, 1111])
    }

    @Test func `only who waits is told, but every member keeps the reply`() {
        var asked = SessionMember()
        var other = SessionMember(member: 2)
        let session = asked.open()
        _ = other.propose(
            ProposalBatch(.open(lifetime: .seconds(60))), in: asked.stream, first: 1)
        _ = asked.add(1, in: session, 1)
        var batch = ProposalBatch()
        batch.append(
            Int64(1), as: SessionStamp(session: session, sequence: 1, acknowledgedThrough: 0))
        _ = other.propose(batch, in: asked.stream, first: 2)
        #expect(asked.bytes == other.bytes)
        #expect(asked.sessions.hash == other.sessions.hash)
        #expect(other.add(1, in: session, 1).output == 1)
    }
}

@Suite struct `Sessions: how they end` {
    @Test func `a session that was not used for its lifetime has ended`() {
        var member = SessionMember()
        let session = member.open(lifetime: .seconds(10))
        member.pass(9999)
        #expect(member.operate(.keepAlive(session)) == .success(session))
        member.pass(9999)
        #expect(member.add(1, in: session, 1).error == nil)
        member.pass(10_000)
        #expect(member.sessions.count == 0)
        #expect(member.operate(.keepAlive(session)) == .failure(.rejected(.sessionEnded)))
        #expect(member.add(1, in: session, 2).error == .rejected(.sessionEnded))
        #expect(member.total == 1)
    }

    @Test func `a session ends at its time, whenever the table was last swept`() {
        var member = SessionMember()
        let session = member.open(lifetime: .milliseconds(1500))
        member.pass(1400)
        // Not long enough after that for another sweep.
        member.time += 200
        #expect(member.add(1, in: session, 1).error == .rejected(.sessionEnded))
        #expect(member.total == 0)
    }

    @Test func `a repeat of an ended session is not taken for a first use`() {
        var member = SessionMember()
        let session = member.open()
        _ = member.add(1, in: session, 1)
        _ = member.add(1, in: session, 3)
        #expect(member.operate(.close(session)) == .success(session))
        // One and three were carried out; two may have been as far as can be told.
        for sequence in 1...3 as ClosedRange<UInt64> {
            #expect(member.add(1, in: session, sequence).error == .sessionEnded)
        }
        #expect(member.add(1, in: session, 4).error == .rejected(.sessionEnded))
        #expect(member.total == 2)
    }

    @Test func `of a session that ended long ago nothing is certain`() {
        var limits = SessionLimits()
        limits.endedSessions = 2
        var member = SessionMember(limits)
        let sessions = (1...3).map { _ in member.open() }
        for session in sessions { _ = member.operate(.close(session)) }
        #expect(member.add(1, in: sessions[0], 1).error == .sessionEnded)
        #expect(member.add(1, in: sessions[1], 1).error == .rejected(.sessionEnded))
        #expect(member.add(1, in: SessionID(99), 1).error == .rejected(.sessionEnded))
        #expect(member.total == 0)
    }

    @Test func `the least recently used session makes room for a new one`() {
        var limits = SessionLimits()
        limits.sessions = 3
        var member = SessionMember(limits)
        let sessions = (1...3).map { _ in member.open() }
        _ = member.add(1, in: sessions[0], 1)
        let newest = member.open()
        #expect(member.add(1, in: sessions[1], 1).error == .rejected(.sessionEnded))
        for session in [sessions[0], sessions[2], newest] {
            #expect(member.operate(.keepAlive(session)) == .success(session))
        }
    }

    @Test func `a session that is over makes room before one that is not`() {
        var limits = SessionLimits()
        limits.sessions = 2
        var member = SessionMember(limits)
        let old = member.open(lifetime: .seconds(60))
        let brief = member.open(lifetime: .seconds(1))
        member.time += 1000
        _ = member.open()
        #expect(member.operate(.keepAlive(old)) == .success(old))
        #expect(member.operate(.keepAlive(brief)) == .failure(.rejected(.sessionEnded)))
    }

    @Test func `replies that take too much room end the least recently used sessions`() {
        var limits = SessionLimits()
        limits.totalBytes = 1000
        var member = SessionMember(limits)
        let first = member.open()
        let second = member.open()
        for sequence in 1...50 as ClosedRange<UInt64> {
            #expect(member.add(1, in: second, sequence).error == nil)
        }
        #expect(member.add(1, in: first, 1).error == .rejected(.sessionEnded))
        // What one session may hold is bounded by its window alone.
        #expect(member.add(1, in: second, 1).output == 1)
        #expect(member.total == 50)
    }

    @Test func `sessions outlive a change of leader that kept their clients away`() {
        var member = SessionMember()
        let session = member.open(lifetime: .seconds(10))
        member.pass(60_000, .termStart)
        member.time += 4999
        #expect(member.operate(.keepAlive(session)) == .success(session))
        let other = member.open(lifetime: .seconds(1))
        member.pass(60_000, .termStart)
        member.pass(5000)
        #expect(member.operate(.keepAlive(other)) == .failure(.rejected(.sessionEnded)))
    }
}

@Suite struct `Sessions: members' own streams` {
    private func batch(_ numbers: Int64...) -> ProposalBatch {
        var batch = ProposalBatch()
        for number in numbers { batch.append(number) }
        return batch
    }

    @Test func `a stream's command takes effect once, however often it is in the log`() {
        var member = SessionMember()
        let stream = SessionMember.stream(2, 1)
        _ = member.propose(batch(1, 10), in: stream, first: 1)
        let again = member.propose(batch(10, 100), in: stream, first: 2)
        #expect(again.map { $0.outcome.result(at: .zero).output } == [nil, 111])
        #expect(member.total == 111)
    }

    @Test func `streams of several members run side by side`() {
        var member = SessionMember()
        for sequence in 1...3 as ClosedRange<UInt64> {
            for other in [3, 1, 2] as [UInt64] {
                _ = member.propose(batch(1), in: SessionMember.stream(other, 7), first: sequence)
            }
        }
        #expect(member.total == 9)
        _ = member.propose(batch(1), in: SessionMember.stream(2, 7), first: 3)
        #expect(member.total == 9)
    }

    @Test func `a member's later life ends the stream of the earlier one, time does not`() {
        var member = SessionMember()
        let early = SessionMember.stream(2, 1)
        _ = member.propose(batch(1), in: early, first: 1)
        member.pass(1_000_000_000)
        _ = member.propose(batch(1), in: early, first: 2)
        #expect(member.total == 2)
        _ = member.propose(batch(1), in: SessionMember.stream(2, 2), first: 1)
        _ = member.propose(batch(1), in: early, first: 3)
        #expect(member.total == 3)
    }

    @Test func `a member that was removed has no stream any more`() {
        var streams = GatewayStreams()
        let removed = SessionMember.stream(2, 5)
        let other = SessionMember.stream(3, 5)
        let before = [streams.admit(removed, 1), streams.admit(other, 1)]
        if let member = MemberID(2) { streams.remove(member) }
        let after = [
            streams.admit(removed, 2), streams.admit(SessionMember.stream(2, 6), 1),
            streams.admit(other, 2),
        ]
        #expect(before == [true, true])
        #expect(after == [false, false, true])
    }
}
