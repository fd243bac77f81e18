// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

/// The part of a ``TCPTransport`` that lives on the event loop: its connections, in both directions.
///
/// Sendable only so that it can be handed to the loop, on whose thread everything here is called.
final class TCPEndpoint: @unchecked Sendable {
    // The loop holds the endpoint, not the other way round. Nobody refers to the endpoint weakly: that
    // would make every counted reference to it, of which there is one for every frame, a slow one.
    unowned let loop: EventLoop
    let shared: TCPSharedState
    var metrics = TransportMetrics()
    // Nil before the endpoint is opened and after it was closed.
    var doorkeeper: Doorkeeper?
    var listener: TCPListener?
    // In the order in which they were accepted.
    var inbound: [InboundConnection] = []

    private var deliver: (@Sendable ([TransportEvent]) -> Void)?
    private var resolver: Resolver?
    private var peers: [MemberID] = []
    // Two for every peer: control, then bulk.
    private var outbound: [OutboundConnection] = []
    private var scheduled: [OutboundConnection] = []
    private var refusals = RefusalLog()
    private var events: [TransportEvent] = []
    private var delivering: [TransportEvent] = []
    private var posted: [Frame] = []
    private var nextDeadline: MonotonicTime?
    private var isDeadlineKnown = false
    private var lastFlush: UInt64 = 0
    private var published = TransportMetrics()
    private var members: (collector: Collector, flusher: Flusher)?

    init(loop: EventLoop, shared: TCPSharedState) {
        self.loop = loop
        self.shared = shared
    }

    /// The time at which the turn of the loop began.
    var now: MonotonicTime { MonotonicTime(nanoseconds: loop.now) }

    /// Starts accepting and dialing.
    func open(
        as introduction: Introduction, targets: [PeerTarget], listener: TCPListener,
        deliver: @escaping @Sendable ([TransportEvent]) -> Void
    ) {
        guard !shared.isStopped else { return listener.close() }
        peers = targets.map(\.id)
        let doorkeeper = Doorkeeper(own: introduction, peers: peers)
        self.doorkeeper = doorkeeper
        self.deliver = deliver
        let members = (collector: Collector(self), flusher: Flusher(self))
        self.members = members
        loop.add(members.collector, phase: .collect)
        loop.add(members.flusher, phase: .flush)
        loop.whenStopped { self.close() }
        self.listener = listener
        listener.open(for: self)

        let random = SplitMix64(seed: SystemRandom.uint64())
        for target in targets {
            for channel in [Frame.Channel.control, .bulk] {
                outbound.append(
                    OutboundConnection(
                        to: target, channel: channel, endpoint: self, doorkeeper: doorkeeper,
                        random: random.split("dial", UInt64(outbound.count))))
            }
        }
        for connection in outbound { connection.start() }
    }

    /// Closes everything; for good.
    func close() {
        guard doorkeeper != nil else { return }
        doorkeeper = nil
        // First: whoever sees a connection end may count on the port being free.
        listener?.close()
        listener = nil
        for connection in outbound { connection.stop() }
        for connection in inbound { connection.close() }
        outbound = []
        scheduled = []
        inbound = []
        events = []
        peers = []
        deliver = nil
        resolver?.stop()
        resolver = nil
        if let members {
            loop.remove(members.collector)
            loop.remove(members.flusher)
        }
        members = nil
        shared.publish(metrics)
    }

    /// Shakes hands again with everybody.
    func introduce(as introduction: Introduction) {
        guard let own = doorkeeper?.own else { return }
        precondition(
            introduction.member == own.member,
            "member \(own.member) cannot become member \(introduction.member)")
        let doorkeeper = Doorkeeper(own: introduction, peers: peers)
        self.doorkeeper = doorkeeper
        // What was refused before may be refused again for a reason that is no longer the same.
        refusals = RefusalLog()
        metrics.connectionsEnded += UInt64(inbound.count { $0.origin != nil })
        for connection in inbound { connection.close() }
        inbound = []
        for connection in outbound { connection.introduce(by: doorkeeper) }
    }

    /// Queues a frame for its peer.
    func send(_ frame: Frame) {
        guard let index = peers.firstIndex(of: frame.peer) else {
            metrics.framesDroppedUnconnected += 1
            return
        }
        outbound[2 * index + Int(frame.channel.rawValue)].send(frame.bytes)
    }

