// SPDX-License-Identifier: Apache-2.0

public import Raft

/// What happened in a simulated run, as far as a picture of it needs: who was what when, who said what to
/// whom, what the disks did, what clients asked and were told, what went wrong.
///
/// A plain value: the run that it came from may go on or be gone. All times are counted from the
/// beginning of the world. See ``SimulatedCluster/record(_:)`` and ``html(title:replayCommand:)``.
public struct SimulationRecording: Sendable {
    /// How much is kept: the newest of each.
    public struct Limits: Hashable, Sendable {
        /// Messages between members.
        public var messages = 60_000
        /// Steps of the members' logs.
        public var samples = 60_000
        /// Calls of clients.
        public var calls = 20_000
        /// Jobs of the members' disks.
        public var diskJobs = 20_000
        /// Spans of roles, faults and notes, each.
        public var others = 10_000
        /// Only what happened so long before the end is kept; nil for everything.
        public var window: Interval?

        /// Enough for a run of a minute, in a page of a few megabytes.
        public init() {}

        /// The same, for the end of a run only.
        /// - Parameter window: How long before the end the recording begins.
        public init(window: Interval) { self.window = window }
    }

    /// What was left out for want of room.
    public struct Omission: Hashable, Sendable {
        /// Of which list.
        public let what: String
        /// How many.
        public let count: Int
        /// None is missing from then on.
        public let before: Interval
    }

    /// The property that failed, and when.
    public struct Failure: Hashable, Sendable {
        /// When it was noticed.
        public let time: Interval
        /// The property and both sides of it.
        public let failure: SimulationFailure
    }

    /// The seed of the run.
    public let seed: UInt64
    /// The members, in order.
    public let members: [MemberID]
    /// When the recording begins: earlier ones are left out.
    public let begin: Interval
    /// When it ends.
    public let end: Interval
    /// How many events happened in the whole run.
    public let events: Int
    /// How many calls were answered in the whole run.
    public let acknowledged: Int
    /// How many faults came in the whole run.
    public let faultCount: Int
    /// The hash of the whole run's trace.
    public let traceHash: UInt64

    /// What members were, in the order in which that began.
    public internal(set) var states: [StateSpan] = []
    /// How their logs grew, in order of time.
    public internal(set) var progress: [Progress] = []
    /// What they said to each other, in the order sent.
    public internal(set) var messages: [Message] = []
    /// What their disks did, in the order begun.
    public internal(set) var diskJobs: [DiskJob] = []
    /// What clients called, in the order called.
    public internal(set) var calls: [Call] = []
    /// What went wrong, in the order begun.
    public internal(set) var faults: [FaultSpan] = []
    /// What is worth a mark, in order of time.
    public internal(set) var notes: [Note] = []
    /// What was left out for want of room.
    public internal(set) var omissions: [Omission] = []
    /// The property that failed, if one did.
    public internal(set) var failure: Failure?
}
