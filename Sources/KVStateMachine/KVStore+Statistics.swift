// SPDX-License-Identifier: Apache-2.0

extension KVStore {
    /// Figures for INFO and metrics, all kept up to date with every change.
    public struct Statistics: Hashable, Sendable {
        /// Keys, those included that are due but not purged yet.
        public var keys = 0
        /// Keys that have a deadline.
        public var keysWithDeadline = 0
        /// Bytes of keys and values.
        public var payloadBytes = 0
        /// Bytes of memory: entries, tables, heaps.
        public var allocatedBytes = 0
        /// Keys that expired since this process created the store; not part of the state.
        public var expired = 0
    }

    /// Figures for INFO and metrics.
    /// - Complexity: O(1).
    public var statistics: Statistics {
        var sum = Statistics()
        for shard in shards.indices {
            sum.keys += shards[shard].table.count
            sum.keysWithDeadline += shards[shard].deadlines.count
            sum.payloadBytes += shards[shard].payloadBytes
            sum.allocatedBytes +=
                shards[shard].entryBytes + shards[shard].table.allocatedBytes
                + shards[shard].deadlines.allocatedBytes
        }
        sum.expired = expiredCount
        return sum
    }

    /// A hash of the applied state: the cluster time and every key with its value and deadline.
    ///
    /// Equal on all members at equal index. Keys that are due but not purged yet are in it, because
    /// purging is part of applying; the cluster time is, because the future depends on it; options,
    /// statistics and the layout of memory are not. The mix (of 64-bit products, see `ValueDigest`)
    /// tells members apart that went different ways; it is no defence against forgers.
    /// - Complexity: O(1): the digests of the keys are summed up as they come and go.
    public var stateHash: UInt64? {
        var sum: UInt64 = 0
        for shard in shards.indices { sum &+= shards[shard].digest }
        let time = UInt64(bitPattern: now) &* 0x9FB2_1C65_1E98_DF25
        return ValueDigest.folded(sum ^ 0xA5CB_9243_9E5B_4A1D, 0xC2B2_AE3D_27D4_EB4F) ^ time
    }

    /// Stops the process if anything that is kept up to date is not what counting anew gives.
    /// - Complexity: O(bytes of all keys and values).
    public func _checkInvariants() {
        for shard in shards.indices { shards[shard].checkInvariants(number: shard) }
    }
}
