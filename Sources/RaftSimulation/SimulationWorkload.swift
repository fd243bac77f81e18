// SPDX-License-Identifier: Apache-2.0

public import Raft

/// What a client calls, as data.
public enum SimulatedCall<Machine: StateMachine & ~Copyable> {
    /// Commands proposed together.
    case propose([Machine.Command])
    /// Something looked at; what is seen is kept as text.
    case observe(ReadConsistency, (borrowing Machine) -> String)
}

/// What clients do, and what they make of the answers.
public struct SimulationWorkload<Machine: StateMachine & ~Copyable> {
    /// What a client calls next; must depend on its arguments alone.
    public var next: (_ client: Int, _ random: inout SplitMix64) -> SimulatedCall<Machine>
    /// What is wrong with an answer, in one sentence; nil if nothing is.
    public var check: ((_ command: Machine.Command, _ output: Machine.Output) -> String?)?
    var invariants: [(name: String, holds: (borrowing Machine) -> Bool)] = []

    /// Creates a workload.
    /// - Parameter next: What a client calls next; must depend on its arguments alone.
    public init(
        _ next: @escaping (_ client: Int, _ random: inout SplitMix64) -> SimulatedCall<Machine>
    ) {
        self.next = next
    }

    /// Adds what must hold for every member's machine after every entry.
    public mutating func invariant(
        _ name: String, _ holds: @escaping (borrowing Machine) -> Bool
    ) {
        invariants.append((name, holds))
    }
}
