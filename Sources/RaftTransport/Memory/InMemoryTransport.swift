// SPDX-License-Identifier: Apache-2.0

internal import Platform
public import Raft

/// One member's end of an ``InMemoryNetwork``.
///
/// Thread-safe. Delivers on a thread of its own.
public final class InMemoryTransport: Transport {
    private enum Life {
        case created
        case started(MemberID)
        case stopped
    }

    private let network: InMemoryNetwork
    private let life = Locked(Life.created)

    init(network: InMemoryNetwork) { self.network = network }

    deinit { stop() }

    /// Joins the network; once.
    /// - Parameter peers: Their addresses are ignored, and so is an entry for this member itself.
    /// - Throws: `transport` if a member of that id is there, or if this transport was started before.
    public func start(
        as introduction: Introduction, peers: [Peer],
        deliver: @escaping @Sendable ([TransportEvent]) -> Void
    ) throws(RaftError) {
        let member = introduction.member
        let ids = Set(peers.map(\.id)).subtracting([member]).sorted()
        try life.withLock { life throws(RaftError) in
            guard case .created = life else {
                throw RaftError(.transport, "the transport was started or stopped before")
            }
            guard network.join(introduction, peers: ids, deliver: deliver) else {
                throw RaftError(.transport, "a member \(member) is on this network already")
            }
            life = .started(member)
        }
    }

    /// Changes who this member says it is; its id must stay the same.
    public func introduce(as introduction: Introduction) {
        guard let member else { return }
        precondition(
            introduction.member == member,
            "member \(member) cannot become member \(introduction.member)")
        network.introduce(introduction)
    }

    /// Hands over frames to send; they are lost if their link is cut or not connected.
    public func send(_ frames: [Frame]) {
        if let member { network.carry(frames, from: member) }
    }

    /// Leaves the network; a batch that is being delivered on another thread is still delivered.
    public func stop() {
        let member = life.withLock { life in
            defer { life = .stopped }
            if case .started(let member) = life { return Optional(member) }
            return nil
        }
        if let member { network.leave(member) }
    }

    private var member: MemberID? {
        life.withLock { life in
            switch life {
            case .started(let member): member
            case .created, .stopped: nil
            }
        }
    }
}
