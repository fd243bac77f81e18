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
    /// - Parameter completion: Called on the loop, once for every entry that carried some of the commands.
    public func submit(_ batch: ProposalBatch, completion: @escaping ProposalCompletion) {
        guard !batch.isEmpty else { return }
        lane.request(.submit(batch, completion))
    }

    /// Opens, keeps alive or closes a client's session.
    /// - Parameter completion: Called once on the loop.
    public func submit(
        _ operation: SessionOperation,
        completion: @escaping @Sendable (Result<SessionID, ProposalError>) -> Void
    ) {
        lane.request(.operate(operation, completion))
    }

    /// Reads the state where it lives.
    /// - Parameters:
    ///   - body: Called once on the loop when the read may be answered.
    ///   - failure: Called instead when it cannot be.
    public func read(
        _ consistency: ReadConsistency, body: @escaping ReadBody,
        failure: @escaping @Sendable (ReadError) -> Void
    ) {
        lane.request(.read(consistency, body, failure))
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

// The façade for callers that do not batch.
extension RaftNode where Machine: ~Copyable {
    /// Proposes a command and waits for its output.
    ///
    /// Cancelling the task does not take the command back: it ends in
    /// ``ProposalError/outcomeUnknown`` as far as the caller is concerned.
    /// - Throws: ``ProposalError``; only `rejected` says that the command is certainly not executed.
    public func propose(
        _ command: Machine.Command
    ) async throws(ProposalError) -> Applied<Machine.Output> {
        var batch = ProposalBatch()
        batch.append(command)
        return try await propose(batch)
    }

    /// Proposes a command of a client's session and waits for its output.
    ///
    /// After ``ProposalError/outcomeUnknown`` propose it again with the same sequence, on this member or
    /// any other: it takes effect once, and the output is that of the first time. A rejection is of
    /// this attempt: it says nothing about an earlier one whose outcome is unknown, but for
    /// ``ProposalError/Rejection/sessionEnded``, which is of them all.
    /// - Parameter stamp: See ``ClientSession``.
    /// - Throws: ``ProposalError``.
    public func propose(
        _ command: Machine.Command, as stamp: SessionStamp
    ) async throws(ProposalError) -> Applied<Machine.Output> {
        var batch = ProposalBatch()
        batch.append(command, as: stamp)
        return try await propose(batch)
    }

    /// Proposes a command with a token and waits for its output: for clients without a session.
    ///
    /// After ``ProposalError/outcomeUnknown`` propose it again with the same token within its window, on
    /// this member or any other: it takes effect once, and the output is that of the first time. A
    /// rejection is of this attempt.
    /// - Throws: ``ProposalError``.
    public func propose(
        _ command: Machine.Command, as token: CommandToken
    ) async throws(ProposalError) -> Applied<Machine.Output> {
        var batch = ProposalBatch()
        batch.append(command, as: token)
        return try await propose(batch)
    }

    /// - Parameter batch: Holds one command.
    private func propose(
        _ batch: ProposalBatch
    ) async throws(ProposalError) -> Applied<Machine.Output> {
        let outcome = await outcome { (done: @escaping @Sendable (_) -> Void) in
            submit(batch) { results in
                for result in results { done(result.result) }
            }
        }
        return try outcome.get()
    }

    /// Opens a client's session: see ``ClientSession``.
    /// - Parameter lifetime: It ends by itself when it was not used for so long, in cluster time; from a
    ///   second to a day.
    /// - Throws: ``ProposalError``; a session that was opened all the same ends by itself.
    /// - Returns: The session, for use on any member.
    public func openSession(
        lifetime: Interval = .seconds(60)
    ) async throws(ProposalError) -> SessionID {
        try await operate(.open(lifetime: lifetime))
    }

    /// Uses a client's session for nothing else than that it does not end.
    /// - Throws: ``ProposalError``; `rejected(.sessionEnded)` if it is too late.
    public func keepAlive(_ session: SessionID) async throws(ProposalError) {
        _ = try await operate(.keepAlive(session))
    }

    /// Ends a client's session: what it has not had carried out never will be.
    /// - Throws: ``ProposalError``; `rejected(.sessionEnded)` if it has ended already.
    public func closeSession(_ session: SessionID) async throws(ProposalError) {
        _ = try await operate(.close(session))
    }

    private func operate(
        _ operation: SessionOperation
    ) async throws(ProposalError) -> SessionID {
        let outcome = await outcome { (done: @escaping @Sendable (_) -> Void) in
            submit(operation, completion: done)
        }
        return try outcome.get()
    }

    /// What `body` reports, or that it is unknown once the task is cancelled.
    private func outcome<Value: Sendable>(
        _ body: (@escaping @Sendable (Result<Value, ProposalError>) -> Void) -> Void
    ) async -> Result<Value, ProposalError> {
        let cell = OneShot<Result<Value, ProposalError>>()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                cell.arm(continuation)
                body { cell.fulfil($0) }
            }
        } onCancel: {
            cell.fulfil(.failure(.outcomeUnknown))
        }
    }

    /// Reads a value from the state and waits for it.
    /// - Parameter body: Runs on the node's loop, so it must be short.
    public func read<Value: Sendable>(
        _ consistency: ReadConsistency = .linearizable,
        _ body: @escaping @Sendable (borrowing Machine) -> Value
    ) async throws(ReadError) -> Value {
        let outcome = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, ReadError>, Never>) in
            read(consistency) { machine, _ in
                continuation.resume(returning: .success(body(machine)))
            } failure: {
                continuation.resume(returning: .failure($0))
            }
        }
        return try outcome.get()
    }

    /// How the node is doing.
    public func status() async -> NodeStatus {
        await withCheckedContinuation { continuation in
            status { continuation.resume(returning: $0) }
        }
    }
}

/// A continuation that is resumed by whichever of two comes first.
private final class OneShot<Value: Sendable>: Sendable {
    private enum State: Sendable {
        case empty
        case armed(CheckedContinuation<Value, Never>)
        case fulfilled(Value)
        case done
    }

    private let state = Locked(State.empty)

    func arm(_ continuation: CheckedContinuation<Value, Never>) {
        let early: Value? = state.withLock { state in
            switch state {
            case .empty:
                state = .armed(continuation)
                return nil
            case .fulfilled(let value):
                state = .done
                return value
            case .armed, .done: preconditionFailure("armed twice")
            }
        }
        if let early { continuation.resume(returning: early) }
    }

    func fulfil(_ value: Value) {
        let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .empty:
                state = .fulfilled(value)
                return nil
            case .armed(let continuation):
                state = .done
                return continuation
            case .fulfilled, .done: return nil
            }
        }
        waiting?.resume(returning: value)
    }
}
