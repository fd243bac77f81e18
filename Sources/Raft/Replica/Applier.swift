// SPDX-License-Identifier: Apache-2.0

/// A state machine, the machine version in force, the sessions of its clients, and how far all have come: the
/// half of a member that is generic.
///
/// Owned by whoever applies; ``Replica`` hands out the entries and is told of the results.
package struct Applier<Machine: StateMachine & ~Copyable>: ~Copyable {
    /// The state machine.
    package var machine: Machine
    /// What clients have had carried out.
    package var sessions: SessionTable { holder.table }
    private let holder: SessionHolder
    /// The machine version in force.
    package private(set) var version = MachineVersion.first
    /// What this program can run.
    package let versions: ClosedRange<MachineVersion>
    /// The last entry applied.
    package private(set) var index: LogIndex = .zero
    /// The cluster time of the last entry applied.
    package private(set) var now: ClusterTime = .zero
    /// Made once: generic code has to look types up to make an array.
    private let noOutputs: [AppliedCommand<Machine.Output>] = []

    /// What applying an entry gave.
    package struct Applied: Sendable {
        /// The outcomes of this life's own commands, in log order.
        package let outputs: [AppliedCommand<Machine.Output>]
        /// Whether some of the entry's commands had to do with clients' sessions.
        package let hasSessions: Bool
        /// When the machine wants to be woken.
        package let deadline: ClusterTime?
        /// The machine version in force from here on.
        package let version: MachineVersion
    }

    /// Creates the machine as it is before the first entry.
    /// - Parameter versions: What this program can run.
    package init(
        _ environment: Machine.Environment, sessions: SessionLimits = SessionLimits(),
        versions: ClosedRange<MachineVersion> = Machine.machineVersions
    ) {
        machine = Machine(environment)
        holder = SessionHolder(SessionTable(sessions))
        self.versions = versions
    }

    /// Puts the version in force that the cluster was founded in; before the first entry.
    /// - Throws: `unsupportedMachineVersion` if this program cannot run it.
    package mutating func begin(in founding: MachineVersion) throws(RaftError) {
        precondition(index == .zero, "entries up to \(index) are applied")
        version = founding
        guard versions.contains(founding) else {
            throw unsupported("the cluster was founded in machine version \(founding)")
        }
        machine.adopt(founding)
    }

    /// A hash of all that is replicated: the machine's state, the version, and the sessions; nil if the machine has
    /// none at hand.
    package var stateHash: UInt64? {
        guard let hash = machine.stateHash else { return nil }
        return SessionDigest(hash, holder.hash(), UInt64(version.rawValue)).value
    }

    /// Applies the next entry.
    /// - Parameters:
    ///   - entry: Committed; the one after ``index``.
    ///   - stream: Whose commands' outputs are wanted; nil for everybody's.
    /// - Throws: `undecodableEntry` if this version of the machine cannot read the entry,
    ///   `unsupportedMachineVersion` if it raises the machine version to one that this program cannot run. The
    ///   member must stop: skipping what others apply would make its state another.
    package mutating func apply(
        _ entry: LogEntry, awaiting stream: StreamID?
    ) throws(RaftError) -> Applied {
        precondition(entry.index == index.next, "entry \(entry.index) after \(index)")
        let risen = try risenVersion(entry)
        var hasSessions = false
        var outputs = noOutputs
        holder.table.begin(entry.kind, at: entry.time)
        switch entry.kind {
        case .termStart, .tick: machine.advance(to: entry.time)
        case .commands:
            var batch = ApplyBatch<Machine.Output>(
                to: noOutputs, entry, awaiting: stream, version: version, sessions: holder)
            // Lent, not copied: a second reference would have them copied at the first change.
            swap(&batch.streams, &holder.table.streams)
            machine.applyBatch(&batch)
            swap(&batch.streams, &holder.table.streams)
            if let failure = batch.failure { throw Self.undecodable(entry, "\(failure)") }
            outputs = batch.outputs
            hasSessions = batch.hasSessions
        case .machineVersion:
            machine.advance(to: entry.time)
            if risen > version {
                version = risen
                machine.adopt(risen)
            }
        case .configuration:
            throw Self.undecodable(entry, "membership changes are not known to this version")
        }
        index = entry.index
        now = entry.time
        return Applied(
            outputs: outputs, hasSessions: hasSessions, deadline: machine.nextDeadline,
            version: version)
    }

    /// The version in force after an entry.
    private func risenVersion(_ entry: LogEntry) throws(RaftError) -> MachineVersion {
        guard entry.kind == .machineVersion else { return version }
        let risen: MachineVersion
        do throws(DecodingFailure) {
            risen = try entry.machineVersion()
        } catch {
            throw Self.undecodable(entry, "\(error)")
        }
        guard versions.contains(risen) else {
            throw unsupported("entry \(entry.index) raises the machine version to \(risen)")
        }
        return risen
    }

    private func unsupported(_ why: String) -> RaftError {
        RaftError(
            .unsupportedMachineVersion,
            "\(why), and this program runs \(versions.words): start this member with the program that "
                + "the other members run")
    }

    private static func undecodable(_ entry: LogEntry, _ why: String) -> RaftError {
        RaftError(
            .undecodableEntry,
            "committed entry \(entry.index) of term \(entry.term) cannot be applied: \(why); "
                + "run the version of this program that wrote it, or a newer one")
    }
}
