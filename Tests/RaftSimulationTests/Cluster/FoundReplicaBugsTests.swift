// SPDX-License-Identifier: Apache-2.0

import RaftSimulation
import Testing

@testable import Raft

/// Cases that once failed, on one replica that is fed by hand.
@Suite struct FoundReplicaBugsTests {
    /// Reads were numbered from 1 in every life, and the leader's late answer to an earlier life's first
    /// read was taken for the answer to this life's first read: a stale one.
    @Test func `a leader's answer to an earlier life confirms no read of this one`() throws {
        let disk = SimulatedDisk()
        var first = try Life(on: disk)
        first.ask(1)
        let stale = try #require(first.requests.last)
        disk.kill()
        var second = try Life(on: disk)
        second.ask(2)
        let fresh = try #require(second.requests.last)
        second.receive(
            .message(.readIndexReply(ReadIndexReply(term: Term(1), id: stale, index: .zero))))
        #expect(second.readable.isEmpty)
        second.receive(
            .message(.readIndexReply(ReadIndexReply(term: Term(1), id: fresh, index: .zero))))
        #expect(second.readable == [2])
    }

    /// A read was let through after the entry it had to wait for, but answered after the next, which had come
    /// in with it and set what had expired by then.
    @Test func `a read waits for the time whatever is applied together with what it waited for`()
        throws
    {
        var life = try Life(on: SimulatedDisk())
        life.ask(1)
        let id = try #require(life.requests.last)
        life.receive(
            .message(.readIndexReply(ReadIndexReply(term: Term(1), id: id, index: LogIndex(1)))),
            clock: 1200)
        life.append([1000, 1100])
        life.apply(deadlines: [nil, 1150])
        #expect(life.readable.isEmpty)
        life.append([1200])
        life.apply(deadlines: [nil])
        #expect(life.readable == [1])
    }

    /// One life of a follower whose disk is instant.
    private struct Life: ~Copyable {
        var replica: Replica
        var log: WriteAheadLog
        var requests: [UInt64] = []
        var readable: [UInt64] = []
        let now = Moment(
            monotonic: MonotonicTime(nanoseconds: 1_000_000_000), wall: ClusterTime.zero)

        init(on disk: SimulatedDisk) throws {
            let ids = (1...UInt64(3)).compactMap { MemberID($0) }
            let identity = Identity(
                cluster: ClusterID(high: 1, low: 1), member: ids[1], incarnation: 1,
                isEstablished: false, members: ids.map { Peer(id: $0, address: "\($0)") })
            let (log, recovered) = try WriteAheadLog.recover(
                in: disk, identity: identity, salt: UInt64(disk.operationCount))
            self.log = log
            replica = Replica(
                member: ids[1], cluster: identity.cluster,
                configuration: Configuration(voters: ids), options: ReplicaOptions(),
                recovered: recovered, random: SplitMix64(seed: 1), at: now)
            receive(.message(.heartbeat(Heartbeat(term: Term(1), commit: .zero, round: 0))))
        }

        mutating func receive(_ message: WireMessage, clock: Int64 = 0) {
            guard let leader = MemberID(1) else { return }
            let bytes = message.encoded(
                FrameHeader(
                    group: .first, clock: ClusterTime(milliseconds: clock), wall: .zero))
            try? replica.receive(
                Frame(peer: leader, channel: message.channel, bytes: bytes), at: now)
            endTurn()
        }

        /// Takes entries of the leader's, stamped with these times and committed.
        mutating func append(_ times: [Int64]) {
            let previous = replica.core.logEnd
            let entries = times.enumerated().map { offset, time in
                LogEntry(
                    kind: .tick, group: .first, term: Term(1), index: previous.index + (offset + 1),
                    time: ClusterTime(milliseconds: time))
            }
            let header = AppendHeader(
                term: Term(1), previous: previous, commit: previous.index + times.count, attempt: 1)
            receive(.entries(header, entries))
        }

        /// Applies what is committed, all in one turn; after each the machine names a deadline.
        mutating func apply(deadlines: [Int64?]) {
            for (entry, deadline) in zip(replica.takeCommitted(maximumBytes: .max), deadlines) {
                let deadline = deadline.map { ClusterTime(milliseconds: $0) }
                replica.applied(entry, own: nil, deadline: deadline, at: now)
            }
            endTurn()
        }

        mutating func ask(_ token: UInt64) {
            _ = replica.read(token, at: now)
            endTurn()
        }

        private mutating func endTurn() {
            replica.endTurn(at: now)
            let output = replica.takeOutput()
            if !output.logJobs.isEmpty, let done = try? log.perform(output.logJobs) {
                replica.logJobsDone(done, at: now)
            }
            readable += output.readable
            for frame in output.frames {
                guard let (_, message) = try? WireMessage.decode(frame.bytes),
                    case .message(.readIndexRequest(let request)) = message
                else { continue }
                requests.append(request.id)
            }
        }
    }
}
