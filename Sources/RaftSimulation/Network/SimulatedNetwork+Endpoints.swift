// SPDX-License-Identifier: Apache-2.0

internal import Raft
internal import RaftTransport

// The members' transports: what `TCPEndpoint` does with its connections, in the same order.
extension SimulatedNetwork {
    /// A member's process has started its transport.
    func start(
        _ member: Int, as introduction: Introduction, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        lives += 1
        let endpoint = SimulatedEndpoint(
            position: member, life: lives, own: introduction,
            peers: ids.filter { $0 != ids[member] },
            random: random.split("endpoint", UInt64(lives)))
        endpoints[member] = endpoint
        if isSilent[member] { answerForThePast(of: member, at: now, into: &heap) }
        isSilent[member] = false
        for index in endpoint.dialers.indices {
            let action = endpoint.dialers[index].link.start(at: now)
            perform(action, index, endpoint, at: now, into: &heap)
        }
    }

    /// A member's process has ended.
    /// - Parameter isSilent: Whether its machine is gone as well, and tells nobody.
    func stop(
        _ member: Int, silently isSilent: Bool, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        self.isSilent[member] = isSilent
        guard endpoints[member] != nil else { return }
        endpoints[member] = nil
        for connection in alive where connection.from == member || connection.to == member {
            abandon(connection, by: member, silently: isSilent, at: now, into: &heap)
        }
    }

    /// A member says from now on that it is someone else: all connections are made anew.
    func introduce(
        _ member: Int, as introduction: Introduction, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        guard let endpoint = endpoints[member] else { return }
        let doorkeeper = Doorkeeper(own: introduction, peers: endpoint.peers)
        endpoint.doorkeeper = doorkeeper
        endpoint.refusals = RefusalLog()
        for connection in endpoint.inbound {
            close(connection, .acceptor, at: now, into: &heap)
        }
        endpoint.inbound = []
        for index in endpoint.dialers.indices {
            let action = endpoint.dialers[index].link.introduce(by: doorkeeper, at: now)
            perform(action, index, endpoint, at: now, into: &heap)
        }
    }

    /// A member's process stands still until then, or less long than was said.
    func pause(
        _ member: Int, until time: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        guard let endpoint = endpoints[member] else { return }
        endpoint.pausedUntil = time
        heap.push(.network(.resumed(member: member, life: endpoint.life)), at: time)
    }

    /// Queues a frame, if it fits; it leaves when the turn is flushed.
    func send(_ frame: Frame, from member: Int, at now: MonotonicTime) {
        guard let endpoint = endpoints[member],
            let peer = endpoint.peers.firstIndex(of: frame.peer)
        else { return }
        let index = 2 * peer + Int(frame.channel.rawValue)
        guard !frame.bytes.isEmpty,
            frame.bytes.count <= FrameCodec.maximumLength(on: frame.channel),
            endpoint.dialers[index].link.takesFrames,
            let connection = endpoint.dialers[index].connection
        else { return }
        let size = FrameCodec.headerLength + frame.bytes.count
        let queued = connection.bytes.queued
        guard queued == 0 || queued + size <= profile.queueLimit(on: frame.channel) else {
            return reach(.frameDropped)
        }
        connection.bytes.append(frame.bytes)
        connection.sent.note(end: connection.bytes.end, at: now)
        schedule(index, endpoint)
    }

    /// Writes what has been queued in a turn.
    func flush(
        _ member: Int, at now: MonotonicTime, into heap: inout EventHeap<WorldEvent>
    ) {
        guard let endpoint = endpoints[member], !endpoint.scheduled.isEmpty else { return }
        for index in endpoint.scheduled {
            endpoint.dialers[index].isScheduled = false
            guard endpoint.dialers[index].link.isOpen,
                let connection = endpoint.dialers[index].connection, !connection.awaitsRoom
            else { continue }
            write(connection, at: now, into: &heap)
        }
        endpoint.scheduled.removeAll(keepingCapacity: true)
    }

    private func schedule(_ index: Int, _ endpoint: SimulatedEndpoint) {
        guard !endpoint.dialers[index].isScheduled, endpoint.dialers[index].link.isOpen,
            endpoint.dialers[index].connection?.awaitsRoom == false
        else { return }
        endpoint.dialers[index].isScheduled = true
        endpoint.scheduled.append(index)
    }

    /// Tells a member of a reason to part, unless it was told before.
    func reportOnce(
        _ endpoint: SimulatedEndpoint, _ member: MemberID?, _ refusal: TransportRefusal
    ) {
        // Strangers may claim any id: they share one limit.
        let peer = member.flatMap { endpoint.peers.contains($0) ? $0 : nil }
        if endpoint.refusals.isNews(refusal.text, about: peer) {
            reports.append(
                Report(member: endpoint.position, event: .refused(member, refusal)))
        }
    }

    // MARK: Time

    /// Has a member's deadlines looked at when the first of them comes.
    func planDeadline(
        _ endpoint: SimulatedEndpoint, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        guard let earliest = endpoint.deadline else { return }
        // A process that stood still finds it passed.
        let deadline = max(earliest, now)
        if let planned = endpoint.plannedDeadline, planned <= deadline { return }
        endpoint.plannedDeadline = deadline
        heap.push(
            .network(.deadline(member: endpoint.position, life: endpoint.life)), at: deadline)
    }

    /// Deadlines may have passed.
    func timePassed(
        _ endpoint: SimulatedEndpoint, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        for index in endpoint.dialers.indices {
            let action = endpoint.dialers[index].link.timePassed(at: now)
            perform(action, index, endpoint, at: now, into: &heap)
        }
        for connection in endpoint.inbound where connection.inbound?.hasTimedOut(at: now) == true {
            ended(connection, endpoint, at: now, into: &heap)
        }
        planDeadline(endpoint, at: now, into: &heap)
    }
}
