// SPDX-License-Identifier: Apache-2.0

package import Raft

/// Remembers what was reported, so that each distinct reason is told once and not at every retry.
package struct RefusalLog {
    /// Distinct reasons told of one peer, and of all strangers together; what comes after is not told,
    /// lest a stranger's bytes fill somebody's log.
    package static let capacity = 16

    private var told: [(peer: MemberID?, reason: String)] = []

    /// Has told nothing yet.
    package init() {}

    /// Whether a reason is new for a peer, or for the strangers (`nil`); it will not be new again.
    /// - Complexity: O(n) in what was told, of which there is at most `capacity` for every peer.
    package mutating func isNews(_ reason: String, about peer: MemberID?) -> Bool {
        var count = 0
        for entry in told where entry.peer == peer {
            if entry.reason == reason { return false }
            count += 1
        }
        guard count < Self.capacity else { return false }
        told.append((peer, reason))
        return true
    }
}
