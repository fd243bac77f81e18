// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The network between the members: what is on its way, who is connected, who is cut off.
struct SimulatedNetwork {
    /// One direction between two members.
    struct Link {
        /// How many faults cut it at the moment.
        var cuts = 0
        var isOpen = false
        /// How many frames are on their way.
        var flights = 0
        /// Counts connections, so that what was sent on an earlier one is known.
        var connection = 0
        /// When the last frame of each channel arrives, where frames stay in order.
        var lastArrivals = (control: MonotonicTime.zero, bulk: MonotonicTime.zero)
    }

    /// A frame on its way.
    struct Flight {
        let from: Int
        let to: Int
        let channel: Frame.Channel
        let bytes: [UInt8]
        let connection: Int
    }

    let count: Int
    let profile: NetworkProfile
    /// By sender, then receiver.
    private(set) var links: [Link]
    /// Which members' transports are there.
    private(set) var isUp: [Bool]
    var random: SplitMix64
    /// Whether frames are neither lost nor copied nor held up beyond their delay.
    var isCalm = false
    private var flights: [Flight?] = []
    private var freeSlots: [Int] = []

    init(members: Int, profile: NetworkProfile, random: SplitMix64) {
        count = members
        self.profile = profile
        self.random = random
        links = Array(repeating: Link(), count: members * members)
        isUp = Array(repeating: false, count: members)
    }

    func link(_ from: Int, _ to: Int) -> Int { from * count + to }

    /// How many frames are on their way.
    var flightCount: Int { flights.count - freeSlots.count }

    // MARK: Frames

    /// Takes a frame and says when it arrives: never, once or twice.
    mutating func send(
        _ frame: Frame, from: Int, to: Int, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        let index = link(from, to)
        guard links[index].isOpen, links[index].cuts == 0 else { return }
        var copies = 1
        if !profile.isOrdered, !isCalm {
            if happens(profile.lossPerMillion) { return }
            if happens(profile.duplicationPerMillion) { copies = 2 }
        }
        for _ in 0..<copies {
            // A transport's queues are bounded; what does not fit is dropped.
            guard links[index].flights < profile.framesPerLink else { return }
            links[index].flights += 1
            let arrival = arrival(of: frame.channel, on: index, at: now)
            let flight = Flight(
                from: from, to: to, channel: frame.channel, bytes: frame.bytes,
                connection: links[index].connection)
            heap.push(.deliver(slot: slot(for: flight)), at: arrival)
        }
    }

    /// Takes a frame off its way; nil if it is lost after all.
    mutating func arrive(_ slot: Int) -> Flight? {
        guard let flight = flights[slot] else { return nil }
        flights[slot] = nil
        freeSlots.append(slot)
        links[self.link(flight.from, flight.to)].flights -= 1
        let link = links[self.link(flight.from, flight.to)]
        guard isUp[flight.to], link.cuts == 0 else { return nil }
        let isCurrent = link.isOpen && link.connection == flight.connection
        return isCurrent || profile.outlivesConnections && !profile.isOrdered ? flight : nil
    }

    private mutating func arrival(
        of channel: Frame.Channel, on index: Int, at now: MonotonicTime
    ) -> MonotonicTime {
        var time = now + profile.delay.draw(&random, isCalm: isCalm)
        guard profile.isOrdered else {
            if !isCalm, happens(profile.straysPerMillion) {
                time = time + Interval(nanoseconds: random.next(below: 10_000_000_000))
            }
            return time
        }
        switch channel {
        case .control:
            time = max(time, links[index].lastArrivals.control)
            links[index].lastArrivals.control = time
        case .bulk:
            time = max(time, links[index].lastArrivals.bulk)
            links[index].lastArrivals.bulk = time
        }
        return time
    }

    private mutating func slot(for flight: Flight) -> Int {
        guard let slot = freeSlots.popLast() else {
            flights.append(flight)
            return flights.count - 1
        }
        flights[slot] = flight
        return slot
    }

    private mutating func happens(_ perMillion: UInt64) -> Bool {
        perMillion > 0 && random.next(below: 1_000_000) < perMillion
    }

    // MARK: Connections

    /// A member's transport starts.
    mutating func start(_ member: Int) { isUp[member] = true }

    /// A member's transport is gone, its connections with it.
    /// - Returns: Whose connections from the member broke.
    mutating func stop(_ member: Int) -> [Int] {
        isUp[member] = false
        return (0..<count).filter { other in
            _ = close(link(other, member))
            return close(link(member, other))
        }
    }

    /// Tries to make a connection.
    mutating func connect(_ from: Int, _ to: Int) -> Bool {
        let index = link(from, to)
        guard isUp[from], isUp[to], links[index].cuts == 0, links[index].isOpen == false else {
            return false
        }
        links[index].isOpen = true
        links[index].connection += 1
        links[index].lastArrivals = (.zero, .zero)
        return true
    }

    /// Breaks a connection.
    /// - Returns: Whether there was one.
    mutating func close(_ index: Int) -> Bool {
        defer { links[index].isOpen = false }
        return links[index].isOpen
    }

    /// Cuts a direction, or heals one cut of it.
    mutating func cut(_ index: Int) { links[index].cuts += 1 }

    /// Heals one cut.
    /// - Returns: Whether the direction works again.
    mutating func heal(_ index: Int) -> Bool {
        guard links[index].cuts > 0 else { return false }
        links[index].cuts -= 1
        return links[index].cuts == 0
    }

    /// Heals all cuts.
    mutating func healAll() {
        for index in links.indices { links[index].cuts = 0 }
    }
}
