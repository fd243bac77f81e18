// SPDX-License-Identifier: Apache-2.0

/// How many bytes the entries in memory take, so that the core can fill messages without seeing them.
package struct EntrySizes: Sendable {
    /// The first entry in memory.
    package private(set) var first: LogIndex
    /// Position n: bytes of all entries before and including entry `first + n`.
    private var totals = Queue<UInt64>()
    private var totalBefore: UInt64 = 0

    /// Creates the sizes of an empty window that will begin with `first`.
    package init(first: LogIndex) { self.first = first }

    /// The last entry in memory; the one before ``first`` if there is none.
    package var last: LogIndex { (first + totals.count).previous }

    /// Notes the entry after the last one.
    package mutating func append(_ byteCount: Int) {
        totals.append((totals.last ?? totalBefore) + UInt64(byteCount))
    }

    /// Forgets all entries from `index` on.
    package mutating func truncate(from index: LogIndex) {
        if index <= first {
            self = EntrySizes(first: index)
        } else if index <= last {
            totals.removeLast(last - index + 1)
        }
    }

    /// Forgets the entries up to `index`.
    package mutating func evict(through index: LogIndex) {
        guard index >= first else { return }
        precondition(index <= last, "evicting up to \(index) of \(first)…\(last)")
        let count = index - first + 1
        totalBefore = totals[count - 1]
        totals.removeFirst(count)
        first = index.next
    }

    /// The bytes of the entries after `index`, as far as they are in memory.
    package func byteCount(after index: LogIndex) -> Int {
        guard index < last, let all = totals.last else { return 0 }
        return Int(all - total(through: index))
    }

    /// The last entry such that the entries from `index` to it fit a number of bytes; at least `index`.
    /// - Parameter index: Must be in memory.
    /// - Complexity: O(log n).
    package func last(from index: LogIndex, fitting byteCount: Int) -> LogIndex {
        precondition(index >= first && index <= last, "\(index) of \(first)…\(last)")
        let limit = total(through: index.previous) + UInt64(byteCount)
        var low = index - first
        var high = totals.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if totals[middle] <= limit { low = middle } else { high = middle }
        }
        return first + low
    }

    private func total(through index: LogIndex) -> UInt64 {
        index < first ? totalBefore : totals[index - first]
    }
}
