// SPDX-License-Identifier: Apache-2.0

/// The newest of what was added, by number: a list that forgets its beginning.
struct Newest<Element> {
    private var elements: [Element] = []
    private let limit: Int
    /// The number of the first that is kept.
    private(set) var first = 0

    /// - Parameter limit: How many are kept at least, if so many were added.
    init(limit: Int) { self.limit = max(1, limit) }

    /// The number of the next to be added.
    var next: Int { first + elements.count }

    /// Those that are kept, oldest first; at most as many as the limit.
    var all: ArraySlice<Element> { elements.suffix(limit) }

    /// How many of those added are not among ``all``.
    var omitted: Int { next - all.count }

    /// Adds an element.
    /// - Returns: Those that are given up; now and then many, mostly none.
    /// - Complexity: O(1) amortized.
    @discardableResult
    mutating func append(_ element: Element) -> ArraySlice<Element> {
        elements.append(element)
        guard elements.count >= 2 * limit else { return [] }
        let given = elements.prefix(elements.count - limit)
        elements.removeFirst(given.count)
        first += given.count
        return given
    }

    /// Changes an element if it is still kept.
    mutating func update(_ number: Int, _ body: (inout Element) -> Void) {
        guard number >= first, number < next else { return }
        body(&elements[number - first])
    }

    /// An element, if it is still kept.
    subscript(number: Int) -> Element? {
        number >= first && number < next ? elements[number - first] : nil
    }
}
