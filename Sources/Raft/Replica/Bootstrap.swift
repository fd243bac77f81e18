// SPDX-License-Identifier: Apache-2.0

/// How members without any data found a cluster together (DESIGN §3 "Bootstrap").
///
/// Every initial member has to be there, empty, and started with the same list of members. The one with
/// the lowest id draws the cluster's id, writes it down and offers it; the others write it down and
/// accept; when all have, the lowest says so and term 1 may begin. Whoever is restarted in between takes
/// up where it was. A member that is empty although the cluster exists has lost its data: it may have
/// voted before, so it must not come back as if it had not, and refuses.
package struct Bootstrap: Sendable {
    /// What has to be done.
    package enum Action: Sendable, Equatable {
        case send(BootstrapMessage, to: MemberID)
        /// Make this durable, then call ``stored(at:)``.
        case store(Identity)
        /// The cluster exists and this is its identity here.
        case finished(Identity)
        case fail(RaftError)
    }

    private enum Phase: Sendable {
        /// Waiting for everybody to be there.
        case greeting
        /// The lowest: writing the id down, then offering it until all have accepted.
        case founding(Identity, isStored: Bool)
        /// Not the lowest: writing the id down, then saying so until all have.
        case joining(Identity, isStored: Bool)
        /// Writing down that all have accepted.
        case establishing(Identity)
        case finished
    }

    private let member: MemberID
    private let members: [Peer]
    private let versions: ClosedRange<MachineVersion>
    private let incarnation: UInt64
    private let interval: Interval
    private var random: SplitMix64
    private var phase: Phase
    private var present: [MemberID]
    /// What the others have said that they can run; the newest word counts.
    private var abilities: [(member: MemberID, versions: ClosedRange<MachineVersion>)] = []
    private var accepted: [MemberID] = []
    /// When everything is said again.
    package private(set) var deadline: MonotonicTime

    /// Starts, or takes up what an earlier life began.
    /// - Parameters:
    ///   - members: All initial members, this one among them.
    ///   - versions: The machine versions that this program can run.
    ///   - identity: What the earlier life wrote down, if anything; not established.
    ///   - random: For the cluster's id and the incarnation.
    package init(
        member: MemberID, members: [Peer],
        versions: ClosedRange<MachineVersion> = .first ... .first, identity: Identity?,
        interval: Interval, random: SplitMix64, now: MonotonicTime
    ) {
        self.member = member
        self.members = members.sorted { $0.id < $1.id }
        self.versions = versions
        self.interval = interval
        self.random = random
        incarnation = self.random.next()
        present = [member]
        deadline = now
        if let identity {
            precondition(!identity.isEstablished, "bootstrapping an established cluster")
            phase =
                members.map(\.id).min() == member
                ? .founding(identity, isStored: true) : .joining(identity, isStored: true)
        } else {
            phase = .greeting
        }
        accepted = [member]
    }

    /// Members that have not been heard yet.
    package var missing: [MemberID] {
        members.map(\.id).filter { !present.contains($0) }
    }

    private var isLowest: Bool { members.first?.id == member }
    private var others: [MemberID] { members.map(\.id).filter { $0 != member } }

    /// Equal for members that were started with equal lists.
    private var fingerprint: UInt64 {
        var hash = SplitMix64(seed: UInt64(members.count))
        for peer in members { hash = hash.split(peer.address, UInt64(peer.id.rawValue)) }
        return hash.next()
    }

    /// Says everything again that has not been answered.
    package mutating func deadlinePassed(at now: MonotonicTime) -> [Action] {
        guard now >= deadline else { return [] }
        deadline = now + interval
        switch phase {
        case .greeting:
            return others.map {
                .send(.hello(fingerprint: fingerprint, versions: versions), to: $0)
            }
                + foundIfComplete()
        case .founding(let identity, let isStored):
            // An only member has nobody whose acceptance could come after a restart.
            return isStored ? offers(identity) + establishIfAccepted(identity) : []
        case .joining(let identity, let isStored):
            guard isStored, let lowest = members.first?.id else { return [] }
            return [.send(.accepted(identity.cluster), to: lowest)]
        case .establishing, .finished: return []
        }
    }

    /// A bootstrap message arrived.
    package mutating func receive(
        _ message: BootstrapMessage, from peer: MemberID
    ) -> [Action] {
        guard members.contains(where: { $0.id == peer }), peer != member else { return [] }
        switch message {
        case .hello(let theirs, let versions):
            if let refusal = mismatch(theirs, peer) { return [.fail(refusal)] }
            note(peer)
            abilities.removeAll { $0.member == peer }
            abilities.append((peer, versions))
            return foundIfComplete()
        case .offer(let cluster, let theirs, let version):
            if let refusal = mismatch(theirs, peer) { return [.fail(refusal)] }
            note(peer)
            return receiveOffer(cluster, version, from: peer)
        case .accepted(let cluster): return receiveAcceptance(of: cluster, from: peer)
        case .begin(let cluster): return begin(cluster)
        case .established(let cluster): return receiveEstablished(cluster, from: peer)
        }
    }

    /// A member of the cluster talks to this one as to a member: all must have accepted.
    package mutating func receivedOther(from peer: MemberID) -> [Action] {
        if case .joining(let identity, true) = phase { return begin(identity.cluster) }
        return []
    }

    /// What was to be stored is durable.
    package mutating func stored() -> [Action] {
        switch phase {
        case .founding(let identity, _):
            phase = .founding(identity, isStored: true)
            return offers(identity) + establishIfAccepted(identity)
        case .joining(let identity, _):
            phase = .joining(identity, isStored: true)
            guard let lowest = members.first?.id else { return [] }
            return [.send(.accepted(identity.cluster), to: lowest)]
        case .establishing(let identity):
            phase = .finished
            let begins: [Action] =
                isLowest ? others.map { .send(.begin(identity.cluster), to: $0) } : []
            return begins + [.finished(identity)]
        case .greeting, .finished: return []
        }
    }

    private mutating func foundIfComplete() -> [Action] {
        guard case .greeting = phase, isLowest, missing.isEmpty else { return [] }
        guard let version = highestCommon([versions] + abilities.map(\.versions)) else {
            return [.fail(nothingInCommon)]
        }
        let identity = Identity(
            cluster: ClusterID(high: random.next(), low: random.next()), member: member,
            incarnation: incarnation, isEstablished: false, members: members,
            foundingVersion: version)
        phase = .founding(identity, isStored: false)
        return [.store(identity)]
    }

    private func offers(_ identity: Identity) -> [Action] {
        others.filter { !accepted.contains($0) }
            .map {
                .send(
                    .offer(
                        identity.cluster, fingerprint: fingerprint,
                        version: identity.foundingVersion), to: $0)
            }
    }

    private var nothingInCommon: RaftError {
        let others = abilities.sorted { $0.member < $1.member }
            .map { "\($0.member) runs \($0.versions.words)" }
        return RaftError(
            .invalidConfiguration,
            "the members' programs have no machine version in common: \(member) runs \(versions.words), "
                + others.joined(separator: ", ") + "; start all with the same program")
    }

    private mutating func receiveOffer(
        _ cluster: ClusterID, _ version: MachineVersion, from peer: MemberID
    ) -> [Action] {
        guard peer == members.first?.id else { return [] }
        switch phase {
        case .greeting:
            let identity = Identity(
                cluster: cluster, member: member, incarnation: incarnation,
                isEstablished: false, members: members, foundingVersion: version)
            phase = .joining(identity, isStored: false)
            return [.store(identity)]
        case .joining(let identity, let isStored):
            guard identity.cluster == cluster else {
                return [.fail(foreign(cluster, peer))]
            }
            return isStored ? [.send(.accepted(cluster), to: peer)] : []
        case .founding, .establishing, .finished: return []
        }
    }

    private mutating func receiveAcceptance(
        of cluster: ClusterID, from peer: MemberID
    ) -> [Action] {
        if case .greeting = phase, isLowest {
            // Only this member can have offered an id, in a life it knows nothing of.
            return receiveEstablished(cluster, from: peer)
        }
        guard case .founding(let identity, true) = phase, identity.cluster == cluster else {
            return []
        }
        note(peer)
        if !accepted.contains(peer) { accepted.append(peer) }
        return establishIfAccepted(identity)
    }

    private mutating func establishIfAccepted(_ identity: Identity) -> [Action] {
        guard accepted.count == members.count else { return [] }
        return establish(identity)
    }

    private mutating func begin(_ cluster: ClusterID) -> [Action] {
        guard case .joining(let identity, true) = phase, identity.cluster == cluster else {
            return []
        }
        return establish(identity)
    }

    private mutating func establish(_ identity: Identity) -> [Action] {
        var established = identity
        established.isEstablished = true
        phase = .establishing(established)
        return [.store(established)]
    }

    private mutating func receiveEstablished(
        _ cluster: ClusterID, from peer: MemberID
    ) -> [Action] {
        switch phase {
        case .greeting:
            return [
                .fail(
                    RaftError(
                        .foreignCluster,
                        "member \(peer) belongs to cluster \(cluster) already, and this member's "
                            + "directory is empty: if its data was lost, it must not come back "
                            + "under its old id \(member); if a new cluster is meant, start "
                            + "member \(peer) on an empty directory too"))
            ]
        case .founding(let identity, _), .joining(let identity, _):
            return identity.cluster == cluster ? [] : [.fail(foreign(cluster, peer))]
        case .establishing, .finished: return []
        }
    }

    private mutating func note(_ peer: MemberID) {
        if !present.contains(peer) { present.append(peer) }
    }

    private func mismatch(_ theirs: UInt64, _ peer: MemberID) -> RaftError? {
        guard theirs != fingerprint else { return nil }
        let list = members.map { "\($0.id)=\($0.address)" }.joined(separator: ",")
        return RaftError(
            .invalidConfiguration,
            "member \(peer) was started with another list of initial members than this one's "
                + "\(list): all must be given the same")
    }

    private func foreign(_ cluster: ClusterID, _ peer: MemberID) -> RaftError {
        RaftError(
            .foreignCluster,
            "member \(peer) belongs to cluster \(cluster), this member's directory to another; "
                + "check the addresses and the directory")
    }
}

extension BootstrapMessage {
    /// The message as a frame, for a driver that has no replica yet.
    package func frame(to peer: MemberID, group: GroupID, wall: ClusterTime) -> Frame {
        let message = WireMessage.bootstrap(self)
        return Frame(
            peer: peer, channel: message.channel,
            bytes: message.encoded(
                FrameHeader(group: group, clock: nil, wall: wall)))
    }
}
