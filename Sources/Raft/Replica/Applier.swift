// SPDX-License-Identifier: Apache-2.0

/// A state machine, the sessions of its clients, and how far both have come: the half of a member that is
/// generic.
///
/// Owned by whoever applies; ``Replica`` hands out the entries and is told of the results.
package struct Applier<Machine: StateMachine & ~Copyable>: ~Copyable {
    /// The state machine.
    package var machine: Machine
    /// What clients have had carried out.
    package private(set) var sessions: SessionTable
    /// The last entry applied.
    package private(set) var index: LogIndex = .zero
    /// The cluster time of the last entry applied.
    package private(set) var now: ClusterTime = .zero

    /// What applying an entry gave.
    package struct Applied: Sendable {
        /// The outcomes of this life's own commands, in log order.
        package let outputs: [AppliedCommand<Machine.Output>]
        /// Whether some of the entry's commands had to do with clients' sessions.
        package let hasSessions: Bool
        /// When the machine wants to be woken.
        package let deadline: ClusterTime?
    }

    /// Creates the machine as it is before the first entry.
    package init(_ environment: Machine.Environment, sessions: SessionLimits = SessionLimits()) {
        machine = Machine(environment)
        self.sessions = SessionTable(sessions)
    }

    /// A hash of the machine's state and the sessions'; nil if the machine has none at hand.
    package var stateHash: UInt64? {
        guard let hash = machine.stateHash else { return nil }
        return SessionDigest(hash, sessions.hash).value
    }

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
        var hasSessions = false
        var outputs: [AppliedCommand<Machine.Output>] = []
        sessions.begin(entry.kind, at: entry.time)
        switch entry.kind {
        case .termStart, .tick: machine.advance(to: entry.time)
        case .commands:
            var batch = ApplyBatch<Machine.Output>(entry, awaiting: stream)
            // Lent, not copied: a second reference would have the table copied at its first change.
            swap(&batch.sessions, &sessions)
            machine.applyBatch(&batch)
            swap(&batch.sessions, &sessions)
            if let failure = batch.failure { throw Self.undecodable(entry, "\(failure)") }
            outputs = batch.outputs
            hasSessions = batch.hasSessions
        case .configuration:
            throw Self.undecodable(entry, "membership changes are not known to this version")
        }
        index = entry.index
        now = entry.time
        return Applied(
            outputs: outputs, hasSessions: hasSessions, deadline: machine.nextDeadline)
    }

    private static func undecodable(_ entry: LogEntry, _ why: String) -> RaftError {
        RaftError(
            .undecodableEntry,
            "committed entry \(entry.index) of term \(entry.term) cannot be applied: \(why); "
                + "run the version of this program that wrote it, or a newer one")
    }
}
