// SPDX-License-Identifier: Apache-2.0

public import Raft

/// A client program without I/O: decides what to send to which member, and reads what comes back.
///
/// Has at most one connection at a time. Depends on what it is told alone.
public protocol SimulatedUser: AnyObject {
    /// Something happened.
    /// - Parameter turn: Takes what the user does about it.
    func take(_ event: UserEvent, _ turn: inout UserTurn)
}

/// What a user is told.
public enum UserEvent: Sendable {
    /// It may begin.
    case started
    /// The connection it asked for is there.
    case connected
    /// The connection it asked for can't be made.
    case refused
    /// Bytes came.
    case received([UInt8])
    /// The connection broke, or was closed at the other end.
    case disconnected
    /// The time it asked for has passed.
    case woken
}

/// What a user does in answer to an event.
public struct UserTurn: ~Copyable {
    /// What time it is on the user's clock, which is right.
    public let now: MonotonicTime
    /// How many members there are.
    public let members: Int
    var tickets: CallTickets
    var actions: [Action] = []
    /// Calls begun less calls ended.
    var opened = 0
    var acknowledged = 0

    enum Action {
        case connect(Int)
        case send([UInt8])
        case disconnect
        case wake(Interval)
        case rest
    }

    init(now: MonotonicTime, members: Int, tickets: CallTickets) {
        self.now = now
        self.members = members
        self.tickets = tickets
    }

    /// The number of the next call to make and a random stream for it; nil if no more are to be made.
    public mutating func nextCall() -> (number: Int, random: SplitMix64)? {
        guard let ticket = tickets.take() else { return nil }
        opened += 1
        return ticket
    }

    /// A call has ended.
    /// - Parameter isAcknowledged: Whether its outcome is known to be as asked.
    public mutating func ended(isAcknowledged: Bool) {
        opened -= 1
        if isAcknowledged { acknowledged += 1 }
    }

    /// Connects to a member, 0 ..< ``members``; an earlier connection is closed.
    public mutating func connect(to member: Int) { actions.append(.connect(member)) }

    /// Sends bytes on the connection.
    public mutating func send(_ bytes: [UInt8]) { actions.append(.send(bytes)) }

    /// Closes the connection.
    public mutating func disconnect() { actions.append(.disconnect) }

    /// Asks to be woken; only the latest such wish counts.
    public mutating func wake(after time: Interval) { actions.append(.wake(time)) }

    /// Asks to be woken after as long as the profile lets clients pause.
    public mutating func rest() { actions.append(.rest) }
}
