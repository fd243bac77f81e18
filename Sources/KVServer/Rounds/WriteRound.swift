// SPDX-License-Identifier: Apache-2.0

public import Raft

/// Everything of one turn that goes through the log.
public struct WriteRound: Sendable {
    /// By which the outcomes name the round (``Gateway/finishWrites(_:_:)``).
    public let token: UInt64
    /// The commands of all connections, in the order of their arrival.
    public let batch: ProposalBatch
}

/// A round whose outcomes are not all known.
struct PendingWrites {
    /// By ordinal.
    var waiters: [Waiter]
    /// How many outcomes are missing.
    var remaining: Int
    let byteCount: Int
}