    /// Looks a name up for a connection, which is told on the loop's thread.
    func resolve(
        _ name: String,
        completion: @escaping @Sendable (Result<[SocketAddress], AddressError>) -> Void
    ) -> Bool {
        let resolver = self.resolver ?? Resolver(capacity: max(1, outbound.count))
        self.resolver = resolver
        let loop = loop
        return resolver.resolve(name) { result in loop.perform { completion(result) } }
    }

    /// Lets the kernel notice a peer that vanished: 2 s of silence, then a probe a second, three times.
    static func watchOverSilence(of descriptor: FileDescriptor) throws(SystemError) {
        try TCP.setKeepAlive(descriptor, idleSeconds: 2, intervalSeconds: 1, probeCount: 3)
    }
}

// What happens once a turn.
extension TCPEndpoint {
    /// Writes a connection's queue when the turn is flushed.
    func schedule(_ connection: OutboundConnection) {
        scheduled.append(connection)
        wakeIfFlushed()
    }

    /// Looks again for the next deadline before the loop sleeps.
    func deadlineChanged() {
        isDeadlineKnown = false
        wakeIfFlushed()
    }

    /// Tells the member, with the next batch.
    func report(_ event: TransportEvent) {
        events.append(event)
        wakeIfFlushed()
    }

    /// Hands a frame that arrived to the member, with the next batch.
    func received(_ frame: Frame) {
        metrics.framesReceived += 1
        metrics.bytesReceived += UInt64(frame.bytes.count)
        events.append(.received(frame))
    }

    /// Counts that a handshake was refused, and tells the member if it does not know yet.
    /// - Parameter member: The other side, as far as it is known.
    func reportRefusal(of member: MemberID?, _ refusal: TransportRefusal) {
        metrics.handshakesRefused += 1
        reportOnce(member, refusal)
    }

    /// Tells the member of a reason to part, unless it was told before.
    func reportOnce(_ member: MemberID?, _ refusal: TransportRefusal) {
        // Strangers may claim any id: they share one limit.
        let peer = member.flatMap { peers.contains($0) ? $0 : nil }
        if refusals.isNews(refusal.text, about: peer) { report(.refused(member, refusal)) }
    }

    // Whoever shares the loop may come to us after our last phase of the turn.
    private func wakeIfFlushed() {
        if lastFlush == loop.turnCount { loop.wake() }
    }

    fileprivate func collect() {
        shared.takeInbox(into: &posted)
        for frame in posted { send(frame) }
        posted.removeAll(keepingCapacity: true)
        if let nextDeadline, nextDeadline <= now { timePassed() }
        guard !events.isEmpty, let deliver else { return }
        // What is reported during delivery belongs to the next turn's batch.
        swap(&events, &delivering)
        deliver(delivering)
        delivering.removeAll(keepingCapacity: true)
    }

    fileprivate func flush() -> Turn {
        for connection in scheduled { connection.flush() }
        scheduled.removeAll(keepingCapacity: true)
        lastFlush = loop.turnCount
        if metrics != published {
            published = metrics
            shared.publish(metrics)
        }
        if !isDeadlineKnown {
            isDeadlineKnown = true
            nextDeadline = earliestDeadline()
        }
        return Turn(deadline: nextDeadline?.nanoseconds, again: !events.isEmpty)
    }

    private func timePassed() {
        isDeadlineKnown = false
        let now = now
        for connection in outbound { connection.timePassed(at: now) }
        for connection in inbound where connection.hasTimedOut(at: now) { ended(connection) }
        listener?.timePassed(at: now)
    }

    private func earliestDeadline() -> MonotonicTime? {
        var earliest = listener?.pausedUntil
        for connection in outbound { earliest = earlier(earliest, connection.deadline) }
        for connection in inbound { earliest = earlier(earliest, connection.deadline) }
        return earliest
    }

    private func earlier(_ a: MonotonicTime?, _ b: MonotonicTime?) -> MonotonicTime? {
        guard let a, let b else { return a ?? b }
        return min(a, b)
    }
}

/// The endpoint's place in the phase `collect`.
private final class Collector: LoopMember {
    private let endpoint: TCPEndpoint

    init(_ endpoint: TCPEndpoint) { self.endpoint = endpoint }

    func turn(now: UInt64) -> Turn {
        endpoint.collect()
        return .idle
    }
}

/// The endpoint's place in the phase `flush`.
private final class Flusher: LoopMember {
    private let endpoint: TCPEndpoint

    init(_ endpoint: TCPEndpoint) { self.endpoint = endpoint }

    func turn(now: UInt64) -> Turn { endpoint.flush() }
}
