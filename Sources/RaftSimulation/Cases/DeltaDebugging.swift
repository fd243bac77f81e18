// SPDX-License-Identifier: Apache-2.0

/// Finds a small part of a list that still fails, in order: without any one of its elements it passes.
///
/// The algorithm ddmin of Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*,
/// IEEE Transactions on Software Engineering 28(2), 2002.
/// - Parameters:
///   - items: What fails as a whole.
///   - fails: Whether a part of it does; may answer false at any time to end the search.
/// - Returns: The smallest part found; `items` if none.
/// - Complexity: O(n²) calls of `fails` at worst, O(log n) if one element is to blame.
func minimalFailingPart<Element>(
    of items: [Element], fails: ([Element]) -> Bool
) -> [Element] {
    if items.isEmpty || fails([]) { return [] }
    var items = items
    var parts = 2
    while items.count > 1 {
        let bounds = (0...parts).map { items.count * $0 / parts }
        let ranges = (0..<parts).map { bounds[$0]..<bounds[$0 + 1] }
        if let range = ranges.first(where: { fails(Array(items[$0])) }) {
            items = Array(items[range])
            parts = 2
        } else if parts > 2,
            let range = ranges.first(where: { fails(removing($0, from: items)) })
        {
            items = removing(range, from: items)
            parts = max(parts - 1, 2)
        } else if parts < items.count {
            parts = min(items.count, parts * 2)
        } else {
            break
        }
        parts = min(parts, items.count)
    }
    return items
}

private func removing<Element>(_ range: Range<Int>, from items: [Element]) -> [Element] {
    Array(items[..<range.lowerBound] + items[range.upperBound...])
}
