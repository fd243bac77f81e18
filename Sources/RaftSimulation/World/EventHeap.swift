// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What is to happen, earliest first; what happens at the same time happens in the order it was added.
struct EventHeap<Element> {
    private struct Item {
        let time: MonotonicTime
        let order: UInt64
        let element: Element

        static func precedes(_ a: Item, _ b: Item) -> Bool {
            a.time == b.time ? a.order < b.order : a.time < b.time
        }
    }

    private var items: [Item] = []
    private var added: UInt64 = 0

    /// How many things are to happen.
    var count: Int { items.count }

    /// Adds something.
    /// - Complexity: O(log n).
    mutating func push(_ element: Element, at time: MonotonicTime) {
        added += 1
        let item = Item(time: time, order: added, element: element)
        items.append(item)
        var heap = items.mutableSpan
        var position = heap.count - 1
        while position > 0 {
            let parent = (position - 1) / 2
            guard Item.precedes(item, heap[parent]) else { break }
            heap[position] = heap[parent]
            position = parent
        }
        heap[position] = item
    }

    /// Takes the earliest, unless it happens after `end`.
    /// - Complexity: O(log n).
    mutating func pop(before end: MonotonicTime) -> (time: MonotonicTime, element: Element)? {
        guard let first = items.first, first.time <= end, let last = items.popLast() else {
            return nil
        }
        guard !items.isEmpty else { return (first.time, first.element) }
        var heap = items.mutableSpan
        var position = 0
        while true {
            var child = 2 * position + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, Item.precedes(heap[child + 1], heap[child]) { child += 1 }
            guard Item.precedes(heap[child], last) else { break }
            heap[position] = heap[child]
            position = child
        }
        heap[position] = last
        return (first.time, first.element)
    }
}
