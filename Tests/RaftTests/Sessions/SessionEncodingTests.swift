// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

@Suite struct `Sessions: as bytes` {
    /// A member whose table has something of everything.
    private func makeMember() -> SessionMember {
        var limits = SessionLimits()
        limits.replyBytes = 9
        limits.sessions = 4
        var member = SessionMember(limits)
        let sessions = (1...6).map { member.open(lifetime: .seconds(10 + $0)) }
        member.pass(3, .termStart)
        for sequence in [1, 3, 2, 5] as [UInt64] {
            _ = member.add(1, in: sessions[3], sequence, acknowledging: sequence == 5 ? 1 : 0)
            _ = member.add(1, in: sessions[2], sequence)
        }
        for (token, window) in [("c", 700), ("a", 900), ("b", 700)] as [(String, UInt32)] {
            _ = member.add(1, once: token, window: window)
        }
        var batch = ProposalBatch()
        batch.append(Int64(1))
        _ = member.propose(batch, in: SessionMember.stream(9, 2), first: 1)
        return member
    }

    @Test func `a table read back is the same, and goes on the same`() throws {
        let member = makeMember()
        let bytes = member.bytes
        var reader = ByteReader(bytes)
        var table = try SessionTable(from: &reader, member.sessions.limits)
        try reader.finish()
        var original = member.sessions
        for round in 0..<200 as Range<Int64> {
            let now = ClusterTime(milliseconds: 1_000_003 + round * 97)
            let index = LogIndex(UInt64(100 + round))
            let stamp = SessionStamp(
                session: SessionID(UInt64(round % 8)), sequence: UInt64(round / 8 + 1),
                acknowledgedThrough: UInt64(round / 16))
            for operate in [true, false] {
                Self.step(&table, stamp, index, now, operate)
                Self.step(&original, stamp, index, now, operate)
            }
            #expect(table.hash == original.hash, "round \(round)")
            #expect(Self.bytes(of: table) == Self.bytes(of: original), "round \(round)")
        }
    }

    private static func step(
        _ table: inout SessionTable, _ stamp: SessionStamp, _ index: LogIndex, _ now: ClusterTime,
        _ operates: Bool
    ) {
        table.begin(.commands, at: now)
        if operates {
            if stamp.session.rawValue == 0 {
                _ = table.perform(.open(lifetime: .seconds(1)), at: now)
            }
        } else if case .execute = table.use(stamp, at: index, now) {
            table.keep([1, 2, 3])
            let token = CommandToken([UInt8(stamp.sequence % 5)], window: 300)
            if case .execute = table.tokens.use(token, for: stamp.sequence, at: index, now) {
                table.tokens.keep([4])
            }
        }
    }

    private static func bytes(of table: SessionTable) -> [UInt8] {
        var writer = ByteWriter()
        table.write(to: &writer)
        return writer.bytes
    }

    @Test func `bytes that were cut short or changed in kind are not a table`() {
        let member = makeMember()
        let bytes = member.bytes
        for length in 0..<bytes.count {
            var reader = ByteReader(bytes, in: 0..<length)
            #expect(throws: DecodingFailure.self) {
                try SessionTable(from: &reader, member.sessions.limits)
            }
        }
        var reader = ByteReader([3] + bytes.dropFirst())
        #expect(throws: DecodingFailure.self) { try SessionTable(from: &reader) }
    }

    @Test func `a record of a form that is not known stops the member`() {
        var batch = ProposalBatch()
        batch.append(Int64(1))
        for form in 4...15 as ClosedRange<UInt8> {
            var bytes = batch.stamped(stream: SessionMember.stream(1, 1), first: 1)[0].bytes
            bytes[19] |= form << 4
            let entry = LogEntry(
                kind: .commands, group: .first, term: Term(1), index: LogIndex(1), time: .zero,
                commandCount: 1, commands: [bytes[...]])
            var applier = Applier<Counter>(())
            #expect(throws: RaftError.self) { try applier.apply(entry, awaiting: nil) }
        }
    }
}

@Suite struct `Sessions: a client's half` {
    @Test func `acknowledges what is finished without a gap`() {
        var session = ClientSession(SessionID(7))
        for sequence in 1...4 as ClosedRange<UInt64> {
            #expect(session.begin()?.sequence == sequence)
        }
        session.finish(3)
        session.finish(2)
        #expect(session.begin()?.acknowledgedThrough == 0)
        session.finish(1)
        #expect(session.begin()?.acknowledgedThrough == 3)
        #expect(session.stamp(of: 4).acknowledgedThrough == 3)
    }

    @Test func `begins no more commands than the window holds`() {
        var session = ClientSession(SessionID(7), window: 2)
        for _ in 1...2 { _ = session.begin() }
        session.finish(2)
        #expect(session.begin() == nil)
        session.finish(1)
        #expect(session.begin()?.sequence == 3)
    }
}
