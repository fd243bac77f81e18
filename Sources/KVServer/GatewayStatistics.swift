// SPDX-License-Identifier: Apache-2.0

/// What a ``Gateway`` has done since it was made.
public struct GatewayStatistics: Sendable, Equatable {
    /// Connections accepted.
    public internal(set) var connectionsReceived: UInt64 = 0
    /// Connections refused because there were too many.
    public internal(set) var connectionsRejected: UInt64 = 0
    /// Commands carried out or refused.
    public internal(set) var commandsProcessed: UInt64 = 0
    /// Bytes received.
    public internal(set) var inputBytes: UInt64 = 0
    /// Bytes sent.
    public internal(set) var outputBytes: UInt64 = 0
    /// Keys that were read and existed.
    public internal(set) var keyspaceHits: UInt64 = 0
    /// Keys that were read and did not exist.
    public internal(set) var keyspaceMisses: UInt64 = 0
    /// Error replies.
    public internal(set) var errorReplies: UInt64 = 0
    /// Batches given to the log.
    public internal(set) var writeRounds: UInt64 = 0
    /// Reads beside the log, each of any number of commands.
    public internal(set) var readRounds: UInt64 = 0
    /// Writes whose outcome could not be told.
    public internal(set) var writesInDoubt: UInt64 = 0
}
