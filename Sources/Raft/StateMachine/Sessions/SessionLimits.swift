// SPDX-License-Identifier: Apache-2.0

/// How much the replicated table of sessions holds.
///
/// What is refused or ended for want of room is refused or ended on every member at the same index, so
/// these numbers are part of what is replicated: all members must have the same ones.
package struct SessionLimits: Sendable, Hashable {
    /// How many clients' sessions there are at most; the least recently used one makes room.
    package var sessions = 10_000
    /// How far a sequence may be ahead of what is acknowledged with it.
    package var window: UInt64 = 1024
    /// How many bytes a reply may have to be kept; of a longer one only the index is.
    package var replyBytes = 4096
    /// How many bytes all sessions take at most, by ``SessionTable``'s own count.
    package var totalBytes = 256 << 20
    /// How many tokens are remembered at most.
    package var tokens = 100_000
    /// How many bytes all tokens and their replies take at most, by ``TokenTable``'s own count.
    package var tokenBytes = 64 << 20
    /// For how long, in milliseconds, no token makes room for another, unless its window ends before:
    /// longer than a client waits that asks again.
    package var tokenAge: Int64 = 10_000
    /// How many tokens one entry forgets at most because they are over.
    package var tokenPurge = 1024
    /// Of how many sessions that have ended it is remembered how far they had come.
    package var endedSessions = 65_536
    /// The shortest and the longest lifetime, in milliseconds.
    package var lifetimes: ClosedRange<Int64> = 1000...86_400_000
    /// How long no session ends for want of use after a change of leader, in milliseconds: their
    /// clients may have been unable to use them.
    package var grace: Int64 = 5000
    /// How often all sessions are looked at for such as have outlived themselves, in milliseconds.
    package var sweepInterval: Int64 = 1000

    /// What members use.
    package init() {}
}
