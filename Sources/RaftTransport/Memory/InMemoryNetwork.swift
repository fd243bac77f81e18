// SPDX-License-Identifier: Apache-2.0

internal import Platform
public import Raft

/// Connects members that live in one process, for tests and examples.
///
///     let network = InMemoryNetwork()
///     let one = network.makeTransport(), two = network.makeTransport()
///
/// Frames arrive in the order they were sent, unless their link is cut: then they are lost without a
/// word, as on a real network. Addresses mean nothing; members find one another by id. Handshakes
/// follow the rules of ``TCPTransport``. What waits for a member is bounded, see ``inboxLimit``.
///
/// Not deterministic: every member is called on a thread of its own. Thread-safe.
public final class InMemoryNetwork: Sendable {
    /// The most bytes of frames that wait for a member; what comes after is dropped.
    public static let inboxLimit = 64 << 20

    private let state = Locked(State())

    /// Creates a network without members.
    public init() {}

    /// Creates a transport for one member of this network.
    public func makeTransport() -> InMemoryTransport { InMemoryTransport(network: self) }

    /// Cuts all links of a member, in both directions, until it is healed.
    public func isolate(_ member: MemberID) {
        state.withLock { _ = $0.isolated.insert(member) }
    }

    /// Cuts the link that carries frames from one member to another, until it is healed.
    public func cut(from sender: MemberID, to receiver: MemberID) {
        state.withLock { _ = $0.cuts.insert(Link(sender: sender, receiver: receiver)) }
    }

    /// Mends all links of a member.
    public func heal(_ member: MemberID) {
        state.withLock { state in
            state.isolated.remove(member)
            state.cuts = state.cuts.filter { $0.sender != member && $0.receiver != member }
            state.connectAll()
        }
    }

    /// Mends everything.
    public func heal() {
        state.withLock { state in
            state.isolated = []
            state.cuts = []
            state.connectAll()
        }
    }

    /// Adds a member; false if there is one of that id.
    func join(
        _ introduction: Introduction, peers: [MemberID],
        deliver: @escaping @Sendable ([TransportEvent]) -> Void
    ) -> Bool {
        state.withLock { state in
            guard state.station(of: introduction.member) == nil else { return false }
            let inbox = InMemoryInbox(member: introduction.member, deliver: deliver)
            let doorkeeper = Doorkeeper(own: introduction, peers: peers)
            state.stations.append(Station(doorkeeper: doorkeeper, inbox: inbox))
            state.connectAll()
            return true
        }
    }

    /// Lets a member shake hands again under another introduction.
    func introduce(_ introduction: Introduction) {
        state.withLock { state in
            guard let index = state.station(of: introduction.member) else { return }
            state.disconnect(introduction.member)
            let peers = state.stations[index].doorkeeper.peers
            state.stations[index].doorkeeper = Doorkeeper(own: introduction, peers: peers)
            state.stations[index].refusals = RefusalLog()
            state.connectAll()
        }
    }

    /// Removes a member.
    func leave(_ member: MemberID) {
        state.withLock { state in
            guard let index = state.station(of: member) else { return }
            state.disconnect(member)
            state.stations[index].inbox.stop()
            state.stations.remove(at: index)
        }
    }

    /// Carries frames to where they are still wanted.
    func carry(_ frames: [Frame], from sender: MemberID) {
        state.withLock { state in
            var start = 0
            while start < frames.count {
                let receiver = frames[start].peer
                var end = start + 1
                while end < frames.count && frames[end].peer == receiver { end += 1 }
                state.carry(frames[start..<end], Link(sender: sender, receiver: receiver))
                start = end
            }
        }
    }
}

/// A direction between two members.
private struct Link: Hashable {
    let sender: MemberID
    let receiver: MemberID
}

/// A member on the network.
private struct Station {
    var doorkeeper: Doorkeeper
    let inbox: InMemoryInbox
    var refusals = RefusalLog()

    var member: MemberID { doorkeeper.own.member }

    mutating func tell(_ refusal: TransportRefusal, about peer: MemberID) {
        if refusals.isNews(refusal.text, about: peer) { inbox.post([.refused(peer, refusal)]) }
    }
}

/// Who is there, and who reaches whom.
private struct State {
    var stations: [Station] = []
    var isolated: Set<MemberID> = []
    var cuts: Set<Link> = []
    var connected: Set<Link> = []

    func station(of member: MemberID) -> Int? { stations.firstIndex { $0.member == member } }

    func isCut(_ link: Link) -> Bool {
        isolated.contains(link.sender) || isolated.contains(link.receiver) || cuts.contains(link)
    }

    /// Makes every connection that somebody wants and nothing prevents.
    mutating func connectAll() {
        for dialer in stations.indices {
            for acceptor in stations.indices where acceptor != dialer {
                connect(dialer, acceptor)
            }
        }
    }

    private mutating func connect(_ dialer: Int, _ acceptor: Int) {
        let sender = stations[dialer].doorkeeper
        let receiver = stations[acceptor].doorkeeper
        let link = Link(sender: sender.own.member, receiver: receiver.own.member)
        guard sender.peers.contains(link.receiver), !isCut(link), !connected.contains(link) else {
            return
        }
        let hello = Hello(channel: .control, sender: sender.own, receiver: link.receiver)
        if let refusal = receiver.refusal(of: hello) {
            // One sentence for both; what it means for the dialer, the acceptor's introduction says.
            let text = refusal.description
            let cause = sender.refusal(ofAcceptor: receiver.own, dialed: link.receiver)?.cause
            stations[dialer].tell(TransportRefusal(cause ?? .other, text), about: link.receiver)
            stations[acceptor].tell(TransportRefusal(refusal.cause, text), about: link.sender)
            return
        }
        connected.insert(link)
        stations[dialer].inbox.post([
            .connected(link.receiver, .control), .connected(link.receiver, .bulk),
        ])
    }

    /// Ends all connections of a member; those who can still hear of it do.
    mutating func disconnect(_ member: MemberID) {
        for station in stations where station.member != member {
            let link = Link(sender: member, receiver: station.member)
            let wasConnected = connected.remove(link) != nil
            if wasConnected && !isCut(link) { station.inbox.post([.disconnected(member)]) }
            connected.remove(Link(sender: station.member, receiver: member))
        }
    }

    func carry(_ frames: ArraySlice<Frame>, _ link: Link) {
        guard connected.contains(link), !isCut(link), let index = station(of: link.receiver) else {
            return
        }
        stations[index].inbox.post(
            frames.map { frame in
                .received(Frame(peer: link.sender, channel: frame.channel, bytes: frame.bytes))
            })
    }
}
