// SPDX-License-Identifier: Apache-2.0

/// The sixteen shards, in memory of their own.
///
/// Not an `InlineArray`: to read an element of one at an index that is only known later, Swift 6.3
/// copies the whole array first, two kilobytes for each GET.
@safe struct Shards: ~Copyable {
    private let base: UnsafeMutablePointer<Shard>

    static let count = 1 << KeyHash.shardBits

    /// Makes empty shards that together take `count` keys without growing.
    init(expecting count: Int = 0) {
        unsafe base = .allocate(capacity: Self.count)
        // Hashes do not fill the shards quite evenly.
        let perShard = count / Self.count + count / (8 * Self.count)
        for index in 0..<Self.count {
            unsafe (base + index).initialize(to: Shard(expecting: perShard))
        }
    }

    deinit {
        unsafe base.deinitialize(count: Self.count)
        unsafe base.deallocate()
    }

    var indices: Range<Int> { 0..<Self.count }

    /// The next key to expire, in the order of (deadline, key) over all shards.
    ///
    /// Asked for twice for every entry: hence not by way of the subscripts, whose coroutines allocate.
    var nextExpiry: (deadline: Int64, entry: Entry, shard: Int)? {
        var next: (deadline: Int64, entry: Entry, shard: Int)?
        for shard in 0..<Self.count {
            guard let first = unsafe base[shard].deadlines.first else { continue }
            if let best = next {
                guard first.deadline <= best.deadline else { continue }
                if first.deadline == best.deadline, best.entry.key < first.entry.key { continue }
            }
            next = (first.deadline, first.entry, shard)
        }
        return next
    }

    subscript(index: Int) -> Shard {
        @inline(__always) _read {
            precondition(indices.contains(index), "shard \(index) of \(Self.count)")
            yield unsafe base[index]
        }
        @inline(__always) _modify {
            precondition(indices.contains(index), "shard \(index) of \(Self.count)")
            yield unsafe &base[index]
        }
    }

    /// The shard that a key belongs to.
    subscript(hash: KeyHash) -> Shard {
        @inline(__always) _read { yield unsafe base[hash.shard] }
        @inline(__always) _modify { yield unsafe &base[hash.shard] }
    }
}
