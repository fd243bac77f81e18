// SPDX-License-Identifier: Apache-2.0

/// Slots in the order in which they end, and of those that end together, in which they were inserted: a
/// binary heap.
struct EndOrder: Sendable {
    private struct Item: Sendable, Comparable {
        let end: ClusterTime
        let number: UInt64
        let slot: Int

        static func < (a: Item, b: Item) -> Bool {
            a.end == b.end ? a.number < b.number : a.end < b.end
        }
    }

    private var items: [Item] = []
    private var nextNumber: UInt64 = 0

    /// The slot that ends first.
    var first: (slot: Int, end: ClusterTime)? { items.first.map { ($0.slot, $0.end) } }

    /// All slots, in order.
    /// - Complexity: O(n log n)
    var sorted: [Int] { items.sorted().map(\.slot) }

    /// - Complexity: O(log n), O(1) for one that ends after all others.
    mutating func insert(_ slot: Int, at end: ClusterTime) {
        let item = Item(end: end, number: nextNumber, slot: slot)
        nextNumber += 1
        items.append(item)
        var place = items.count - 1
        while place > 0, item < items[(place - 1) / 2] {
            items[place] = items[(place - 1) / 2]
            place = (place - 1) / 2
        }
        items[place] = item
    }

    /// - Complexity: O(log n)
    mutating func popFirst() -> Int? {
        guard let first = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return first.slot }
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < items.count else { break }
            if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
            guard items[child] < last else { break }
            items[place] = items[child]
            place = child
        }
        items[place] = last
        return first.slot
    }
}
