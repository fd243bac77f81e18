// SPDX-License-Identifier: Apache-2.0

internal import Raft

// A network without order: each frame travels for itself.
extension SimulatedNetwork {
    /// Takes a frame and says when it arrives: never, once or twice.
    func sendUnordered(
        _ frame: Frame, from: Int, to: Int, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        let index = link(from, to)
        guard links[index].isOpen, !links[index].isCut else { return }
        var copies = 1
        if !isCalm {
            if happens(profile.lossPerMillion) { return }
            if happens(profile.duplicationPerMillion) { copies = 2 }
        }
        for _ in 0..<copies {
            // A transport's queues are bounded; what does not fit is dropped.
            guard links[index].flights < profile.framesPerLink else {
                return reach(.frameDropped)
            }
            links[index].flights += 1
            var time = now + delay(on: index)
            if !isCalm, happens(profile.straysPerMillion) {
                time = time + Interval(nanoseconds: random.next(below: 10_000_000_000))
            }
            let flight = Flight(
                from: from, to: to, channel: frame.channel, bytes: frame.bytes,
                connection: links[index].connection, sent: now)
            heap.push(.network(.frame(slot: slot(for: flight))), at: time)
        }
    }

    /// A frame arrives, is held up, or is lost after all.
    func arrive(_ slot: Int) {
        guard let flight = flights[slot] else { return }
        let index = link(flight.from, flight.to)
        let link = links[index]
        if link.isClogged, !link.isCut {
            return links[index].held.append(.frame(slot: slot))
        }
        flights[slot] = nil
        freeSlots.append(slot)
        links[index].flights -= 1
        guard isUp[flight.to], !link.isCut else { return }
        let isCurrent = link.isOpen && link.connection == flight.connection
        guard isCurrent || profile.outlivesConnections else { return }
        let frame = Frame(
            peer: ids[flight.from], channel: flight.channel, bytes: flight.bytes)
        reports.append(Report(member: flight.to, event: .received(frame), sent: flight.sent))
    }

    private func slot(for flight: Flight) -> Int {
        guard let slot = freeSlots.popLast() else {
            flights.append(flight)
            return flights.count - 1
        }
        flights[slot] = flight
        return slot
    }

    // MARK: Connections

    /// A member's transport starts.
    func startUnordered(_ member: Int) { isUp[member] = true }

    /// A member's transport is gone, its connections with it.
    /// - Returns: Whose connections from the member broke.
    func stopUnordered(_ member: Int) -> [Int] {
        isUp[member] = false
        return (0..<count).filter { other in
            _ = closeUnordered(link(other, member))
            return closeUnordered(link(member, other))
        }
    }

    /// Tries to make a connection.
    func connectUnordered(_ from: Int, _ to: Int) -> Bool {
        let index = link(from, to)
        guard isUp[from], isUp[to], !links[index].isBlocked, !links[index].isOpen else {
            return false
        }
        links[index].isOpen = true
        links[index].connection += 1
        return true
    }

    /// Breaks a connection.
    /// - Returns: Whether there was one.
    func closeUnordered(_ index: Int) -> Bool {
        defer { links[index].isOpen = false }
        return links[index].isOpen
    }
}
