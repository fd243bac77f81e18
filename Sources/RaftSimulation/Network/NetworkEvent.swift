// SPDX-License-Identifier: Apache-2.0

/// What happens in the network. Connections are named by number; one that is gone is not bothered.
enum NetworkEvent {
    /// A frame of an unordered network arrives.
    case frame(slot: Int)
    /// A dialer's first packet reaches the machine it is meant for.
    case opening(Int)
    /// The dialer learns that the other machine has taken the connection.
    case opened(Int)
    /// The dialer learns that nobody listens there.
    case turnedAway(Int)
    /// The dialer's bytes have reached the acceptor, up to this position.
    case bytes(Int, through: Int)
    /// The acceptor's bytes have reached the dialer, up to this position.
    case answer(Int, through: Int)
    /// The dialer learns that the acceptor has taken bytes out of a full connection.
    case room(Int)
    /// One end learns that the other has closed, after all that was written before.
    case closed(Int, end: ConnectionEnd)
    /// One end learns that the connection is broken.
    case broken(Int, end: ConnectionEnd)
    /// Nothing has come through a cut for so long that connections across it are given up.
    case silence(link: Int, cut: Int)
    /// The time of one of a member's connections has come.
    case deadline(member: Int, life: Int)
    /// A member that stood still goes on.
    case resumed(member: Int, life: Int)
}

/// Which end of a connection.
enum ConnectionEnd {
    case dialer
    case acceptor
}
