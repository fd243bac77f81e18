// SPDX-License-Identifier: Apache-2.0

public import Raft

/// What clients do, and what they make of the answers.
///
/// Either clients call the members directly, as a program does that embeds the library (`init(_:)`), or they
/// are programs of their own which talk to servers in front of the members (`init(front:)`).
public struct SimulationWorkload<Machine: StateMachine & ~Copyable>: Sendable {
    /// What a client calls next; must depend on its arguments alone.
    public typealias Next =
        @Sendable (_ client: Int, _ random: inout SplitMix64) -> SimulatedCall<Machine>

    var next: Next?
    var makeFront: (@Sendable (SplitMix64) -> SimulatedFront<Machine>)?
    /// What is wrong with an answer, in one sentence; nil if nothing is.
    public var check: (@Sendable (_ command: Machine.Command, _ output: Machine.Output) -> String?)?
    /// What clients with sessions call, if the profile has any.
    public var sessions: SessionWorkload<Machine>?
    var invariants: [Invariant] = []

    struct Invariant: Sendable {
        let name: String
        let holds: @Sendable (borrowing Machine) -> Bool
    }

    /// Clients that call members directly.
    /// - Parameter next: What a client calls next; must depend on its arguments alone.
    public init(_ next: @escaping Next) { self.next = next }

    /// Clients that talk to servers.
    /// - Parameter front: Makes the servers, the clients and their judge of one run, given a random stream
    ///   for it.
    public init(front: @escaping @Sendable (SplitMix64) -> SimulatedFront<Machine>) {
        makeFront = front
    }

    /// No clients; for runs made by hand.
    public init() {}

    /// Adds what must hold for every member's machine after every entry.
    public mutating func invariant(
        _ name: String, _ holds: @escaping @Sendable (borrowing Machine) -> Bool
    ) {
        invariants.append(Invariant(name: name, holds: holds))
    }
}
