// SPDX-License-Identifier: Apache-2.0

package import Raft

/// Decides who may talk to this member, and whether it has reached whom it wanted.
package struct Doorkeeper: Hashable, Sendable {
    /// Who this member says it is.
    package let own: Introduction
    /// Whom it talks to, in order of id; never itself.
    package let peers: [MemberID]

    /// Creates a doorkeeper.
    /// - Parameter peers: Sorted by id, each once, without `own.member`.
    package init(own: Introduction, peers: [MemberID]) {
        self.own = own
        self.peers = peers
    }

    /// Why a dialer is refused; nil if it is welcome.
    ///
    /// A member without a cluster may talk to one that has a cluster, and the other way round: whether
    /// it may join is decided above, at bootstrap.
    package func refusal(of hello: Hello) -> Refusal? {
        if hello.receiver != own.member {
            return .wrongReceiver(intended: hello.receiver, actual: own.member)
        }
        if let refusal = refusal(ofClusterOf: hello.sender) { return refusal }
        if hello.sender.member == own.member { return .ownID(own.member) }
        if !peers.contains(hello.sender.member) {
            return .unknownMember(hello.sender.member, by: own.member)
        }
        return nil
    }

    /// Why an acceptor that says it accepts is not the member that was dialed; nil if it is.
    ///
    /// The acceptor has compared the same things. Asked again because its answer, not our address
    /// book, says whom we have reached.
    package func refusal(ofAcceptor acceptor: Introduction, dialed peer: MemberID) -> Refusal? {
        if acceptor.member != peer {
            return .wrongReceiver(intended: peer, actual: acceptor.member)
        }
        return refusal(ofClusterOf: acceptor)
    }

    private func refusal(ofClusterOf other: Introduction) -> Refusal? {
        guard let ours = own.cluster, let theirs = other.cluster, ours != theirs else { return nil }
        return .otherCluster(other.member, theirs: theirs, member: own.member, ours: ours)
    }
}

/// Why two members part for good, until one of them is configured otherwise.
///
/// Texts name both sides by id, as each of them may be read in either one's log.
package enum Refusal: Hashable, Sendable, CustomStringConvertible {
    /// The dialer speaks another transport format.
    case otherVersion(theirs: UInt16, member: MemberID)
    /// The two were bootstrapped apart.
    case otherCluster(MemberID, theirs: ClusterID, member: MemberID, ours: ClusterID)
    /// The address points at another member.
    case wrongReceiver(intended: MemberID, actual: MemberID)
    /// The dialer is not one of the peers.
    case unknownMember(MemberID, by: MemberID)
    /// The dialer claims to be the acceptor.
    case ownID(MemberID)
    /// The dialer's record cannot be read.
    case malformed(DecodingFailure, member: MemberID)

    /// What a member may have to act on.
    package var cause: TransportRefusal.Cause {
        switch self {
        case .otherCluster(_, let theirs, _, _): .foreignCluster(theirs)
        case .otherVersion, .wrongReceiver, .unknownMember, .ownID, .malformed: .other
        }
    }

    /// One sentence without a full stop.
    package var description: String {
        switch self {
        case .otherVersion(let theirs, let member):
            "member \(member) speaks transport format \(Handshake.version), not \(theirs)"
        // Lower id first: the same sentence whoever has dialed.
        case .otherCluster(let other, let theirs, let member, let ours) where other > member:
            "member \(member) belongs to cluster \(ours), member \(other) to cluster \(theirs)"
        case .otherCluster(let other, let theirs, let member, let ours):
            "member \(other) belongs to cluster \(theirs), member \(member) to cluster \(ours)"
        case .wrongReceiver(let intended, let actual):
            "the address given for member \(intended) belongs to member \(actual)"
        case .unknownMember(let other, let member):
            "member \(member) does not know a member \(other)"
        case .ownID(let id): "two processes claim to be member \(id)"
        case .malformed(let failure, let member):
            "member \(member) cannot read the handshake: \(failure)"
        }
    }
}
