// SPDX-License-Identifier: Apache-2.0

public import Raft

/// Everything of one turn that goes through the log.
public struct WriteRound: Sendable {
    /// By which the outcomes name the round (``Gateway/finishWrites(_:_:)``).
    public let token: UInt64
    /// The commands of all connections, in the order of their arrival.
    public let batch: ProposalBatch
}

/// An operation on a client's session.
public struct OperationRound: Sendable {
    /// By which its result names it (``Gateway/finishOperation(_:_:)``).
    public let token: UInt64
    /// What to do.
    public let operation: SessionOperation
}

/// An operation whose result is not known.
struct PendingOperation {
    let waiter: Waiter
    /// Whether the reply is the session's number.
    let opens: Bool
}

/// How a command is told from others, so that it can be recognised when it comes again.
enum CommandIdentity {
    /// By its place in the member's own stream: nobody but the member repeats it.
    case none
    case numbered(SessionStamp)
    case named(CommandToken)
}

/// A round whose outcomes are not all known.
struct PendingWrites {
    /// By ordinal.
    var waiters: [Waiter]
    /// How many outcomes are missing.
    var remaining: Int
    let byteCount: Int
}
