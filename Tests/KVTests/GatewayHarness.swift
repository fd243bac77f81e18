// SPDX-License-Identifier: Apache-2.0

import KVStateMachine

@testable import KVServer
@testable import Raft

/// A gateway between clients that are played by a test and a store that stands in for the cluster.
///
/// Nothing happens by itself: `turn()` takes the rounds of a turn, `commit()` applies the oldest
/// batch, `confirm()` answers the oldest read, `run()` does all of it until nothing is left.
final class GatewayHarness {
    var gateway: Gateway
    var applier = Applier<KVStore>(KVStore.Options())
    var operations: [OperationRound] = []
    var writes: [WriteRound] = []
    var reads: [ReadRound] = []
    var wall: Int64 = 1_000_000
    private var now: UInt64 = 0
    /// Whether the status the gateway has is that of the stand-in whenever a round asks for it.
    var tellsStatus = true
    private var lastSequence: UInt64 = 0
    private let stream = StreamID(rawValue: 1)
    private let sink = Sink()

    init(_ change: (inout GatewayOptions) -> Void = { _ in }) {
        var options = GatewayOptions()
        change(&options)
        gateway = Gateway(options, now: .zero)
    }

    /// A connection as its client sees it.
    final class Client {
        let id: ConnectionID
        private unowned let harness: GatewayHarness
        private var seen = 0

        init(_ id: ConnectionID, _ harness: GatewayHarness) {
            self.id = id
            self.harness = harness
        }

        /// Sends bytes as they are.
        func send(_ text: String) {
            Array(text.utf8).withUnsafeBytes { harness.gateway.received(id, $0) }
        }

        /// Sends commands, each a line of words, in one piece.
        func ask(_ lines: String...) { send(lines.map { $0 + "\r\n" }.joined()) }

        /// What arrived since it was last asked for, with `|` for line breaks.
        var answer: String {
            let all = harness.sink.received[id] ?? []
            defer { seen = all.count }
            return String(decoding: all[seen...], as: UTF8.self)
                .split(separator: "\r\n", omittingEmptySubsequences: false).dropLast()
                .joined(separator: "|")
        }

        /// Sends commands and has everything done.
        func call(_ lines: String...) -> String {
            for line in lines { ask(line) }
            harness.run()
            return answer
        }

        var isClosed: Bool { harness.sink.closed.contains(id) }
        var interest: ConnectionInterest? { harness.sink.interest[id] }

        /// How many bytes the client takes before it stops; nil: any number.
        func take(_ count: Int?) {
            harness.sink.room[id] = count
            harness.gateway.writable(id)
        }

        func hangUp() { harness.gateway.disconnected(id) }
        func endInput() { harness.gateway.inputEnded(id) }
    }

    func connect(_ address: String = "127.0.0.1:50000") -> Client {
        guard let id = gateway.connect(address: address) else {
            preconditionFailure("the gateway took no connection")
        }
        return Client(id, self)
    }

    /// Whether the gateway admits another connection.
    func takesOneMore() -> Bool { gateway.connect(address: "127.0.0.1:50001") != nil }

    var statistics: GatewayStatistics { gateway.statistics }
    var inFlightBytes: Int { gateway.inFlightBytes }
    var connectionCount: Int { gateway.connectionCount }
    var hasRounds: Bool { gateway.hasRounds }
    var isIdle: Bool { gateway.isIdle }

    /// Takes the rounds of a turn and sends what there is to send.
    func turn() {
        gateway.beginTurn(
            now: MonotonicTime(nanoseconds: now), clusterTime: ClusterTime(milliseconds: wall))
        takeRounds()
        gateway.flush(to: sink)
        takeRounds()
    }

    func advance(milliseconds: Int64) {
        now += UInt64(milliseconds) * 1_000_000
        wall += milliseconds
    }

