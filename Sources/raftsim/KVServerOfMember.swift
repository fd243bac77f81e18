// SPDX-License-Identifier: Apache-2.0

import KVServer
import KVStateMachine
import Raft
import RaftSimulation

/// The gateway that ships, at the end of simulated sockets.
final class KVServerOfMember: SimulatedServer<VersionedStore> {
    /// Not checked for exclusive access, of which every turn has a dozen: whatever it calls, nothing comes back here.
    @exclusivity(unchecked) private var gateway: Gateway
    private var random: SplitMix64
    /// Looked up only.
    private var ids: [Connection: ConnectionID] = [:]
    private var connections: [ConnectionID: Connection] = [:]
    private let sink = Sink()

    /// Collects what the gateway sends; now and then takes only a part, as a full socket does.
    private final class Sink: ConnectionSink {
        @exclusivity(unchecked) var outputs: [(ConnectionID, [UInt8]?)] = []
        @exclusivity(unchecked) var blocked: [ConnectionID] = []
        var random = SplitMix64(seed: 0)

        func write(_ bytes: UnsafeRawBufferPointer, to connection: ConnectionID) -> Int? {
            guard bytes.count > 1, random.next(below: 16) == 0 else {
                outputs.append((connection, Array(bytes)))
                return bytes.count
            }
            let count = Int(random.next(below: UInt64(bytes.count)))
            outputs.append((connection, Array(bytes[..<count])))
            blocked.append(connection)
            return count
        }

        func wait(for interest: ConnectionInterest, on connection: ConnectionID) {}

        func close(_ connection: ConnectionID) { outputs.append((connection, nil)) }
    }

    init(random: SplitMix64, now: MonotonicTime) {
        self.random = random
        sink.random = random.split("sink")
        gateway = Gateway(Self.drawOptions(&self.random), now: now)
        gateway.isServing = false
    }

    private static func drawOptions(_ random: inout SplitMix64) -> GatewayOptions {
        var options = GatewayOptions()
        if random.next(below: 4) == 0 { options.maximumPipeline = Int(1 + random.next(below: 4)) }
        if random.next(below: 4) == 0 { options.maximumLogReads = Int(1 + random.next(below: 3)) }
        if random.next(below: 4) == 0 {
            options.maximumOutputBytes = Int(1 + random.next(below: 200))
        }
        if random.next(below: 4) == 0 {
            options.maximumInFlightBytes = Int(1 + random.next(below: 500))
        }
        if random.next(below: 4) == 0 {
            options.maximumUnreadBytes = Int(1 + random.next(below: 100))
        }
        // Parts of a turn's commands then have fates of their own.
        if random.next(below: 2) == 0 { options.chunkBytes = Int(1 + random.next(below: 200)) }
        return options
    }

    override func beginTurn(at now: MonotonicTime, clusterTime: ClusterTime) {
        gateway.beginTurn(now: now, clusterTime: clusterTime)
        let writable = sink.blocked
        sink.blocked.removeAll(keepingCapacity: true)
        for connection in writable { gateway.writable(connection) }
    }

    override func ready() { gateway.isServing = true }

    override func connected(_ connection: Connection) {
        guard let id = gateway.connect(address: "127.0.0.1:\(connection)") else { return }
        ids[connection] = id
        connections[id] = connection
    }

    override func received(_ bytes: [UInt8], on connection: Connection) {
        guard let id = ids[connection] else { return }
        bytes.withUnsafeBytes { gateway.received(id, $0) }
    }

    override func disconnected(_ connection: Connection) {
        guard let id = ids.removeValue(forKey: connection) else { return }
        connections[id] = nil
        gateway.disconnected(id)
    }

    override func takeOperation() -> (token: UInt64, operation: SessionOperation)? {
        gateway.takeOperation().map { ($0.token, $0.operation) }
    }

    override func takeBatch() -> (token: UInt64, batch: ProposalBatch)? {
        gateway.takeWrites().map { ($0.token, $0.batch) }
    }

    override func takeRead() -> (token: UInt64, consistency: ReadConsistency)? {
        gateway.takeReads().map { ($0.token, $0.consistency) }
    }

    override func finish(_ token: UInt64, _ results: [ProposalResult<KVReply>]) {
        gateway.finishWrites(token, results)
    }

    override func finish(_ token: UInt64, operation result: Result<SessionID, ProposalError>) {
        gateway.finishOperation(token, result)
    }

    override func answer(
        _ token: UInt64, from machine: borrowing VersionedStore, at index: LogIndex
    ) {
        gateway.answerReads(token, from: machine.store, at: index)
    }

    override func fail(_ token: UInt64, _ error: ReadError) { gateway.failReads(token, error) }

    override func flush() -> [ServerOutput] {
        gateway.flush(to: sink)
        guard !sink.outputs.isEmpty else { return [] }
        var outputs: [ServerOutput] = []
        for (id, bytes) in sink.outputs {
            guard let connection = connections[id] else { continue }
            if let bytes {
                outputs.append(.send(connection, bytes))
            } else {
                outputs.append(.close(connection))
                connections[id] = nil
                ids[connection] = nil
            }
        }
        sink.outputs.removeAll(keepingCapacity: true)
        return outputs
    }
}
