// SPDX-License-Identifier: Apache-2.0

/// The ways in which unknown operations may have taken effect after the same known ones: sets of
/// unknown operations with the states to which they lead, for all frames of the search.
struct VariantStack {
    /// Words of a set.
    let width: Int
    private(set) var sets: [UInt64] = []
    private(set) var states: [Int] = []
    /// The unknown operation that was put in last, or -1 for the first variant of a frame.
    private(set) var operations: [Int] = []
    /// The variant before that operation.
    private(set) var parents: [Int] = []
    /// The last operation in the order that is the source of others: a known one by number, an
    /// unknown one by the number's complement.
    private(set) var sources: [Int?] = []
    /// Whether others need not be derived from it.
    private(set) var isClosed: [Bool] = []

    init(unknownCount: Int) { width = (unknownCount + 63) >> 6 }

    var count: Int { states.count }

    func contains(_ operation: Int, in variant: Int) -> Bool {
        sets[variant * width + operation >> 6] & (1 << UInt64(operation & 63)) != 0
    }

    /// Begins a frame with the unknown operations of a variant, or with none.
    mutating func begin(from variant: Int?, state: Int, source: Int?) {
        for index in 0..<width { sets.append(variant.map { sets[$0 * width + index] } ?? 0) }
        append(state: state, operation: -1, parent: -1, source: source)
    }

    /// Puts one more unknown operation in.
    mutating func derive(from variant: Int, _ operation: Int, state: Int, source: Int?) {
        for index in 0..<width { sets.append(sets[variant * width + index]) }
        sets[count * width + operation >> 6] |= 1 << UInt64(operation & 63)
        append(state: state, operation: operation, parent: variant, source: source)
    }

    private mutating func append(state: Int, operation: Int, parent: Int, source: Int?) {
        states.append(state)
        operations.append(operation)
        parents.append(parent)
        sources.append(source)
        isClosed.append(false)
    }

    mutating func close(_ variant: Int) { isClosed[variant] = true }

    /// Whether the last variant can do nothing that one of its frame cannot.
    func lastIsCovered(since start: Int) -> Bool {
        let last = count - 1
        for other in start..<last where states[other] == states[last] {
            var isSubset = true
            for index in 0..<width
            where sets[other * width + index] & ~sets[last * width + index] != 0 {
                isSubset = false
                break
            }
            if isSubset { return true }
        }
        return false
    }

    mutating func removeLast(to count: Int) {
        let surplus = self.count - count
        sets.removeLast(surplus * width)
        states.removeLast(surplus)
        operations.removeLast(surplus)
        parents.removeLast(surplus)
        sources.removeLast(surplus)
        isClosed.removeLast(surplus)
    }
}
