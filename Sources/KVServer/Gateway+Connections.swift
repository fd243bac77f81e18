// SPDX-License-Identifier: Apache-2.0

internal import RESP

extension Gateway {
    /// The reply to a client that is one too many; send it and close.
    public static let tooManyClients = Array("-ERR max number of clients reached\r\n".utf8)

    /// Admits a connection.
    /// - Parameter address: The client's, as `H:P`.
    /// - Returns: Its id, or nil if there are too many: see ``tooManyClients``.
    public mutating func connect(address: String) -> ConnectionID? {
        guard connectionCount < options.maximumClients, !isDraining else {
            statistics.connectionsRejected += 1
            return nil
        }
        let index = freePlaces.popLast() ?? UInt32(sessions.count)
        if index == sessions.count { sessions.append(Session()) }
        let place = Int(index)
        var session = Session()
        session.generation = sessions[place].generation
        session.isOpen = true
        session.isDirty = sessions[place].isDirty
        session.identity.id = nextClientID
        session.identity.address = address
        session.identity.connectedAt = now
        session.identity.lastActiveAt = now
        sessions[place] = session
        nextClientID += 1
        statistics.connectionsReceived += 1
        return ConnectionID(index: index, generation: session.generation)
    }

    /// The client will send nothing more; what it asked for is answered before its connection is
    /// closed.
    public mutating func inputEnded(_ connection: ConnectionID) {
        guard let place = place(of: connection) else { return }
        // Commands that wait unread are still carried out; half a command never will be.
        sessions[place].hasInputEnded = true
        if !sessions[place].isStalled { beginClosing(place) }
        markDirty(place)
    }

    /// The connection is gone; nothing is sent to it any more, nor is it told of in ``flush(to:)``.
    ///
    /// Writes it made are in the log or not, as ever.
    public mutating func disconnected(_ connection: ConnectionID) {
        guard let place = place(of: connection) else { return }
        end(place)
    }

    /// The socket takes output again.
    public mutating func writable(_ connection: ConnectionID) {
        guard let place = place(of: connection) else { return }
        sessions[place].isBlocked = false
        markDirty(place)
    }

    /// Takes no more commands nor connections; connections are closed as soon as they are owed
    /// nothing.
    ///
    /// Commands that were not begun are not executed.
    public mutating func drain() {
        isDraining = true
        for place in sessions.indices where sessions[place].isOpen {
            beginClosing(place)
            markDirty(place)
        }
    }

    /// Whether every command was answered and every answer sent.
    public var isIdle: Bool {
        sessions.allSatisfy { !$0.isOpen || ($0.replies.isEmpty && !$0.isStalled) }
    }

    /// Takes no more commands of a connection, and closes it when it is owed nothing.
    mutating func beginClosing(_ place: Int) {
        if case .serving = sessions[place].life { sessions[place].life = .closing }
        sessions[place].unread.removeAll()
        sessions[place].parser = nil
        sessions[place].isStalled = false
    }

    /// The place of a connection, if it has not ended.
    func place(of connection: ConnectionID) -> Int? {
        let place = Int(connection.index)
        guard place < sessions.count, sessions[place].isOpen,
            sessions[place].generation == connection.generation
        else { return nil }
        return place
    }

    /// The place of whoever waits, if the connection has not ended.
    @inline(__always)
    func place(of waiter: Waiter) -> Int? {
        let place = Int(waiter.session)
        return sessions[place].generation == waiter.generation ? place : nil
    }

    func connection(at place: Int) -> ConnectionID {
        ConnectionID(index: UInt32(place), generation: sessions[place].generation)
    }

    /// Forgets a connection. Outcomes it waited for find that its place has another generation.
    mutating func end(_ place: Int) {
        let generation = sessions[place].generation
        let isDirty = sessions[place].isDirty
        sessions[place] = Session()
        sessions[place].generation = generation &+ 1
        // It stays in the list of the turn, which must not have it twice.
        sessions[place].isDirty = isDirty
        freePlaces.append(UInt32(place))
    }
}
