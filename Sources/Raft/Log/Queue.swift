// SPDX-License-Identifier: Apache-2.0

/// A first-in, first-out queue that can also be indexed and cut at its end.
///
/// An array with a moving head: removing from the front is amortised O(1), and what was removed is
/// released no later than when as much again has been. Inlinable, so that it is specialised in every module.
package struct Queue<Element> {
    @usableFromInline var storage: [Element] = []
    @usableFromInline var head = 0

    /// Creates an empty queue.
    @inlinable package init() {}

    @inlinable package var count: Int { storage.count - head }
    @inlinable package var isEmpty: Bool { head == storage.count }
    @inlinable package var first: Element? { isEmpty ? nil : storage[head] }
    @inlinable package var last: Element? { isEmpty ? nil : storage[storage.count - 1] }

    /// The elements, front first.
    @inlinable package var elements: ArraySlice<Element> { storage[head...] }

    /// The element `position` places behind the front.
    @inlinable
    package subscript(position: Int) -> Element {
        get { storage[head + position] }
        set { storage[head + position] = newValue }
    }

    @inlinable package mutating func append(_ element: Element) { storage.append(element) }

    @inlinable
    package mutating func append(contentsOf elements: some Sequence<Element>) {
        storage.append(contentsOf: elements)
    }

    /// Removes and returns the front element.
    @inlinable
    package mutating func popFirst() -> Element? {
        guard let element = first else { return nil }
        removeFirst(1)
        return element
    }

    /// Removes elements from the front.
    @inlinable
    package mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "removing \(count) of \(self.count)")
        head += count
        if head == storage.count {
            storage.removeAll(keepingCapacity: storage.capacity <= 1024)
            head = 0
        } else if head * 2 >= storage.count {
            storage.removeFirst(head)
            head = 0
        }
    }

    /// Removes elements from the end.
    @inlinable
    package mutating func removeLast(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "removing \(count) of \(self.count)")
        storage.removeLast(count)
    }

    @inlinable
    package mutating func removeAll() {
        storage.removeAll(keepingCapacity: storage.capacity <= 1024)
        head = 0
    }

    /// Removes the elements for which `body` says so, keeping the order of the rest.
    @inlinable
    package mutating func removeAll(where body: (Element) -> Bool) {
        if head > 0 {
            storage.removeFirst(head)
            head = 0
        }
        storage.removeAll(where: body)
    }
}

extension Queue: Sendable where Element: Sendable {}
