// SPDX-License-Identifier: Apache-2.0

/// What a transport has done since it was created; every number only grows.
public struct TransportMetrics: Hashable, Sendable {
    /// Frames put into the queue of a connection.
    public internal(set) var framesQueued: UInt64 = 0
    /// Bytes that the operating system took, handshakes not counted.
    public internal(set) var bytesSent: UInt64 = 0
    /// System calls that sent them: few per frame when batching works.
    public internal(set) var writes: UInt64 = 0
    /// Frames delivered to this member.
    public internal(set) var framesReceived: UInt64 = 0
    /// Bytes of those frames.
    public internal(set) var bytesReceived: UInt64 = 0

    /// Frames dropped because the queue of their connection was full.
    public internal(set) var framesDroppedQueueFull: UInt64 = 0
    /// Frames dropped because their peer was not connected or is none of the peers.
    public internal(set) var framesDroppedUnconnected: UInt64 = 0
    /// Frames dropped because they were empty or longer than their channel allows.
    public internal(set) var framesDroppedInvalid: UInt64 = 0
    /// Bytes that waited in the queue of a connection when it ended.
    public internal(set) var bytesAbandoned: UInt64 = 0

    /// Connections to peers whose handshake succeeded.
    public internal(set) var connectionsOpened: UInt64 = 0
    /// Connections from peers whose handshake succeeded.
    public internal(set) var connectionsAccepted: UInt64 = 0
    /// Connections, in either direction, that ended after their handshake had succeeded.
    public internal(set) var connectionsEnded: UInt64 = 0
    /// Handshakes that failed for good, in either direction; each is reported once, but counted
    /// every time.
    public internal(set) var handshakesRefused: UInt64 = 0
    /// Connections from peers that were closed because their bytes were not frames.
    public internal(set) var violations: UInt64 = 0

    /// Creates metrics that are all zero.
    public init() {}
}
