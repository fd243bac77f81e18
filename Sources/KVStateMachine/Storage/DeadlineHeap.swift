// SPDX-License-Identifier: Apache-2.0

/// The entries of one shard that have a deadline, the next one to expire on top.
///
/// A binary heap in the order of (deadline, key), which is total: what is on top does not depend on
/// the history of the heap. Every entry knows its place in it, so a deadline that changes moves its
/// item and a key that goes takes its item along. There are never more items than keys with a
/// deadline, and no dead ones to skip, to count or to clear away; an item whose key is gone would
/// also have no key left to be ordered by.
struct DeadlineHeap {
    private struct Item: BitwiseCopyable {
        var deadline: Int64
        var entry: Entry

        static func < (a: Item, b: Item) -> Bool {
            if a.deadline != b.deadline { return a.deadline < b.deadline }
            return a.entry.key < b.entry.key
        }
    }

    private var items: [Item] = []

    /// The number of keys with a deadline.
    var count: Int { items.count }

    /// Bytes of memory.
    var allocatedBytes: Int { items.capacity * MemoryLayout<Item>.stride }

    /// The next deadline.
    var first: (deadline: Int64, entry: Entry)? { items.first.map { ($0.deadline, $0.entry) } }

    /// Gives `entry` a deadline, or another one.
    /// - Complexity: O(log n); O(1) for the usual deadline, later than most.
    mutating func set(_ entry: Entry, to deadline: Int64) {
        entry.deadline = deadline
        let item = Item(deadline: deadline, entry: entry)
        guard let position = entry.heapPosition else {
            items.append(item)
            siftUp(item, from: items.count - 1)
            return
        }
        place(item, at: position)
    }

    /// Takes `entry` out, if it has a deadline.
    /// - Complexity: O(log n).
    mutating func remove(_ entry: Entry) {
        guard let position = entry.heapPosition else { return }
        entry.heapPosition = nil
        entry.deadline = .max
        guard let last = items.popLast() else { return }
        if position < items.count { place(last, at: position) }
        if items.count < items.capacity / 4, items.capacity > 64 { shrink() }
    }

    /// Lets another entry with the same key take the place of `entry`.
    mutating func replace(_ entry: Entry, with other: Entry) {
        guard let position = entry.heapPosition else { return }
        other.deadline = entry.deadline
        other.heapPosition = position
        items[position].entry = other
    }

    /// How many deadlines are not after `now`.
    /// - Complexity: O(answer): below a later deadline there is none.
    func count(dueAt now: Int64) -> Int {
        var due = 0
        var open = [0]
        while let position = open.popLast() {
            guard position < items.count, items[position].deadline <= now else { continue }
            due += 1
            open.append(2 * position + 1)
            open.append(2 * position + 2)
        }
        return due
    }

    /// Puts `item` where the order wants it, starting from a position that is free.
    private mutating func place(_ item: Item, at position: Int) {
        if position > 0, item < items[(position - 1) / 2] {
            siftUp(item, from: position)
        } else {
            siftDown(item, from: position)
        }
    }

    private mutating func siftUp(_ item: Item, from start: Int) {
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard item < items[parent] else { break }
            put(items[parent], at: position)
            position = parent
        }
        put(item, at: position)
    }

    private mutating func siftDown(_ item: Item, from start: Int) {
        var position = start
        while true {
            var child = 2 * position + 1
            guard child < items.count else { break }
            if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
            guard items[child] < item else { break }
            put(items[child], at: position)
            position = child
        }
        put(item, at: position)
    }

    private mutating func put(_ item: Item, at position: Int) {
        items[position] = item
        item.entry.heapPosition = position
    }

    private mutating func shrink() {
        var smaller: [Item] = []
        smaller.reserveCapacity(2 * items.count)
        smaller.append(contentsOf: items)
        items = smaller
    }

    /// Stops the process if the order, or what an entry knows of its place, is wrong.
    func checkInvariants() {
        for position in items.indices {
            let item = items[position]
            precondition(
                item.entry.heapPosition == position && item.entry.deadline == item.deadline,
                "the entry of heap item \(position) knows another place")
            let parent = (position - 1) / 2
            precondition(position == 0 || items[parent] < item, "heap item \(position) is too deep")
        }
    }
}
