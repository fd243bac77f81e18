// SPDX-License-Identifier: Apache-2.0

/// Tells whether a member has another cluster's directory, by what the others say when they shake hands.
///
/// Such a member is refused by everybody and would wait for a leader for ever. Each voter that says it
/// belongs to another cluster is one that will never vote with this member; when those that are left,
/// itself included, are too few for a majority, waiting is in vain.
///
/// Only for a member that was never ready: one that was has proved that its directory is the right one,
/// and no stranger may end it.
package struct ForeignMembers: Sendable {
    private var foreign: [(member: MemberID, cluster: ClusterID)] = []
    private var familiar: [MemberID] = []

    /// Knows nothing of anybody.
    package init() {}

    /// A member said, dialed or dialing, that it belongs to another cluster.
    ///
    /// Ignored if the member of that id has accepted a connection: then this is somebody else who
    /// claims its id.
    package mutating func refused(_ member: MemberID, of cluster: ClusterID) {
        guard !familiar.contains(member) else { return }
        foreign.removeAll { $0.member == member }
        foreign.append((member, cluster))
    }

    /// A member accepted a connection: it belongs to this member's cluster.
    package mutating func accepted(by member: MemberID) {
        foreign.removeAll { $0.member == member }
        if !familiar.contains(member) { familiar.append(member) }
    }

    /// Why the member cannot take part, once that is certain.
    /// - Parameters:
    ///   - member: The member itself.
    ///   - cluster: The cluster its directory belongs to.
    ///   - voters: The voting members it knows of, as a rule itself among them.
    ///   - location: Its directory.
    package func verdict(
        on member: MemberID, of cluster: ClusterID, voters: [MemberID], location: String
    ) -> RaftError? {
        let strangers = foreign.filter { stranger in
            stranger.member != member && voters.contains(stranger.member)
        }
        guard !strangers.isEmpty, voters.count - strangers.count <= voters.count / 2 else {
            return nil
        }
        return RaftError(
            .foreignCluster,
            "the data directory \(location) belongs to member \(member) of cluster \(cluster), but "
                + "\(Self.describe(strangers)), so that no majority of the \(voters.count) voting "
                + "members can be reached: check the directory and the members' addresses")
    }

    /// `members 2, 3 belong to cluster …`, those of one cluster together.
    private static func describe(_ strangers: [(member: MemberID, cluster: ClusterID)]) -> String {
        var groups: [(cluster: ClusterID, members: [MemberID])] = []
        for (member, cluster) in strangers.sorted(by: { $0.member < $1.member }) {
            if let index = groups.firstIndex(where: { $0.cluster == cluster }) {
                groups[index].members.append(member)
            } else {
                groups.append((cluster, [member]))
            }
        }
        return groups.map { group in
            let names = group.members.map(\.description).joined(separator: ", ")
            return group.members.count == 1
                ? "member \(names) belongs to cluster \(group.cluster)"
                : "members \(names) belong to cluster \(group.cluster)"
        }.joined(separator: " and ")
    }
}
