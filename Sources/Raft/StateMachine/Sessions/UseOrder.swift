// SPDX-License-Identifier: Apache-2.0

/// Slots in the order in which they were last used: a doubly linked list in two arrays.
struct UseOrder: Sendable {
    /// By slot; ``none`` at either end.
    private var next: [Int] = []
    private var previous: [Int] = []
    private(set) var first: Int?
    private(set) var last: Int?
    private static let none = -1

    /// The slot used after this one; nil if it is the last.
    func slot(after slot: Int) -> Int? { next[slot] == Self.none ? nil : next[slot] }

    /// Puts a slot that is not in the list at its end.
    mutating func append(_ slot: Int) {
        while next.count <= slot {
            next.append(Self.none)
            previous.append(Self.none)
        }
        next[slot] = Self.none
        previous[slot] = last ?? Self.none
        if let last { next[last] = slot } else { first = slot }
        last = slot
    }

    /// Takes a slot out of the list.
    mutating func remove(_ slot: Int) {
        let before = previous[slot]
        let after = next[slot]
        if before == Self.none {
            first = after == Self.none ? nil : after
        } else {
            next[before] = after
        }
        if after == Self.none {
            last = before == Self.none ? nil : before
        } else {
            previous[after] = before
        }
    }

    /// Moves a slot to the end.
    mutating func touch(_ slot: Int) {
        guard slot != last else { return }
        remove(slot)
        append(slot)
    }
}
