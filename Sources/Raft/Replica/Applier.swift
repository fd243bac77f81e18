// SPDX-License-Identifier: Apache-2.0

/// A state machine and how far it has come: the half of a member that is generic.
///
/// Owned by whoever applies; ``Replica`` hands out the entries and is told of the results.
package struct Applier<Machine: StateMachine & ~Copyable>: ~Copyable {
    /// The state machine.
    package var machine: Machine
    /// The last entry applied.
    package private(set) var index: LogIndex = .zero
    /// The cluster time of the last entry applied.
    package private(set) var now: ClusterTime = .zero

    /// What applying an entry gave.
    package struct Applied: Sendable {
        /// The outputs of this life's own commands, in log order.
        package let outputs: [AppliedCommand<Machine.Output>]
        /// When the machine wants to be woken.
        package let deadline: ClusterTime?
    }

    /// Creates the machine as it is before the first entry.
    package init(_ environment: Machine.Environment) { machine = Machine(environment) }

    /// Applies the next entry.
    /// - Parameters:
    ///   - entry: Committed; the one after ``index``.
    ///   - stream: Whose commands' outputs are wanted; nil for everybody's.
    /// - Throws: `undecodableEntry` if this version of the machine cannot read the entry. The member must
    ///   stop: skipping what others apply would make its state another.
    package mutating func apply(
        _ entry: LogEntry, awaiting stream: StreamID?
    ) throws(RaftError) -> Applied {
        precondition(entry.index == index.next, "entry \(entry.index) after \(index)")
        var outputs: [AppliedCommand<Machine.Output>] = []
        switch entry.kind {
        case .termStart, .tick: machine.advance(to: entry.time)
        case .commands:
            var batch = ApplyBatch<Machine.Output>(entry, awaiting: stream)
            machine.applyBatch(&batch)
            if let failure = batch.failure { throw Self.undecodable(entry, "\(failure)") }
            outputs = batch.outputs
        case .configuration:
            throw Self.undecodable(entry, "membership changes are not known to this version")
        }
        index = entry.index
        now = entry.time
        return Applied(outputs: outputs, deadline: machine.nextDeadline)
    }

    private static func undecodable(_ entry: LogEntry, _ why: String) -> RaftError {
        RaftError(
            .undecodableEntry,
            "committed entry \(entry.index) of term \(entry.term) cannot be applied: \(why); "
                + "run the version of this program that wrote it, or a newer one")
    }
}
