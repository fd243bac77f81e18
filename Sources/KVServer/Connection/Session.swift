// SPDX-License-Identifier: Apache-2.0

internal import RESP
internal import Raft

/// One client's connection: what it asked for, what it is owed, how it wants to be answered.
struct Session {
    /// Distinguishes the connections that had the same place in the table, one after the other.
    var generation: UInt32 = 0
    /// Whether a connection has the place now.
    var isOpen = false
    var life = Life.serving

    var replies = ReplyQueue()
    var unread = UnreadBytes()
    /// Keeps the progress inside a command that has arrived in part.
    var parser: RequestParser?

    /// The protocol of the replies to what comes next.
    var version = ProtocolVersion.resp2
    var consistency = ReadConsistency.linearizable
    /// Commands in the log whose outcome is not known yet; queries behind writes included.
    var unfinishedWrites = 0
    /// Those of them that answer with bytes of the store.
    var unfinishedLogReads = 0
    /// Reads beside the log that are not answered yet.
    var unfinishedReads = 0
    /// How fresh the latest of them has to be.
    var latestConsistency = ReadConsistency.linearizable
    /// Reads whose answers would have made the output too long; in order, asked again when it is
    /// not.
    var heldReads: [HeldRead] = []

    /// Whether a command waits in ``unread`` for something to finish.
    var isStalled = false
    /// Whether it waits for others' bytes in flight to become fewer.
    var isCrowdedOut = false
    /// Whether the client has said that it will send nothing more.
    var hasInputEnded = false
    /// Whether the socket takes no more output for now.
    var isBlocked = false
    /// Whether the session is in the gateway's list of those to look after in this turn.
    var isDirty = false
    /// What the input and output side was told to wait for.
    var interest = ConnectionInterest(reads: true, writes: false)

    var identity = Identity()

    /// How a connection comes to its end.
    enum Life {
        /// It takes commands.
        case serving
        /// It takes none any more; it is closed when everything owed was sent.
        case closing
    }

    /// A read that waits for room in the output.
    struct HeldRead {
        let operation: Query.Operation
        let keyCount: Int
        let reply: UInt32
        let keys: [UInt8]
    }

    /// What `CLIENT LIST` tells of a connection.
    struct Identity {
        var id: UInt64 = 0
        var address = ""
        var name = ""
        var libraryName = ""
        var libraryVersion = ""
        /// Milliseconds on the clock of ``Gateway/beginTurn(now:clusterTime:)``.
        var connectedAt: UInt64 = 0
        var lastActiveAt: UInt64 = 0
        var lastCommand: Command?
    }

    /// Makes the session as it was when the connection was made, but for what it is owed.
    mutating func reset() {
        version = .resp2
        consistency = .linearizable
        identity.name = ""
    }
}

/// What a connection's input and output side should wait for.
public struct ConnectionInterest: Equatable, Sendable {
    /// Whether bytes of the client are wanted.
    public var reads: Bool
    /// Whether output waits for the socket to take it.
    public var writes: Bool

    /// Creates an interest.
    public init(reads: Bool, writes: Bool) {
        self.reads = reads
        self.writes = writes
    }
}
