// SPDX-License-Identifier: Apache-2.0

/// The tunables of the consensus algorithm.
public struct CoreOptions: Sendable, Hashable {
    /// How often a leader says that it leads.
    public var heartbeatInterval: Interval = .milliseconds(60)
    /// A follower that has heard nothing for this long asks whether to campaign; also how long a leader
    /// goes on without hearing from a majority. At least four heartbeats.
    public var electionTimeoutMinimum: Interval = .milliseconds(300)
    /// Election timeouts are drawn evenly between the minimum and this.
    public var electionTimeoutMaximum: Interval = .milliseconds(600)
    /// How soon a follower whose connection from the leader broke asks whether to campaign.
    public var electionDelayAfterDisconnect: ClosedRange<Interval> =
        .milliseconds(20)...Interval.milliseconds(120)
    /// How many bytes of entries one append message carries; one entry at least.
    public var appendBytes = 256 << 10
    /// How many append messages to one follower may be unanswered.
    ///
    /// Batching comes from the disks, which take all that waits with one sync. Holding appends back to
    /// make larger messages of them (2 under way) cost 15 % at 50 connections on one machine, and gained
    /// nothing with pipelines.
    public var inflightMessages = 256
    /// How many bytes of entries to one follower may be unanswered.
    public var inflightBytes = 16 << 20
    /// How many reads may wait for a confirmation of leadership.
    public var waitingReads = 16_384

    /// Creates the default options.
    public init() {}

    /// What is wrong with the options, in one sentence; nil if nothing is.
    package var problem: String? {
        if heartbeatInterval.nanoseconds == 0 { return "the heartbeat interval is zero" }
        if electionTimeoutMinimum < heartbeatInterval * 4 {
            return "the election timeout is less than four heartbeat intervals"
        }
        if electionTimeoutMaximum <= electionTimeoutMinimum {
            return "the longest election timeout is not longer than the shortest"
        }
        if appendBytes < 1 || inflightMessages < 1 || inflightBytes < 1 || waitingReads < 1 {
            return "a window of zero lets nothing through"
        }
        return nil
    }
}
