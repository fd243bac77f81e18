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

        mutating func receive(_ message: WireMessage) {
            guard let leader = MemberID(1) else { return }
            let bytes = message.encoded(FrameHeader(group: .first, clock: .zero, wall: .zero))
            try? replica.receive(
                Frame(peer: leader, channel: message.channel, bytes: bytes), at: now)
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
