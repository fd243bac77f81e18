// SPDX-License-Identifier: Apache-2.0

/// Numbers of what waits, by when it is given up: a binary heap.
///
/// What does not wait any more is not looked for in it: its number is dropped when its time comes, or
/// when there are more of such than of others.
struct DeadlineQueue: Sendable {
    private struct Item: Sendable {
        let time: MonotonicTime
        let number: UInt64
    }

    private var heap: [Item] = []

    /// The earliest of all times; nil if there is none.
    var next: MonotonicTime? { heap.first?.time }

    /// Adds a number.
    /// - Complexity: O(log n)
    mutating func insert(_ number: UInt64, at time: MonotonicTime) {
        heap.append(Item(time: time, number: number))
        var child = heap.count - 1
        while child > 0, heap[child].time < heap[(child - 1) / 2].time {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the number whose time is the earliest, if it has come.
    /// - Complexity: O(log n)
    mutating func popDue(at now: MonotonicTime) -> UInt64? {
        guard let first = heap.first, first.time <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink(from: 0)
        return first.number
    }

    /// Forgets what waits no more once that is most of it.
    /// - Parameters:
    ///   - waiting: How many numbers wait at most.
    ///   - waits: Whether one does.
    /// - Complexity: O(1), amortised over the insertions.
    mutating func forget(allBut waiting: Int, waits: (UInt64) -> Bool) {
        guard heap.count > 2 * waiting + 64 else { return }
        heap.removeAll { !waits($0.number) }
        for parent in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(from: parent) }
    }

    private mutating func sink(from position: Int) {
        var parent = position
        while true {
            var earliest = parent
            for child in 2 * parent + 1...2 * parent + 2
            where child < heap.count && heap[child].time < heap[earliest].time {
                earliest = child
            }
            guard earliest != parent else { return }
            heap.swapAt(parent, earliest)
            parent = earliest
        }
    }
}
