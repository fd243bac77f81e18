// SPDX-License-Identifier: Apache-2.0

/// The tunables of one member, besides those of the consensus algorithm.
public struct ReplicaOptions: Sendable, Hashable {
    /// The group the member takes part in.
    public var group = GroupID.first
    /// The consensus algorithm's own.
    public var core = CoreOptions()
    /// A command that certainly is not in the log is held this long for want of a leader, then rejected.
    public var leaderWait: Interval = .seconds(2)
    /// A command that may be in the log is waited for this long, then its outcome is called unknown.
    public var proposalTimeout: Interval = .milliseconds(2900)
    /// A read is waited for this long, then called unavailable.
    public var readTimeout: Interval = .milliseconds(2900)
    /// How many bytes of the newest entries stay in memory.
    public var windowBytes = 64 << 20
    /// How many bytes of commands may wait on this member.
    public var outboxBytes = 128 << 20
    /// How many bytes of forwarded commands may be on their way to the leader.
    public var forwardBytes = 8 << 20
    /// How many bytes of commands one entry holds, unless a single command is longer.
    public var entryBytes = 256 << 10
    /// How many bytes of entries a leader lets stand that are not applied yet.
    public var unappliedBytes = 64 << 20
    /// How many log jobs are handed out before the first of them is done; what comes then is gathered.
    public var logJobsUnderWay = 64
    /// How long a command may be, in bytes; an entry holds 64 MiB with everything.
    public var commandBytes = 63 << 20
    /// A leader appends ticks for the state machine's timers at least this far apart.
    public var tickInterval: Interval = .milliseconds(10)
    /// When the whole cluster is started, wall clocks set the time at most so far ahead of the log's.
    public var clockJumpLimit: Interval = .seconds(7 * 86_400)
    /// How far this machine's wall clock may be from cluster time before an alarm is raised.
    public var clockAlarmOffset: Interval = .seconds(10)

    /// Creates the default options.
    public init() {}
}

/// What a member's clocks show, read together.
package struct Moment: Sendable, Hashable {
    /// The boot clock.
    package let monotonic: MonotonicTime
    /// The wall clock.
    package let wall: ClusterTime

    package init(monotonic: MonotonicTime, wall: ClusterTime) {
        self.monotonic = monotonic
        self.wall = wall
    }
}

/// What a replica wants its driver to do; collected during a turn, taken at its end.
package struct ReplicaOutput: Sendable {
    /// Frames for the transport.
    package var frames: [Frame] = []
    /// Jobs for the log lane, in order.
    package var logJobs: [LogJob] = []
    /// Jobs for the reader lane.
    package var logReads: [ReplicaLogRead] = []
    /// Own commands that are certainly not executed.
    package var rejected: [(sequences: Range<UInt64>, reason: ProposalError.Rejection)] = []
    /// Own commands of which nothing is certain.
    package var unknown: [Range<UInt64>] = []
    /// Reads that may be answered from the state machine as it is now.
    package var readable: [UInt64] = []
    /// Reads that were given up.
    package var unreadable: [(token: UInt64, reason: ReadError)] = []
    /// What role, term and leader became, in order.
    package var roleChanges: [RoleState] = []
    /// What there is to tell of clocks, in order.
    package var clockEvents: [ClockEvent] = []
    /// Set when the member must stop.
    package var failure: RaftError?

    package init() {}
}

/// Entries to be read back from disk, and what for.
package struct ReplicaLogRead: Sendable {
    /// Who needs the entries.
    package enum Purpose: Sendable, Hashable {
        /// This member's own state machine.
        case apply
        /// A follower that is behind the window.
        case follower(MemberID)
    }

    package let purpose: Purpose
    package let job: LogReadJob
}
