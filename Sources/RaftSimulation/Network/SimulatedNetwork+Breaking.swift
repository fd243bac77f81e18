// SPDX-License-Identifier: Apache-2.0

internal import Raft

// How connections end.
extension SimulatedNetwork {
    /// How long a machine waits for a sign of the other before it gives a connection up: what
    /// `TCPEndpoint` asks of the kernel.
    static let silenceTimeout = Interval.seconds(5)

    func drawPatience() -> Interval {
        Interval(nanoseconds: Self.silenceTimeout.nanoseconds + random.next(below: 3_000_000_000))
    }

    /// One end closes; the other learns of it after all that was written before.
    func close(
        _ connection: SimulatedConnection, _ end: ConnectionEnd, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        switch end {
        case .dialer:
            guard !connection.isClosedByDialer else { return }
            connection.dialer = .closed
            connection.bytes.dropQueue()
            connection.awaitsRoom = false
            if case .unaware = connection.acceptor { connection.acceptor = .closed }
            tell(connection, .acceptor, at: now, into: &heap)
        case .acceptor:
            guard !connection.isClosedByAcceptor else { return }
            connection.acceptor = .closed
            connection.inbound = nil
            tell(connection, .dialer, at: now, into: &heap)
        }
        forgetIfClosed(connection)
    }

    private func tell(
        _ connection: SimulatedConnection, _ end: ConnectionEnd, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        guard !connection.isSevered else { return }
        let time = arrival(at: end, of: connection, at: now)
        heap.push(.network(.closed(connection.number, end: end)), at: time)
    }

    private func forgetIfClosed(_ connection: SimulatedConnection) {
        guard connection.isClosedByDialer, connection.isClosedByAcceptor else { return }
        connections[connection.number] = nil
        alive.removeAll { $0 === connection }
    }

    /// The connections from one member to another break.
    func reset(
        _ from: Int, _ to: Int, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        sever(on: link(from, to), at: now, into: &heap)
    }

    /// The connections that send on a link break: a part of what is on its way arrives, and each end
    /// learns of it in its own time.
    func sever(on index: Int, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>) {
        for connection in alive where link(connection.from, connection.to) == index {
            guard !connection.isSevered else { continue }
            sever(connection, keeping: drawPrefix(connection))
            tellBothEnds(of: connection, at: now, into: &heap)
        }
    }

    /// Each end of a broken connection learns of it in its own time.
    func tellBothEnds(
        of connection: SimulatedConnection, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        for end in [ConnectionEnd.dialer, .acceptor] {
            let time = now + delayOfBadNews()
            heap.push(.network(.broken(connection.number, end: end)), at: time)
        }
    }

    private func sever(_ connection: SimulatedConnection, keeping position: Int) {
        connection.isSevered = true
        connection.bytes.cutShort(after: position)
    }

    private func drawPrefix(_ connection: SimulatedConnection) -> Int {
        let (arrived, written) = (connection.bytes.arrived, connection.bytes.written)
        if links[link(connection.from, connection.to)].isCut { return arrived }
        return arrived + Int(random.next(below: UInt64(written - arrived + 1)))
    }

    /// Mostly at once, sometimes late: until then an end takes the connection for a good one.
    private func delayOfBadNews() -> Interval {
        var longest: UInt64 = 1_000_000
        if !isCalm, oneIn(4) { longest = 200_000_000 }
        if !isCalm, oneIn(16) { longest = Self.silenceTimeout.nanoseconds }
        return Interval(nanoseconds: 50_000 + random.next(below: longest))
    }

    /// A member's process is gone: what becomes of one of its connections.
    func abandon(
        _ connection: SimulatedConnection, by member: Int, silently isSilent: Bool,
        at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        let end: ConnectionEnd = connection.from == member ? .dialer : .acceptor
        switch end {
        case .dialer: if connection.isClosedByDialer { return }
        case .acceptor:
            if connection.isClosedByAcceptor { return }
            // Its first packet will find nobody.
            if case .unaware = connection.acceptor { return }
        }
        // Of a process that was killed the machine may still send all it has.
        if !isSilent, end == .acceptor || oneIn(2) {
            return close(connection, end, at: now, into: &heap)
        }
        let time =
            isSilent
            ? now + drawPatience() : now + delayOfBadNews()
        if !connection.isSevered { sever(connection, keeping: drawPrefix(connection)) }
        heap.push(.network(.broken(connection.number, end: end.opposite)), at: time)
        close(connection, end, at: now, into: &heap)
    }

    /// A machine that has started again says that it knows nothing of connections of an earlier life.
    func answerForThePast(
        of member: Int, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        for connection in alive where connection.isSevered {
            let end: ConnectionEnd
            if connection.from == member, connection.isClosedByDialer {
                end = .acceptor
            } else if connection.to == member, connection.isClosedByAcceptor {
                end = .dialer
            } else {
                continue
            }
            let time = now + Interval(nanoseconds: random.next(below: 500_000_000))
            heap.push(.network(.broken(connection.number, end: end)), at: time)
        }
    }

    /// A cut has lasted so long that the machines on both sides of it give up.
    func silence(
        _ index: Int, _ cut: Int, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        guard links[index].isCut, links[index].cutCount == cut else { return }
        let pair = (index / count, index % count)
        for connection in alive where !connection.isSevered {
            guard
                (connection.from, connection.to) == pair
                    || (connection.to, connection.from) == pair
            else { continue }
            sever(connection, keeping: connection.bytes.arrived)
            reach(.silenceNoticed)
            for end in [ConnectionEnd.dialer, .acceptor] {
                let time = now + Interval(nanoseconds: random.next(below: 1_000_000_000))
                heap.push(.network(.broken(connection.number, end: end)), at: time)
            }
        }
    }
}

extension ConnectionEnd {
    var opposite: ConnectionEnd {
        switch self {
        case .dialer: .acceptor
        case .acceptor: .dialer
        }
    }
}
