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
        let cell = OneShot<Result<Applied<Machine.Output>, ProposalError>>()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                cell.arm(continuation)
                submit(batch) { results in
                    for result in results { cell.fulfil(result.result) }
                }
            }
        } onCancel: {
            cell.fulfil(.failure(.outcomeUnknown))
        }
        return try outcome.get()
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
