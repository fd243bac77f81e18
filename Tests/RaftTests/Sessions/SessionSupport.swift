// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

/// A member that applies what it is given as if that had been committed, on a counter.
struct SessionMember: ~Copyable {
    var applier: Applier<Counter>
    let stream: StreamID
    /// The time of the next entry, in milliseconds.
    var time: Int64 = 1_000_000
    private var sequence: UInt64 = 0

    init(_ limits: SessionLimits = SessionLimits(), member: UInt64 = 1, boot: UInt64 = 1) {
        applier = Applier((), sessions: limits)
        stream = Self.stream(member, boot)
    }

    static func stream(_ member: UInt64, _ boot: UInt64) -> StreamID {
        StreamID(rawValue: 1 << 63 | member << 47 | boot)
    }

    var total: Int64 { applier.machine.total }
    var sessions: SessionTable { applier.sessions }

    /// The bytes of the table.
    var bytes: [UInt8] {
        var writer = ByteWriter()
        sessions.write(to: &writer)
        return writer.bytes
    }

    /// Applies an entry without commands.
    mutating func pass(_ milliseconds: Int64, _ kind: LogEntry.Kind = .tick) {
        time += milliseconds
        _ = apply(kind, [], 0)
    }

    /// Opens a session.
    mutating func open(lifetime: Interval = .seconds(60)) -> SessionID {
        switch operate(.open(lifetime: lifetime)) {
        case .success(let id): return id
        case .failure(let error):
            Issue.record("a session cannot be opened: \(error)")
            return SessionID(0)
        }
    }

    mutating func operate(_ operation: SessionOperation) -> Result<SessionID, ProposalError> {
        propose(ProposalBatch(operation))[0].outcome.session
    }

    /// Adds to the counter by way of a session.
    mutating func add(
        _ number: Int64, in session: SessionID, _ sequence: UInt64, acknowledging: UInt64 = 0
    ) -> Result<Applied<Int64>, ProposalError> {
        var batch = ProposalBatch()
        batch.append(
            number,
            as: SessionStamp(
                session: session, sequence: sequence, acknowledgedThrough: acknowledging))
        return propose(batch)[0].outcome.result(at: applier.index)
    }

    /// Adds to the counter by way of a token.
    mutating func add(
        _ number: Int64, once token: String, window: UInt32 = CommandToken.defaultWindow
    ) -> Result<Applied<Int64>, ProposalError> {
        var batch = ProposalBatch()
        batch.append(number, as: CommandToken(Array(token.utf8), window: window))
        return propose(batch)[0].outcome.result(at: applier.index)
    }

    /// Applies a batch of this member's own stream.
    mutating func propose(_ batch: consuming ProposalBatch) -> [AppliedCommand<Int64>] {
        let first = sequence + 1
        sequence += UInt64(batch.count)
        return propose(batch, in: stream, first: first)
    }

    /// Applies a batch of any stream.
    mutating func propose(
        _ batch: consuming ProposalBatch, in stream: StreamID, first: UInt64
    ) -> [AppliedCommand<Int64>] {
        let count = batch.count
        let chunks = batch.stamped(stream: stream, first: first)
        return apply(.commands, chunks.map { $0.bytes[...] }, count)
    }

    private mutating func apply(
        _ kind: LogEntry.Kind, _ commands: [ArraySlice<UInt8>], _ count: Int
    ) -> [AppliedCommand<Int64>] {
        let entry = LogEntry(
            kind: kind, group: .first, term: Term(1), index: applier.index.next,
            time: ClusterTime(milliseconds: time), commandCount: UInt32(count), commands: commands)
        do throws(RaftError) {
            return try applier.apply(entry, awaiting: nil).outputs
        } catch {
            Issue.record("\(error)")
            return []
        }
    }
}

extension Result where Success == Applied<Int64>, Failure == ProposalError {
    var output: Int64? { try? get().output }
    var index: UInt64? { try? get().index.rawValue }
    var error: ProposalError? {
        switch self {
        case .success: nil
        case .failure(let error): error
        }
    }
}
