// SPDX-License-Identifier: Apache-2.0

public import Platform

/// One member of a group, running: a ``StateMachine`` replicated.
///
/// ```swift
/// let node = RaftNode<Counter>(
///     NodeConfiguration(member: id, initialMembers: peers), environment: (),
///     transport: transport, fileSystem: POSIXFileSystem(directory: "data"))
/// async let life: Void = node.run()
/// let total = try await node.propose(41).output
/// let seen = try await node.read { $0.total }
/// ```
///
/// Its lanes: a loop (an ``EventLoop`` of its own, or one shared with the transport and whatever serves
/// clients) runs consensus and applies in slices, and never blocks; a thread writes and syncs the log;
/// a third reads old entries back. All methods may be called from any thread; from the loop's own thread
/// they cost no hop.
public final class RaftNode<Machine: StateMachine & ~Copyable>: Sendable {
    /// What becomes of a batch, in parts: every command of it exactly once.
    public typealias ProposalCompletion =
        @Sendable ([ProposalResult<Machine.Output>]) -> Void
    /// Looks at the state; runs on the node's loop, so it must be short.
    public typealias ReadBody = @Sendable (borrowing Machine, ReadContext) -> Void

    let lane: NodeLane<Machine>
    private let loop: EventLoop
    private let ownsLoop: Bool
    private let hasRun = Locked(false)

    /// Creates a node; nothing happens before ``run()``.
    /// - Parameters:
    ///   - configuration: Who it is, and with whom.
    ///   - environment: Handed to the state machine when it is built.
    ///   - transport: Not used by anybody else.
    ///   - fileSystem: The member's directory.
    ///   - loop: A loop to share; nil for one of its own. A shared one must be running or be started later,
    ///     and goes on when the node ends.
    ///   - observe: Told what is worth a line in a log; on the loop.
    /// - Throws: `.invalidConfiguration`, or `.inputOutput` if the system gives no loop.
    public init(
        _ configuration: NodeConfiguration, environment: Machine.Environment,
        transport: any Transport, fileSystem: any FileSystem, loop: EventLoop? = nil,
        observe: @escaping @Sendable (NodeEvent) -> Void = { _ in }
    ) throws(RaftError) {
        if let problem = configuration.problem {
            throw RaftError(.invalidConfiguration, problem)
        }
        ownsLoop = loop == nil
        if let loop {
            self.loop = loop
        } else {
            do throws(SystemError) { self.loop = try EventLoop(name: "raft-node") } catch {
                throw RaftError(.inputOutput, "\(error)")
            }
        }
        lane = NodeLane(
            configuration, environment: environment, transport: transport,
            fileSystem: fileSystem, loop: self.loop, observe: observe)
    }

    /// The whole life of the node: recovers, serves, and returns after ``stop()`` or cancellation, when what
    /// was under way is finished, the log is closed and the transport is quiet. Call it once.
    /// - Throws: Why the member could not start or had to stop.
    public func run() async throws(RaftError) {
        let isFirst = hasRun.withLock { hasRun in
            defer { hasRun = true }
            return !hasRun
        }
        guard isFirst else {
            throw RaftError(.invalidConfiguration, "a node can be run only once")
        }
        let lane = lane
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (done: CheckedContinuation<RaftError?, Never>) in
                loop.perform { lane.start { done.resume(returning: $0) } }
                if ownsLoop { loop.start() }
            }
        } onCancel: {
            stop()
        }
        if ownsLoop { loop.stop() }
        if let outcome { throw outcome }
    }

    /// Asks the node to end; ``run()`` returns when it has, or at once if it is called later.
    public func stop() {
        let lane = lane
        loop.perform { lane.stop() }
    }

    /// Proposes commands together: the hot path.
    /// - Parameters:
    ///   - timeout: How long the outcomes are waited for, from now on; nil, or longer than
    ///     ``ReplicaOptions/proposalTimeout``, for as long as the member waits by itself. When it has
    ///     passed, those that no leader was given are taken back and rejected as
    ///     ``ProposalError/Rejection/deadlineExceeded``; the outcome of the others is unknown.
    ///   - completion: Called on the loop, once for every entry that carried some of the commands.
    public func submit(
        _ batch: ProposalBatch, timeout: Interval? = nil, completion: @escaping ProposalCompletion
    ) {
        guard !batch.isEmpty else { return }
        lane.request(.submit(batch, patience(timeout), completion))
    }

    /// Opens, keeps alive or closes a client's session.
    /// - Parameters:
    ///   - timeout: As for a batch.
    ///   - completion: Called once on the loop.
    public func submit(
        _ operation: SessionOperation, timeout: Interval? = nil,
        completion: @escaping @Sendable (Result<SessionID, ProposalError>) -> Void
    ) {
        lane.request(.operate(operation, patience(timeout), completion))
    }

    /// Reads the state where it lives.
    /// - Parameters:
    ///   - timeout: How long an answer is waited for, from now on; nil, or longer than
    ///     ``ReplicaOptions/readTimeout``, for as long as the member waits by itself. When it has passed, the
    ///     read fails with ``ReadError/deadlineExceeded``.
    ///   - body: Called once on the loop when the read may be answered.
    ///   - failure: Called instead when it cannot be.
    public func read(
        _ consistency: ReadConsistency, timeout: Interval? = nil, body: @escaping ReadBody,
        failure: @escaping @Sendable (ReadError) -> Void
    ) {
        lane.request(
            .read(consistency, patience(timeout), .init(body: body, failure: failure)))
    }

    func patience(
        _ timeout: Interval?, _ call: (any RevocableCall)? = nil
    ) -> NodeLane<Machine>.Patience {
        .init(deadline: timeout.map { lane.deadline(in: $0) }, call: call)
    }

    /// What cluster time it is, as far as the member can tell; zero if it serves nobody. Only for the loop's own
    /// thread, to which it costs no hop.
    public var clusterTime: ClusterTime {
        precondition(loop.isCurrent, "cluster time was asked for on another thread than the loop's")
        return lane.clusterTime
    }

    /// Tells how the node is doing.
    /// - Parameter body: Called once on the loop.
    public func status(_ body: @escaping @Sendable (NodeStatus) -> Void) {
        lane.request(.status(body))
    }
}
