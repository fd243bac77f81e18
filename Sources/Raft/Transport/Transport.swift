// SPDX-License-Identifier: Apache-2.0

/// How members reach each other: frames, fire and forget.
///
/// A transport may lose, duplicate, delay and reorder frames; it must not alter them or make them up. It
/// keeps bounded queues and drops what does not fit. Control frames travel apart from bulk frames, so
/// that heartbeats never wait behind entries.
public protocol Transport: Sendable {
    /// Starts listening and connecting.
    /// - Parameters:
    ///   - introduction: Who this member is; sent in every handshake.
    ///   - peers: Whom to connect to.
    ///   - deliver: Called with what arrives, in batches, on any thread, never concurrently with itself.
    /// - Throws: If the address cannot be listened on.
    func start(
        as introduction: Introduction, peers: [Peer],
        deliver: @escaping @Sendable ([TransportEvent]) -> Void
    ) throws(RaftError)

    /// Changes who this member says it is; existing connections are closed and made anew.
    func introduce(as introduction: Introduction)

    /// Hands over frames to send. Callable from any thread.
    func send(_ frames: [Frame])

    /// Stops; nothing is delivered after it returns on the thread that delivers.
    func stop()
}

/// One message to or from a peer, encoded.
public struct Frame: Sendable {
    /// Which of the connections between two members a frame travels on.
    public enum Channel: UInt8, Sendable {
        /// Votes, heartbeats, read rounds: small and urgent.
        case control = 0
        /// Entries and snapshots: up to 256 KiB a frame, or one entry if that is longer.
        case bulk = 1
    }

    /// The other member.
    public let peer: MemberID
    /// Which connection it travels on.
    public let channel: Channel
    /// The message, starting with its format version.
    public let bytes: [UInt8]

    /// Creates a frame.
    public init(peer: MemberID, channel: Channel, bytes: [UInt8]) {
        self.peer = peer
        self.channel = channel
        self.bytes = bytes
    }
}

/// Whom a member may connect to.
public struct Peer: Hashable, Sendable {
    /// The member.
    public let id: MemberID
    /// Where its transport listens, in whatever form the transport understands (`host:port`).
    public let address: String

    /// Creates a peer.
    public init(id: MemberID, address: String) {
        self.id = id
        self.address = address
    }
}

/// What a member says of itself in every handshake.
public struct Introduction: Hashable, Sendable {
    /// Its cluster; nil as long as it belongs to none.
    public let cluster: ClusterID?
    /// Its id.
    public let member: MemberID
    /// The life of its data directory; a member that lost its data comes back as another incarnation.
    public let incarnation: UInt64

    /// Creates an introduction.
    public init(cluster: ClusterID?, member: MemberID, incarnation: UInt64) {
        self.cluster = cluster
        self.member = member
        self.incarnation = incarnation
    }
}

/// What a transport tells its member.
public enum TransportEvent: Sendable {
    /// A frame arrived.
    case received(Frame)
    /// A connection to the peer was made on the channel; frames sent before it may be lost.
    case connected(MemberID, Frame.Channel)
    /// The connection the peer held open to this member ended: the peer may be gone.
    case disconnected(MemberID)
    /// A handshake failed for good, with this member as far as it is known: the one that was dialed, or
    /// the one that the dialer says it is.
    case refused(MemberID?, TransportRefusal)
}

/// Why two members are not connected, and will not be until one of them is configured otherwise.
public struct TransportRefusal: Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as far as a member can act on it.
    public enum Cause: Hashable, Sendable {
        /// The other side is the member it was taken for, and says that it belongs to this cluster,
        /// which is not this member's.
        case foreignCluster(ClusterID)
        /// Anything else: wrong id, unknown version, an address that cannot be resolved.
        case other
    }

    /// What is wrong.
    public let cause: Cause
    /// What is wrong, with whom, in one sentence without a full stop.
    public let text: String

    /// Creates a refusal.
    public init(_ cause: Cause, _ text: String) {
        self.cause = cause
        self.text = text
    }

    /// The sentence.
    public var description: String { text }
}
