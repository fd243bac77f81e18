// SPDX-License-Identifier: Apache-2.0

internal import KVStateMachine
internal import RESP
public import Raft

/// Turns the bytes of Redis clients into commands of a replicated store, and outcomes into replies.
///
/// Sans-I/O and free of clocks: whoever owns it feeds it bytes and time, carries its rounds to the
/// member, and its replies to the sockets. Confined to one thread; no call may be made from within
/// another's closure. One turn is:
///
/// ```swift
/// gateway.beginTurn(now: …, clusterTime: …)
/// gateway.received(connection, bytes)                 // for every socket that had some
/// while let round = gateway.takeOperation() { … }     // → finishOperation(round.token, result)
/// if let round = gateway.takeWrites() { … }           // → finishWrites(round.token, results)
/// while let round = gateway.takeReads() { … }         // → answerReads(round.token, from: store, …)
/// gateway.flush(to: &sink)                            // replies, and what to wait for
/// ```
///
/// The commands of one connection take effect, and are answered, in the order they were sent: a
/// read behind writes that are not finished travels through the log with them; a write behind reads
/// that are not answered waits unread. All commands of a turn, of all connections, are one batch
/// and one read.
public struct Gateway: ~Copyable {
    /// What the gateway was made with.
    public let options: GatewayOptions

    /// The member's view of its group, for `INFO` and `KV.HASH`; to be brought up to date before a round is
    /// answered that asks for it (``ReadRound/asksForStatus``).
    public var status: NodeStatus?

    /// Whether the member can carry commands out; until then, those about data or the member are
    /// refused in the way clients know from a Redis that is loading, which makes most try again.
    public var isServing = true

    /// What has happened so far.
    public internal(set) var statistics = GatewayStatistics()

    let table = CommandTable()
    let encoder: KVCommandEncoder
    /// By ``ConnectionID/index``; places without a connection are in `freePlaces`.
    var sessions: [Session] = []
    var freePlaces: [UInt32] = []
    /// Sessions with something to send, or whose interest may have changed.
    var dirty: [UInt32] = []
    /// Sessions that wait for bytes in flight to become fewer.
    var crowdedOut: [Waiter] = []
    /// Parses for all sessions whose unread bytes start with a command's first.
    var parser: RequestParser
    let blankParser: RequestParser

    /// The commands of this turn.
    var batch: ProposalBatch
    var batchWaiters: [Waiter] = []
    var batchBytes = 0
    /// A command on its way into the batch: one that is refused half-way must leave nothing there.
    var encoded = ByteWriter()
    var pendingWrites = RoundQueue<PendingWrites>()
    /// How the command in hand is told from others, if it says so itself.
    var identity = CommandIdentity.none
    /// The operations on clients' sessions of this turn.
    var operations: [OperationRound] = []
    var pendingOperations = RoundQueue<PendingOperation>()
    /// The reads of this turn, one batch for each consistency asked for.
    var gathering: [ReadBatch] = []
    var pendingReads = RoundQueue<ReadBatch>()
    /// Bytes of the batches under way and of keys in reads.
    var inFlightBytes = 0

    /// Memory for outputs, lent to sessions that have some to send.
    var spareOutputs: [[UInt8]] = []
    /// Memory of batches that have ended.
    var spareReads: [ReadBatch] = []
    var isDraining = false
    var nextClientID: UInt64 = 1
    /// Milliseconds on a clock that never steps.
    var now: UInt64 = 0
    /// Cluster time, in milliseconds since the Unix epoch.
    var clusterTime: Int64 = 0
    let startedAt: UInt64

    /// Creates a gateway without connections.
    /// - Parameters:
    ///   - options: Its bounds.
    ///   - now: The time at the start, see ``beginTurn(now:clusterTime:)``.
    public init(_ options: GatewayOptions, now: MonotonicTime) {
        self.options = options
        batch = ProposalBatch(chunkBytes: options.chunkBytes)
        encoder = KVCommandEncoder(options.store)
        startedAt = now.nanoseconds / 1_000_000
        self.now = startedAt
        blankParser = RequestParser(
            limits: RequestLimits(
                maximumBulkBytes: options.maximumArgumentBytes,
                maximumRequestBytes: options.maximumCommandBytes))
        parser = blankParser
    }

    /// Tells the time; to be called at the start of every turn.
    /// - Parameters:
    ///   - now: The machine's boot clock.
    ///   - clusterTime: What the member takes cluster time to be: for `TIME` and the remaining time of
    ///     keys.
    public mutating func beginTurn(now: MonotonicTime, clusterTime: ClusterTime) {
        self.now = now.nanoseconds / 1_000_000
        self.clusterTime = clusterTime.milliseconds
    }

    /// How many connections there are.
    public var connectionCount: Int { sessions.count - freePlaces.count }
}
