// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What a member makes of handshakes that fail, as `NodeLane` does in production.
extension World {
    /// Ends a member that was never ready and cannot become so, as its data is another cluster's.
    func takeRefusal(
        _ cause: TransportRefusal.Cause, of peer: MemberID?, _ member: SimulatedMember
    ) {
        guard !member.isReady, let peer, case .foreignCluster(let other) = cause else { return }
        let cluster: ClusterID
        let voters: [MemberID]
        switch member.phase {
        case .recovering(let identity):
            cluster = identity.cluster
            voters = identity.members.map(\.id)
        case .serving:
            guard let own = member.replica?.cluster,
                let members = member.replica?.core.configuration.voters
            else { return }
            cluster = own
            voters = members
        case .down, .loading, .bootstrapping, .ended: return
        }
        guard voters.contains(peer) else { return }
        member.foreignMembers.refused(peer, of: other)
        let verdict = member.foreignMembers.verdict(
            on: member.id, of: cluster, voters: voters, location: member.disk.location)
        if let verdict { fail(member, verdict) }
    }
}
