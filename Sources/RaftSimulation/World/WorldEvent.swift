// SPDX-License-Identifier: Apache-2.0

/// What the heap holds. Members are named by position; a life that has ended meanwhile is not bothered.
enum WorldEvent {
    /// Something happens in the network.
    case network(NetworkEvent)
    /// A member takes what has arrived.
    case turn(member: Int, life: Int)
    /// A member's deadline may have come.
    case timer(member: Int, life: Int)
    /// The log lane has done all it had taken.
    case logDone(member: Int, life: Int)
    /// The reader lane has done its job.
    case readerDone(member: Int, life: Int)
    /// A slice of entries has been applied.
    case applied(member: Int, life: Int)
    /// A member tries to connect to another; where frames keep no order.
    case connect(from: Int, to: Int, life: Int)
    /// A member learns that another's connection broke; where frames keep no order.
    case disconnected(at: Int, from: Int, life: Int)
    /// A member comes up.
    case restart(member: Int, life: Int)
    /// A fault of the schedule comes.
    case fault(Int)
    /// What a fault did to a link is undone.
    case heal(LinkImpairment, round: Int)
    /// A flapping part of the network fails once more.
    case flap(Int, round: Int)
    /// Something that is out of order on a member's machine may be over, or come.
    case trouble(member: Int)
    /// A member that may have missed something is asked.
    case probe(member: Int, life: Int)
    /// A client makes its next calls.
    case client(Int)
    /// The caller of a call that a member knows by a number wants it no more.
    case giveUp(call: Int, number: UInt64, member: Int, life: Int)
    /// A client with a session does something.
    case session(Int)
    /// Something arrives on a connection between a user and a server.
    case parcel(slot: Int)
    /// A user is woken, if this is still what it wished for last.
    case alarm(user: Int, number: Int)
}
