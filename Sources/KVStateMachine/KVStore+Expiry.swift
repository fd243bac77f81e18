// SPDX-License-Identifier: Apache-2.0

public import Raft

extension KVStore {
    /// Lets time pass and purges what has expired, at most ``purgeBound`` keys.
    ///
    /// The order is that of (deadline, key) over the whole store, so that a bound that is reached
    /// leaves the same keys on every member.
    /// - Complexity: O(p log n) for p purged of n keys with a deadline.
    public mutating func advance(to now: ClusterTime) {
        clusterTime = max(clusterTime, now)
        var left = Self.purgeBound
        while left > 0, let due = shards.nextExpiry, due.deadline <= self.now {
            purge(due.entry, due.shard)
            left -= 1
        }
    }

    /// When the next key expires; now, if more keys were due than one call purges.
    public var nextDeadline: ClusterTime? {
        guard let next = shards.nextExpiry else { return nil }
        return ClusterTime(milliseconds: max(next.deadline, now))
    }

    private mutating func purge(_ entry: Entry, _ shard: Int) {
        let key = Key(entry.key)
        guard let position = shards[shard].find(key) else {
            preconditionFailure("an entry of shard \(shard)'s heap is not in its table")
        }
        shards[shard].remove(at: position, key.hash)
        expiredCount += 1
    }
}
