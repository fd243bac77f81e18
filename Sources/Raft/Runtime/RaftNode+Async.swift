// SPDX-License-Identifier: Apache-2.0

internal import Platform

// The façade for callers that do not batch.
//
// A call may have a timeout, and ends early when its task is cancelled; both do the same. A command that
// no leader was given is taken back: it is rejected, and so certainly never executed. What a leader may
// have is out of reach, and its outcome is unknown from then on. A read is simply forgotten.
extension RaftNode where Machine: ~Copyable {
    /// Proposes a command and waits for its output.
    ///
    /// When the task is cancelled, it ends at once: in ``ProposalError/Rejection/cancelled`` if no leader
    /// was given the command, which then is never executed; otherwise in
    /// ``ProposalError/outcomeUnknown``.
    /// - Parameter timeout: How long the output is waited for; nil, or longer than
    ///   ``ReplicaOptions/proposalTimeout``, for as long as the member waits by itself. When it has passed,
    ///   the call ends as if cancelled, with ``ProposalError/Rejection/deadlineExceeded`` in place of
    ///   ``ProposalError/Rejection/cancelled``.
    /// - Throws: ``ProposalError``; only `rejected` says that the command is certainly not executed.
    public func propose(
        _ command: Machine.Command, timeout: Interval? = nil
    ) async throws(ProposalError) -> Applied<Machine.Output> {
        var batch = ProposalBatch()
        batch.append(command)
        return try await propose(batch, timeout)
    }

    /// Proposes a command of a client's session and waits for its output.
    ///
    /// After ``ProposalError/outcomeUnknown`` propose it again with the same sequence, on this member or
    /// any other: it takes effect once, and the output is that of the first time. A rejection is of
    /// this attempt: it says nothing about an earlier one whose outcome is unknown, but for
    /// ``ProposalError/Rejection/sessionEnded``, which is of them all.
    /// - Parameters:
    ///   - stamp: See ``ClientSession``.
    ///   - timeout: As for a command without a session; cancelling is, too.
    /// - Throws: ``ProposalError``.
    public func propose(
        _ command: Machine.Command, as stamp: SessionStamp, timeout: Interval? = nil
    ) async throws(ProposalError) -> Applied<Machine.Output> {
        var batch = ProposalBatch()
        batch.append(command, as: stamp)
        return try await propose(batch, timeout)
    }

    /// Proposes a command with a token and waits for its output: for clients without a session.
    ///
    /// After ``ProposalError/outcomeUnknown`` propose it again with the same token within its window, on
    /// this member or any other: it takes effect once, and the output is that of the first time. A
    /// rejection is of this attempt.
    /// - Parameter timeout: As for a command without a token; cancelling is, too.
    /// - Throws: ``ProposalError``.
    public func propose(
        _ command: Machine.Command, as token: CommandToken, timeout: Interval? = nil
    ) async throws(ProposalError) -> Applied<Machine.Output> {
        var batch = ProposalBatch()
        batch.append(command, as: token)
        return try await propose(batch, timeout)
    }

    /// - Parameter batch: Holds one command.
    private func propose(
        _ batch: ProposalBatch, _ timeout: Interval?
    ) async throws(ProposalError) -> Applied<Machine.Output> {
        let outcome = await outcome(timeout) { patience, done in
            .submit(batch, patience) { results in
                for result in results { done(result.result) }
            }
        }
        return try outcome.get()
    }

    /// Opens a client's session: see ``ClientSession``.
    /// - Parameters:
    ///   - lifetime: It ends by itself when it was not used for so long, in cluster time; from a
    ///     second to a day.
    ///   - timeout: As for a command; cancelling is, too.
    /// - Throws: ``ProposalError``; a session that was opened all the same ends by itself.
    /// - Returns: The session, for use on any member.
    public func openSession(
        lifetime: Interval = .seconds(60), timeout: Interval? = nil
    ) async throws(ProposalError) -> SessionID {
        try await operate(.open(lifetime: lifetime), timeout)
    }

    /// Uses a client's session for nothing else than that it does not end.
    /// - Parameter timeout: As for a command; cancelling is, too.
    /// - Throws: ``ProposalError``; `rejected(.sessionEnded)` if it is too late.
    public func keepAlive(
        _ session: SessionID, timeout: Interval? = nil
    ) async throws(ProposalError) {
        _ = try await operate(.keepAlive(session), timeout)
    }

    /// Ends a client's session: what it has not had carried out never will be.
    /// - Parameter timeout: As for a command; cancelling is, too.
    /// - Throws: ``ProposalError``; `rejected(.sessionEnded)` if it has ended already.
    public func closeSession(
        _ session: SessionID, timeout: Interval? = nil
    ) async throws(ProposalError) {
        _ = try await operate(.close(session), timeout)
    }

    private func operate(
        _ operation: SessionOperation, _ timeout: Interval?
    ) async throws(ProposalError) -> SessionID {
        try await outcome(timeout) { .operate(operation, $0, $1) }.get()
    }

    /// What comes of the request that `body` makes.
    private func outcome<Value: Sendable>(
        _ timeout: Interval?,
        _ body: (
            NodeLane<Machine>.Patience, @escaping @Sendable (Result<Value, ProposalError>) -> Void
        ) -> NodeLane<Machine>.Request
    ) async -> Result<Value, ProposalError> {
        let call = PendingCall<Result<Value, ProposalError>>()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.arm(continuation)
                lane.request(body(patience(timeout, call)) { call.fulfil($0) })
            }
        } onCancel: {
            if call.revoke(.failure(.rejected(.cancelled))) {
                lane.request(.withdrawProposal(call))
            }
        }
    }

    /// Reads a value from the state and waits for it.
    ///
    /// When the task is cancelled, it ends at once in ``ReadError/cancelled``.
    /// - Parameters:
    ///   - timeout: How long the value is waited for; nil, or longer than ``ReplicaOptions/readTimeout``, for
    ///     as long as the member waits by itself. When it has passed, the call ends in
    ///     ``ReadError/deadlineExceeded``.
    ///   - body: Runs on the node's loop, so it must be short.
    /// - Throws: ``ReadError``.
    public func read<Value: Sendable>(
        _ consistency: ReadConsistency = .linearizable, timeout: Interval? = nil,
        _ body: @escaping @Sendable (borrowing Machine) -> Value
    ) async throws(ReadError) -> Value {
        let call = PendingCall<Result<Value, ReadError>>()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.arm(continuation)
                let reader = NodeLane<Machine>.Reader { machine, _ in
                    call.fulfil(.success(body(machine)))
                } failure: {
                    call.fulfil(.failure($0))
                }
                lane.request(.read(consistency, patience(timeout, call), reader))
            }
        } onCancel: {
            if call.revoke(.failure(.cancelled)) { lane.request(.withdrawRead(call)) }
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
