// SPDX-License-Identifier: Apache-2.0

public import Raft

/// The program that stands between a member and its clients, without I/O: one for each life of a member.
///
/// To be subclassed around the code that ships. In a turn of the member's loop it is called as sockets and
/// the loop would call it: what arrived, then ``takeOperation()``, ``takeBatch()`` and ``takeRead()`` until they
/// are nil, then, when the member has worked, outcomes, then ``flush()``. Not thread-safe.
open class SimulatedServer<Machine: StateMachine & ~Copyable>: SimulatedConnections {
    /// Some commands of a batch have ended.
    open func finish(_ token: UInt64, _ results: [ProposalResult<Machine.Output>]) {}

    /// A read may be answered.
    open func answer(_ token: UInt64, from machine: borrowing Machine, at index: LogIndex) {}
}

/// The part of a ``SimulatedServer`` that has nothing to do with the machine, so that the world, which is
/// not generic, can call it without looking types up.
open class SimulatedConnections {
    /// A client's connection, by number; numbers are not used twice in a run.
    public typealias Connection = Int

    /// Creates a server without connections.
    public init() {}

    /// A turn begins.
    open func beginTurn(at now: MonotonicTime, clusterTime: ClusterTime) {}

    /// The member knows a leader and has caught up with it; until then it serves nobody.
    open func ready() {}

    /// A client connected.
    open func connected(_ connection: Connection) {}

    /// A client sent bytes.
    open func received(_ bytes: [UInt8], on connection: Connection) {}

    /// A client's connection is gone.
    open func disconnected(_ connection: Connection) {}

    /// An operation on a session, and the name by which ``finish(_:operation:)`` speaks of it.
    open func takeOperation() -> (token: UInt64, operation: SessionOperation)? { nil }

    /// Commands to propose, and the name by which ``finish(_:_:)`` speaks of them.
    open func takeBatch() -> (token: UInt64, batch: ProposalBatch)? { nil }

    /// A read to make, and the name by which ``answer(_:from:at:)`` speaks of it.
    open func takeRead() -> (token: UInt64, consistency: ReadConsistency)? { nil }

    /// An operation on a session has ended.
    open func finish(_ token: UInt64, operation result: Result<SessionID, ProposalError>) {}

    /// A read can't be answered.
    open func fail(_ token: UInt64, _ error: ReadError) {}

    /// What goes to clients now.
    open func flush() -> [ServerOutput] { [] }
}

/// What leaves a server in a flush.
public enum ServerOutput: Sendable {
    /// Bytes for a client, on its connection.
    case send(Int, [UInt8])
    /// The end of a connection.
    case close(Int)
}

/// What stands in front of the members in one run: their servers, their users, and a judge of what users
/// saw.
open class SimulatedFront<Machine: StateMachine & ~Copyable> {
    /// Creates what one run needs.
    public init() {}

    /// The server of a member's new life.
    open func makeServer(on member: MemberID, at now: MonotonicTime) -> SimulatedServer<Machine> {
        SimulatedServer()
    }

    /// A user, before it has done anything.
    /// - Parameters:
    ///   - number: From 0.
    ///   - pipeline: How many calls it makes at once, at most.
    open func makeUser(_ number: Int, pipeline: Int) -> any SimulatedUser {
        preconditionFailure("a front without users; override makeUser(_:pipeline:)")
    }

    /// By how much cluster time was wrong in the run; known when ``verdict()`` is asked for.
    public internal(set) var timeBounds = TimeBounds(
        early: Interval(nanoseconds: .max), late: Interval(nanoseconds: .max))

    /// Whether ``verdict()`` had to give up: what users saw was neither explained nor refuted.
    public var isUndecided = false

    /// What is wrong with what users saw, once all calls have ended.
    open func verdict() -> SimulationFailure? { nil }
}
