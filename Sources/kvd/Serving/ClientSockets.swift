// SPDX-License-Identifier: Apache-2.0

import KVServer
import Platform

/// The sockets of all clients, by the ids the gateway gave them; where it puts its replies.
///
/// Confined to the loop.
final class ClientSockets: ConnectionSink {
    private let loop: EventLoop
    /// By `ConnectionID.index`.
    private var connections: [ClientConnection?] = []

    init(loop: EventLoop) { self.loop = loop }

    /// Begins to listen to a client.
    func add(_ connection: ClientConnection) throws(SystemError) {
        let index = Int(connection.id.index)
        while connections.count <= index { connections.append(nil) }
        connection.registration = try loop.register(
            connection.descriptor, interest: .read, handler: connection)
        connections[index] = connection
    }

    /// Ends a connection; the gateway knows.
    func close(_ id: ConnectionID) {
        guard let connection = connection(id) else { return }
        connections[Int(id.index)] = nil
        if let registration = connection.registration { loop.unregister(registration) }
        connection.registration = nil
        connection.descriptor.close()
    }

    func write(_ bytes: UnsafeRawBufferPointer, to id: ConnectionID) -> Int? {
        guard let connection = connection(id) else { return nil }
        do throws(SystemError) {
            switch try connection.descriptor.write(bytes) {
            case .bytes(let count): return count
            case .wouldBlock: return 0
            }
        } catch {
            // The client is gone; what it is owed has nobody to go to.
            return nil
        }
    }

    func wait(for interest: ConnectionInterest, on id: ConnectionID) {
        guard let registration = connection(id)?.registration else { return }
        var wanted: Interest = []
        if interest.reads { wanted.insert(.read) }
        if interest.writes { wanted.insert(.write) }
        loop.modify(registration, interest: wanted)
    }

    private func connection(_ id: ConnectionID) -> ClientConnection? {
        let index = Int(id.index)
        guard index < connections.count, let connection = connections[index],
            connection.id == id
        else { return nil }
        return connection
    }
}

/// One client's socket.
final class ClientConnection: IOHandler {
    let id: ConnectionID
    let descriptor: FileDescriptor
    var registration: Registration?
    private unowned let server: ClientServer

    init(_ id: ConnectionID, _ descriptor: FileDescriptor, _ server: ClientServer) {
        self.id = id
        self.descriptor = descriptor
        self.server = server
    }

    func ready(_ events: ReadyEvents) {
        // Neither direction works any more: nobody is there to answer.
        if !events.isDisjoint(with: [.hangup, .error]) { return server.lost(self) }
        if events.contains(.readable) { server.read(self) }
        if events.contains(.writable) { server.writable(self) }
    }
}
