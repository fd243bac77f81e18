// SPDX-License-Identifier: Apache-2.0

internal import RESP
public import Raft

extension Gateway {
    /// Takes an operation on a client's session; nil if none is left.
    ///
    /// To be handed to the member before the writes of the turn: a connection's commands after the operation
    /// may be among them. Its result must be told.
    public mutating func takeOperation() -> OperationRound? {
        operations.isEmpty ? nil : operations.removeFirst()
    }

    /// Tells the result of an operation; its reply is ready with the next flush.
    public mutating func finishOperation(
        _ token: UInt64, _ result: Result<SessionID, ProposalError>
    ) {
        guard let operation = pendingOperations.take(token) else {
            preconditionFailure("the result of operation \(token), which has ended or never was")
        }
        guard let place = place(of: operation.waiter) else { return }
        sessions[place].unfinishedWrites -= 1
        markDirty(place)
        switch result {
        case .success(let session):
            let writer = ReplyWriter(
                version: sessions[place].replies.slot(operation.waiter.reply).version)
            sessions[place].replies.complete(operation.waiter.reply) { out in
                if operation.opens {
                    writer.integer(Int64(bitPattern: session.rawValue), to: &out)
                } else {
                    writer.ok(to: &out)
                }
            }
        case .failure(let error):
            if error.isDoubt { statistics.writesInDoubt += 1 }
            statistics.errorReplies += 1
            sessions[place].replies.complete(operation.waiter.reply) { out in
                ReplyWriter().error(error.replyText(isQuery: false), to: &out)
            }
        }
        resume(operation.waiter)
    }

    /// Adds an operation to this turn's, unless it has to wait.
    ///
    /// It comes before the batch of the turn, so nothing of its connection may be under way.
    mutating func operate(_ place: Int, _ operation: SessionOperation) -> Step {
        guard sessions[place].unfinishedReads == 0, sessions[place].unfinishedWrites == 0 else {
            return .wait
        }
        let reply = sessions[place].replies.owe(
            ReplyQueue.Slot(version: sessions[place].version))
        let opens = if case .open = operation { true } else { false }
        operations.append(
            OperationRound(token: pendingOperations.nextToken, operation: operation))
        pendingOperations.append(
            PendingOperation(
                waiter: Waiter(
                    session: UInt32(truncatingIfNeeded: place),
                    generation: sessions[place].generation, reply: reply),
                opens: opens))
        sessions[place].unfinishedWrites += 1
        return .done
    }
}

extension ProposalError {
    /// Whether the command may have taken effect and its client will never know.
    var isDoubt: Bool {
        switch self {
        case .outcomeUnknown, .sessionEnded: true
        case .rejected, .executed, .acknowledged: false
        }
    }
}