    /// Lets the oldest batch take effect; `only` tells the outcome of some of its commands alone.
    func commit(only ordinals: [Int]? = nil) {
        let round = writes.removeFirst()
        let first = lastSequence + 1
        let results = apply(round.batch).map { output in
            ProposalResult(
                ordinal: Int(output.sequence - first),
                result: output.outcome.result(at: applier.index))
        }
        let told = ordinals.map { wanted in results.filter { wanted.contains($0.ordinal) } }
        gateway.finishWrites(round.token, told ?? results)
    }

    /// Lets the oldest operation on a session take effect.
    func operate() {
        let round = operations.removeFirst()
        let outcome = apply(ProposalBatch(round.operation))[0].outcome
        gateway.finishOperation(round.token, outcome.session)
    }

    /// Lets time pass in the log too.
    func tick(milliseconds: Int64) {
        advance(milliseconds: milliseconds)
        _ = apply(ProposalBatch())
    }

    private func apply(_ batch: ProposalBatch) -> [AppliedCommand<KVReply>] {
        let first = lastSequence + 1
        let count = UInt32(batch.count)
        lastSequence += UInt64(count)
        let entry = LogEntry(
            kind: .commands, group: .first, term: Term(1), index: applier.index.next,
            time: ClusterTime(milliseconds: wall), commandCount: count,
            commands: batch.stamped(stream: stream, first: first).map { $0.bytes[...] })
        do throws(RaftError) {
            return try applier.apply(entry, awaiting: stream).outputs
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// Ends the oldest batch without an outcome.
    func fail(_ error: ProposalError) {
        let round = writes.removeFirst()
        gateway.finishWrites(
            round.token,
            (0..<round.batch.count).map { ProposalResult(ordinal: $0, result: .failure(error)) })
    }

    /// Answers a read, the oldest by default.
    func confirm(_ number: Int = 0) {
        let round = reads.remove(at: number)
        if round.asksForStatus, tellsStatus { gateway.status = status }
        gateway.answerReads(round.token, from: applier.machine, at: applier.index)
    }

    private var status: NodeStatus {
        guard let member = MemberID(1) else { preconditionFailure("1 is no member") }
        return NodeStatus(
            member: member, cluster: nil, role: .leader, isLearner: false, term: Term(1),
            leader: member, commitIndex: applier.index, appliedIndex: applier.index,
            stateHash: applier.stateHash, lastIndex: applier.index, snapshotIndex: .zero,
            logBytes: 0, voters: [], learners: [], clusterTime: applier.now, wallClockOffset: nil,
            clockAlarm: nil)
    }

    func fail(_ error: ReadError) { gateway.failReads(reads.removeFirst().token, error) }

    /// Does everything until nothing is left to do.
    func run() {
        repeat {
            turn()
            while !operations.isEmpty { operate() }
            while !writes.isEmpty { commit() }
            while !reads.isEmpty { confirm() }
            turn()
        } while !writes.isEmpty || !reads.isEmpty || !operations.isEmpty
    }

    private func takeRounds() {
        while let round = gateway.takeOperation() { operations.append(round) }
        if let round = gateway.takeWrites() { writes.append(round) }
        while let round = gateway.takeReads() { reads.append(round) }
    }
}

/// Sockets that keep what they are given.
private final class Sink: ConnectionSink {
    var received: [ConnectionID: [UInt8]] = [:]
    var closed: Set<ConnectionID> = []
    var interest: [ConnectionID: ConnectionInterest] = [:]
    var room: [ConnectionID: Int] = [:]

    func write(_ bytes: UnsafeRawBufferPointer, to connection: ConnectionID) -> Int? {
        let count = min(bytes.count, room[connection] ?? bytes.count)
        received[connection, default: []] += bytes.prefix(count)
        if let left = room[connection] { room[connection] = left - count }
        return count
    }

    func wait(for interest: ConnectionInterest, on connection: ConnectionID) {
        self.interest[connection] = interest
    }

    func close(_ connection: ConnectionID) { closed.insert(connection) }
}
