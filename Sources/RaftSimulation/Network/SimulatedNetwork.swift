// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The network between the members, and the members' transports.
///
/// Where frames keep their order, the transport that ships runs on simulated connections; where they
/// don't, frames travel one by one, and anything may happen to them that a transport is allowed to do.
final class SimulatedNetwork {
    /// A frame on its way in an unordered network.
    struct Flight {
        let from: Int
        let to: Int
        let channel: Frame.Channel
        let bytes: [UInt8]
        let connection: Int
        let sent: MonotonicTime
    }

    /// What a member's transport tells it.
    struct Report {
        let member: Int
        let event: TransportEvent
        /// Of a frame, when it was sent.
        var sent = MonotonicTime.zero
    }

    let ids: [MemberID]
    let profile: NetworkProfile
    /// By sender, then receiver.
    var links: [SimulatedLink]
    /// Which members' transports are there; where frames keep no order.
    var isUp: [Bool]
    var random: SplitMix64
    /// Whether nothing goes wrong beyond what faults do.
    var isCalm = false
    /// What the members' transports tell them, in order, until it is taken.
    var reports: [Report] = []
    /// What was reached and is not counted yet.
    var reached: [SimulationMark] = []
    let docket: Docket

    /// The members' transports; nil where the process does not run. Where frames keep their order.
    var endpoints: [SimulatedEndpoint?]
    /// Whether a machine without a process answers nobody.
    var isSilent: [Bool]
    /// By number; nil once both ends have closed.
    var connections: [SimulatedConnection?] = []
    /// Connections that at least one end has not closed, oldest first.
    var alive: [SimulatedConnection] = []
    var lives = 0

    var flights: [Flight?] = []
    var freeSlots: [Int] = []

    var count: Int { ids.count }

    init(
        members: [MemberID], profile: NetworkProfile, random: SplitMix64, docket: Docket
    ) {
        self.docket = docket
        ids = members
        self.profile = profile
        self.random = random
        var links: [SimulatedLink] = []
        for number in 0..<members.count * members.count {
            var stream = random.split("link", UInt64(number))
            links.append(SimulatedLink(delay: profile.drawDelay(&stream)))
        }
        self.links = links
        isUp = Array(repeating: false, count: members.count)
        endpoints = Array(repeating: nil, count: members.count)
        isSilent = Array(repeating: false, count: members.count)
    }

    func link(_ from: Int, _ to: Int) -> Int { from * count + to }

    /// How long something takes that is sent now.
    func delay(on link: Int) -> Interval {
        guard !isCalm else { return profile.delay.draw(&random, isCalm: true) }
        return links[link].delay.draw(&random) * links[link].slowness
    }

    func happens(_ perMillion: UInt64) -> Bool {
        perMillion > 0 && random.next(below: 1_000_000) < perMillion
    }

    func oneIn(_ count: UInt64) -> Bool { count > 0 && random.next(below: count) == 0 }

    func reach(_ mark: SimulationMark) { reached.append(mark) }

    // MARK: What goes wrong

    /// Cuts a direction.
    func cut(_ index: Int, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>) {
        guard links[index].cut(at: now), profile.isOrdered else { return }
        heap.push(
            .network(.silence(link: index, cut: links[index].cutCount)), at: now + drawPatience())
    }

    /// Heals one cut.
    func heal(_ index: Int, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>) {
        let wasCut = links[index].isCut
        links[index].heal()
        if wasCut, !links[index].isCut { cutEnded(index, at: now, into: &heap) }
    }

    /// What comes on a link is held up, until it all goes on at once.
    func clog(_ index: Int) { links[index].clog() }

    /// Removes one clog.
    func unclog(_ index: Int, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>) {
        links[index].unclog()
        if links[index].isBlocked { return }
        if !links[index].held.isEmpty { reach(.clogReleased) }
        release(index, at: now, into: &heap)
    }

    /// Heals everything, and has nothing go wrong from now on.
    func healAll(at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>) {
        isCalm = true
        for index in links.indices {
            let wasCut = links[index].isCut
            links[index].healAll()
            if wasCut {
                cutEnded(index, at: now, into: &heap)
            } else {
                release(index, at: now, into: &heap)
            }
        }
        // Where packets come through, whoever sends on a broken connection is told so.
        for connection in alive where connection.isSevered {
            tellBothEnds(of: connection, at: now, into: &heap)
        }
    }

    /// Packets that were lost in a cut are sent again when their senders' patience has grown to its
    /// length; or something in between has forgotten the connections.
    private func cutEnded(
        _ index: Int, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        guard !links[index].isBlocked else { return }
        guard profile.isOrdered, !links[index].held.isEmpty else {
            return release(index, at: now, into: &heap)
        }
        if oneIn(4) { sever(on: index, at: now, into: &heap) }
        let longest = min((now - links[index].cutSince).nanoseconds, 1_000_000_000)
        let pause = Interval(nanoseconds: random.next(below: longest + 1))
        reach(.heldUntilHealed)
        release(index, at: now + pause, into: &heap)
    }

    private func release(
        _ index: Int, at time: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        var held: [NetworkEvent] = []
        swap(&held, &links[index].held)
        for event in held {
            passed(event, at: time)
            heap.push(.network(event), at: time)
        }
    }
}
