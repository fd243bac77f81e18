// SPDX-License-Identifier: Apache-2.0

internal import Raft
internal import RaftTransport

// What comes of the connections that others make: what `InboundConnection` and `TCPEndpoint` do.
extension SimulatedNetwork {
    /// An acceptor's process looks at a connection.
    func lookAsAcceptor(
        _ connection: SimulatedConnection, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        guard let endpoint = endpoints[connection.to] else { return }
        switch connection.acceptor {
        case .unaware, .closed: return
        case .waiting:
            connection.acceptor = .accepted
            connection.inbound = InboundLink(doorkeeper: endpoint.doorkeeper, at: now)
            endpoint.inbound.append(connection)
            planDeadline(endpoint, at: now, into: &heap)
        case .accepted: break
        }
        if connection.bytes.arrived > connection.read {
            connection.read = connection.bytes.arrived
            makeRoom(connection, at: now, into: &heap)
            process(connection, endpoint, at: now, into: &heap)
        }
        if connection.isOverAtAcceptor { ended(connection, endpoint, at: now, into: &heap) }
    }

    private func process(
        _ connection: SimulatedConnection, _ endpoint: SimulatedEndpoint, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        while true {
            var consumed = 0
            let action = receiveFrames(connection, &consumed)
            if case .accept(_, _, _, let length) = action { consumed += length }
            connection.bytes.take(consumed)
            switch action {
            case .wait, .receive: return
            case .accept(let peer, _, let answer, _):
                admit(connection, from: peer, endpoint, at: now, into: &heap)
                write(answer: answer, on: connection, at: now, into: &heap)
            case .refuse(let member, let answer, let refusal):
                if let answer { write(answer: answer, on: connection, at: now, into: &heap) }
                noteCaughtDamage(connection.bytes)
                remove(connection, endpoint, at: now, into: &heap)
                let claim = member.map { ", which says it is member \($0)" } ?? ""
                let text = "refused a connection from \(host(connection))\(claim): \(refusal)"
                return reportOnce(endpoint, member, TransportRefusal(refusal.cause, text))
            case .abort(let peer, let reason):
                noteCaughtDamage(connection.bytes)
                remove(connection, endpoint, at: now, into: &heap)
                let text = "closed a connection from \(host(connection)): \(reason)"
                return reportOnce(endpoint, peer, TransportRefusal(.other, text))
            }
        }
    }

    /// Hands over the frames that are whole; returns the first action that is something else.
    private func receiveFrames(
        _ connection: SimulatedConnection, _ consumed: inout Int
    ) -> InboundLink.Action {
        let taken = connection.bytes.taken
        return connection.bytes.withAvailable { bytes in
            while true {
                let action = connection.inbound?.received(bytes, at: consumed) ?? .wait
                guard case .receive(let peer, let channel, let range) = action else {
                    return action
                }
                if !connection.bytes.damage.isEmpty {
                    check(connection, consumed..<range.upperBound)
                }
                consumed = range.upperBound
                let contents = unsafe bytes.extracting(range).withUnsafeBytes {
                    unsafe [UInt8]($0)
                }
                let frame = Frame(peer: peer, channel: channel, bytes: contents)
                reports.append(
                    Report(
                        member: connection.to, event: .received(frame),
                        sent: connection.sent.time(endingAt: taken + range.upperBound)))
            }
        }
    }

    /// What was damaged on the way must not pass for a frame.
    private func check(_ connection: SimulatedConnection, _ range: Range<Int>) {
        let taken = connection.bytes.taken
        guard
            let position = connection.bytes.damage.first(where: { range.contains($0 - taken) })
        else { return }
        docket.note(
            "a damaged frame is not handed over",
            found: "the frame at \(taken + range.lowerBound)..<\(taken + range.upperBound) on the "
                + "\(connection.channel) connection from \(ids[connection.from]) to "
                + "\(ids[connection.to]) was damaged at \(position)",
            expected: "the end of the connection")
    }

    func noteCaughtDamage(_ stream: SimulatedStream) {
        if !stream.damage.isEmpty { reach(.damageCaught) }
    }

    private func host(_ connection: SimulatedConnection) -> String {
        "member-\(ids[connection.from])"
    }

    /// A handshake succeeded: an older connection for the same purpose is closed.
    private func admit(
        _ connection: SimulatedConnection, from peer: MemberID, _ endpoint: SimulatedEndpoint,
        at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        let older = endpoint.inbound.first { other in
            other !== connection && other.origin == peer && other.channel == connection.channel
        }
        guard let older else { return }
        reach(.connectionReplaced)
        remove(older, endpoint, at: now, into: &heap)
    }

    /// A connection was closed or lost, or said nothing for too long.
    func ended(
        _ connection: SimulatedConnection, _ endpoint: SimulatedEndpoint, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        guard !connection.isClosedByAcceptor else { return }
        if let peer = connection.origin {
            if connection.bytes.available > 0 { reach(.halfFrameLost) }
            reports.append(Report(member: endpoint.position, event: .disconnected(peer)))
        }
        remove(connection, endpoint, at: now, into: &heap)
    }

    private func remove(
        _ connection: SimulatedConnection, _ endpoint: SimulatedEndpoint, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        endpoint.inbound.removeAll { $0 === connection }
        close(connection, .acceptor, at: now, into: &heap)
        planDeadline(endpoint, at: now, into: &heap)
    }

    private func write(
        answer: [UInt8], on connection: SimulatedConnection, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        connection.answer.append(raw: answer)
        let range = connection.answer.write(atMost: .max)
        guard !connection.isSevered else { return }
        damageSometimes(&connection.answer, range)
        let time = arrival(at: .dialer, of: connection, at: now)
        heap.push(
            .network(.answer(connection.number, through: range.upperBound)), at: time)
    }
}
