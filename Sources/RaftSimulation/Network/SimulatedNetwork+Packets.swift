// SPDX-License-Identifier: Apache-2.0

internal import Raft
internal import RaftTransport

// What the machines and the wires between them do with connections, whatever runs on them.
extension SimulatedNetwork {
    /// Something happens in the network.
    func happen(
        _ event: NetworkEvent, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        switch event {
        case .frame(let slot): arrive(slot)
        case .opening(let number):
            guard let connection = passing(event, number, to: .acceptor) else { return }
            opening(connection, at: now, into: &heap)
        case .bytes(let number, let position):
            guard let connection = passing(event, number, to: .acceptor) else { return }
            connection.bytes.arrive(through: position)
            notice(connection, .acceptor, at: now, into: &heap)
        case .opened(let number):
            guard let connection = passing(event, number, to: .dialer),
                case .connecting = connection.dialer
            else { return }
            connection.dialer = .connected
            notice(connection, .dialer, at: now, into: &heap)
        case .turnedAway(let number):
            guard let connection = passing(event, number, to: .dialer),
                case .connecting = connection.dialer
            else { return }
            connection.dialer = .turnedAway
            notice(connection, .dialer, at: now, into: &heap)
        case .answer(let number, let position):
            guard let connection = passing(event, number, to: .dialer) else { return }
            connection.answer.arrive(through: position)
            notice(connection, .dialer, at: now, into: &heap)
        case .room(let number):
            guard let connection = passing(event, number, to: .dialer) else { return }
            connection.isRoomPromised = false
            connection.acknowledged = connection.read
            notice(connection, .dialer, at: now, into: &heap)
        case .closed(let number, let end):
            guard let connection = passing(event, number, to: end) else { return }
            over(connection, end, at: now, into: &heap)
        case .broken(let number, let end):
            guard let connection = connections[number] else { return }
            if end == .acceptor, !links[path(to: end, of: connection)].isCut {
                connection.bytes.arrive(through: .max)
            }
            over(connection, end, at: now, into: &heap)
        case .silence(let link, let cut): silence(link, cut, at: now, into: &heap)
        case .deadline(let member, let life):
            guard let endpoint = endpoints[member], endpoint.life == life else { return }
            if let planned = endpoint.plannedDeadline, planned <= now {
                endpoint.plannedDeadline = nil
            }
            if now >= endpoint.pausedUntil { timePassed(endpoint, at: now, into: &heap) }
        case .resumed(let member, let life):
            guard let endpoint = endpoints[member], endpoint.life == life,
                now >= endpoint.pausedUntil
            else { return }
            resume(endpoint, at: now, into: &heap)
        }
    }

    /// The connection of a packet that reaches one end now; nil if it is held up, or leads nowhere.
    private func passing(
        _ event: NetworkEvent, _ number: Int, to end: ConnectionEnd
    ) -> SimulatedConnection? {
        guard let connection = connections[number] else { return nil }
        let index = path(to: end, of: connection)
        if connection.isSevered {
            // What had left before it broke may still come.
            if case .bytes = event, !links[index].isBlocked { return connection }
            return nil
        }
        guard links[index].isBlocked else { return connection }
        if case .opening = event, links[index].isCut { return nil }
        links[index].held.append(event)
        return nil
    }

    func path(to end: ConnectionEnd, of connection: SimulatedConnection) -> Int {
        switch end {
        case .acceptor: link(connection.from, connection.to)
        case .dialer: link(connection.to, connection.from)
        }
    }

    /// When something sent now arrives: after all that was sent before it.
    func arrival(
        at end: ConnectionEnd, of connection: SimulatedConnection, at now: MonotonicTime
    ) -> MonotonicTime {
        let time = now + delay(on: path(to: end, of: connection))
        return postpone(connection, end, to: time)
    }

    /// - Returns: When it arrives in its turn.
    private func postpone(
        _ connection: SimulatedConnection, _ end: ConnectionEnd, to time: MonotonicTime
    ) -> MonotonicTime {
        switch end {
        case .acceptor:
            connection.lastArrivals.atAcceptor = max(time, connection.lastArrivals.atAcceptor)
            return connection.lastArrivals.atAcceptor
        case .dialer:
            connection.lastArrivals.atDialer = max(time, connection.lastArrivals.atDialer)
            return connection.lastArrivals.atDialer
        }
    }

    /// What was held up arrives then; nothing that is sent later overtakes it.
    func passed(_ event: NetworkEvent, at time: MonotonicTime) {
        switch event {
        case .opening(let number), .bytes(let number, _), .closed(let number, .acceptor):
            if let connection = connections[number] {
                _ = postpone(connection, .acceptor, to: time)
            }
        case .opened(let number), .turnedAway(let number), .answer(let number, _),
            .room(let number), .closed(let number, .dialer):
            if let connection = connections[number] { _ = postpone(connection, .dialer, to: time) }
        case .frame, .broken, .silence, .deadline, .resumed: break
        }
    }

    // MARK: Processes

    /// Something has happened to a connection; the process looks at it unless it stands still.
    private func notice(
        _ connection: SimulatedConnection, _ end: ConnectionEnd, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        let member = end == .dialer ? connection.from : connection.to
        guard let endpoint = endpoints[member] else { return }
        if now < endpoint.pausedUntil { return endpoint.waiting.append((connection, end)) }
        switch end {
        case .dialer: lookAsDialer(connection, at: now, into: &heap)
        case .acceptor: lookAsAcceptor(connection, at: now, into: &heap)
        }
    }

    private func resume(
        _ endpoint: SimulatedEndpoint, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        var waiting: [(connection: SimulatedConnection, end: ConnectionEnd)] = []
        swap(&waiting, &endpoint.waiting)
        for (connection, end) in waiting { notice(connection, end, at: now, into: &heap) }
        timePassed(endpoint, at: now, into: &heap)
    }

    private func opening(
        _ connection: SimulatedConnection, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        guard case .unaware = connection.acceptor else { return }
        if endpoints[connection.to] == nil, isSilent[connection.to] { return }
        let reply: NetworkEvent =
            endpoints[connection.to] == nil
            ? .turnedAway(connection.number) : .opened(connection.number)
        let time = arrival(at: .dialer, of: connection, at: now)
        heap.push(.network(reply), at: time)
        guard endpoints[connection.to] != nil else { return }
        connection.acceptor = .waiting
        notice(connection, .acceptor, at: now, into: &heap)
    }

    private func over(
        _ connection: SimulatedConnection, _ end: ConnectionEnd, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        switch end {
        case .dialer:
            if connection.isClosedByDialer { return }
            connection.dialer = .over
        case .acceptor:
            if case .unaware = connection.acceptor {
                return close(connection, .acceptor, at: now, into: &heap)
            }
            connection.isOverAtAcceptor = true
        }
        notice(connection, end, at: now, into: &heap)
    }
}
