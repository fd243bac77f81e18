// SPDX-License-Identifier: Apache-2.0

extension Replica {
    /// Where a member stands, for whoever looks on after a turn.
    ///
    /// All at once and by a call: a look into the core of a replica that stands in an optional costs a
    /// copy of the core, shallow, but for every single thing that is looked at.
    package struct Glance {
        package let hardState: HardState
        package let role: Role
        package let leader: MemberID?
        package let log: TermIndex
        package let window: LogWindow
        package let commitIndex: LogIndex
        package let durableIndex: LogIndex
        package let applied: LogIndex
        /// What a leader knows of its followers.
        package let progress: [Progress]
        package let versionRise: LogIndex?
        package let hasReadsAwaitingTime: Bool
    }

    // Mutating, though nothing changes: only such calls leave a replica in an optional where it is.

    /// When the member wants to be called at the latest, see ``deadline(at:)``.
    @inline(never)
    package mutating func nextDeadline(at now: Moment) -> MonotonicTime { deadline(at: now) }

    /// What cluster time it is, see ``clusterTime(at:)``.
    @inline(never)
    package mutating func glanceAtClock(at now: Moment) -> ClusterTime { clusterTime(at: now) }

    /// Whether nothing that a client waits for is under way, see ``isQuiet``.
    @inline(never)
    package mutating func glanceAtQuiet() -> Bool { isQuiet }

    /// Takes what is to be applied next, see ``takeCommitted(maximumBytes:)``, and the reads that this may need.
    @inline(never)
    package mutating func takeNext(
        maximumBytes: Int
    ) -> (entries: [LogEntry], reads: [ReplicaLogRead]) {
        let entries = takeCommitted(maximumBytes: maximumBytes)
        guard !output.logReads.isEmpty else { return (entries, []) }
        var reads: [ReplicaLogRead] = []
        swap(&reads, &output.logReads)
        return (entries, reads)
    }

    /// Where the member stands.
    @inline(never)
    package mutating func glance() -> Glance {
        Glance(
            hardState: core.hardState, role: core.role, leader: core.leader, log: core.log,
            window: window, commitIndex: core.commitIndex,
            durableIndex: core.durability.durableIndex, applied: applied,
            progress: core.leadership?.progress ?? [], versionRise: versionRise,
            hasReadsAwaitingTime: hasReadsAwaitingTime)
    }
}
