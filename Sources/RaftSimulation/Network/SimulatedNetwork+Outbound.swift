// SPDX-License-Identifier: Apache-2.0

internal import Raft
internal import RaftTransport

// The connections a member makes: what `OutboundConnection` does.
extension SimulatedNetwork {
    /// Does what a link wants done.
    func perform(
        _ action: OutboundLink.Action, _ index: Int, _ endpoint: SimulatedEndpoint,
        at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        let peer = endpoint.dialers[index].link.peer
        switch action {
        case .none: return
        case .dial: dial(index, endpoint, at: now, into: &heap)
        case .greet(let hello):
            if let connection = endpoint.dialers[index].connection {
                connection.bytes.append(raw: hello)
                write(connection, at: now, into: &heap)
            }
        case .open:
            let channel = endpoint.dialers[index].link.channel
            reports.append(
                Report(member: endpoint.position, event: .connected(peer, channel)))
            if let connection = endpoint.dialers[index].connection, connection.bytes.queued > 0 {
                write(connection, at: now, into: &heap)
            }
        case .close: closeByDialer(index, endpoint, at: now, into: &heap)
        case .closeRefused(let refusal):
            closeByDialer(index, endpoint, at: now, into: &heap)
            let text = "no connection to member \(peer): \(refusal.text)"
            reportOnce(endpoint, peer, TransportRefusal(refusal.cause, text))
        }
        planDeadline(endpoint, at: now, into: &heap)
    }

    private func dial(
        _ index: Int, _ endpoint: SimulatedEndpoint, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        let link = endpoint.dialers[index].link
        guard let to = ids.firstIndex(of: link.peer) else { return }
        let connection = SimulatedConnection(
            connections.count, from: endpoint.position, to: to, channel: link.channel)
        connections.append(connection)
        alive.append(connection)
        endpoint.dialers[index].connection = connection
        let path = self.link(connection.from, to)
        let time = now + delay(on: path)
        connection.lastArrivals.atAcceptor = time
        heap.push(.network(.opening(connection.number)), at: time)
    }

    private func closeByDialer(
        _ index: Int, _ endpoint: SimulatedEndpoint, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        guard let connection = endpoint.dialers[index].connection else { return }
        endpoint.dialers[index].connection = nil
        close(connection, .dialer, at: now, into: &heap)
    }

    /// A dialer's process looks at a connection, as `OutboundConnection` does when its socket is ready.
    func lookAsDialer(
        _ connection: SimulatedConnection, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        let index = connection.index
        guard let endpoint = endpoints[connection.from],
            endpoint.dialers[index].connection === connection
        else { return }
        switch connection.dialer {
        case .connecting, .closed: return
        case .turnedAway:
            let action = endpoint.dialers[index].link.ended(at: now)
            return perform(action, index, endpoint, at: now, into: &heap)
        case .connected, .over: break
        }
        if case .dialing = endpoint.dialers[index].link.state, case .connected = connection.dialer {
            let action = endpoint.dialers[index].link.connected(at: now)
            perform(action, index, endpoint, at: now, into: &heap)
        }
        if connection.answer.available > 0 {
            let action = connection.answer.withAvailable {
                endpoint.dialers[index].link.received($0, at: now)
            }
            if endpoint.dialers[index].link.isOpen {
                connection.answer.take(connection.answer.available)
            } else if action != .none {
                noteCaughtDamage(connection.answer)
            }
            perform(action, index, endpoint, at: now, into: &heap)
        }
        guard endpoint.dialers[index].connection === connection else { return }
        if case .over = connection.dialer {
            let action = endpoint.dialers[index].link.ended(at: now)
            return perform(action, index, endpoint, at: now, into: &heap)
        }
        if connection.awaitsRoom, endpoint.dialers[index].link.isOpen {
            write(connection, at: now, into: &heap)
        }
    }
}
