// SPDX-License-Identifier: Apache-2.0

internal import Raft
internal import RaftTransport

/// A connection as the machines at its two ends see it; each may be wrong about the other.
final class SimulatedConnection {
    /// What the dialer's machine knows.
    enum DialerState {
        /// Nothing has come back yet.
        case connecting
        /// Nobody listens there.
        case turnedAway
        case connected
        /// The acceptor has closed it, or it is broken.
        case over
        /// The dialer has closed it.
        case closed
    }

    /// What the acceptor's machine knows.
    enum AcceptorState {
        /// Nothing has come yet.
        case unaware
        /// The process has not asked for it yet.
        case waiting
        case accepted
        /// The acceptor has closed it.
        case closed
    }

    let number: Int
    let from: Int
    let to: Int
    let channel: Frame.Channel
    var dialer = DialerState.connecting
    var acceptor = AcceptorState.unaware
    /// The acceptor's side of the protocol, once it was accepted.
    var inbound: InboundLink?
    /// What the acceptor's machine knows of the dialer's end: no more will come after what has arrived.
    var isOverAtAcceptor = false
    /// Nothing passes any more, whoever knows of it.
    var isSevered = false
    /// The dialer's greeting and frames.
    var bytes = SimulatedStream()
    /// When the frames were sent.
    var sent = SendingTimes()
    /// The acceptor's answer.
    var answer = SimulatedStream()
    /// How far the acceptor's process has read, and how far the dialer's machine knows of it.
    var read = 0
    var acknowledged = 0
    /// Whether the dialer waits for room.
    var awaitsRoom = false
    /// Whether the dialer's machine is about to hear of room.
    var isRoomPromised = false
    /// When the last thing sent arrives at either end.
    var lastArrivals = (atAcceptor: MonotonicTime.zero, atDialer: MonotonicTime.zero)

    init(_ number: Int, from: Int, to: Int, channel: Frame.Channel) {
        self.number = number
        self.from = from
        self.to = to
        self.channel = channel
    }

    /// Where the dialer is in the list of its member's connections.
    var index: Int { 2 * (to < from ? to : to - 1) + Int(channel.rawValue) }

    /// The peer of a connection whose handshake succeeded.
    var origin: MemberID? {
        guard case .open(let peer, _)? = inbound?.state else { return nil }
        return peer
    }

    var isClosedByDialer: Bool {
        if case .closed = dialer { return true }
        return false
    }

    var isClosedByAcceptor: Bool {
        if case .closed = acceptor { return true }
        return false
    }
}
