// SPDX-License-Identifier: Apache-2.0

/// Who comes before whom in the sequences of a history (see ``Operation/sequence``).
struct Sequences {
    /// For each known operation, the known one before it, or -1.
    let previous: [Int]
    /// For each unknown operation, the last known one before it, or -1.
    let previousOfUnknown: [Int]
    /// For each unknown operation, the first known one after it that may change the state, or -1: once
    /// that has taken effect, the unknown one never will.
    let following: [Int]
    /// For each unknown operation, the unknown ones after it and before that known one.
    let laterUnknown: [[Int]]

    /// Sorts out operations in the order of their calls.
    /// - Parameter isRead: Which of the known ones never change the state.
    init<Input, Output>(
        _ known: [Operation<Input, Output>], _ unknown: [Operation<Input, Output>],
        isRead: [Bool]
    ) {
        var lastKnown: [Int: Int] = [:]
        var openUnknown: [Int: [Int]] = [:]
        var previous = Array(repeating: -1, count: known.count)
        var previousOfUnknown = Array(repeating: -1, count: unknown.count)
        var following = previousOfUnknown
        var laterUnknown = Array(repeating: [Int](), count: unknown.count)
        var next = 0
        for index in 0...known.count {
            let position = index < known.count ? known[index].callPosition : .max
            while next < unknown.count, unknown[next].callPosition < position {
                if let sequence = unknown[next].sequence {
                    previousOfUnknown[next] = lastKnown[sequence] ?? -1
                    for open in openUnknown[sequence] ?? [] { laterUnknown[open].append(next) }
                    openUnknown[sequence, default: []].append(next)
                }
                next += 1
            }
            guard index < known.count, let sequence = known[index].sequence else { continue }
            previous[index] = lastKnown[sequence] ?? -1
            lastKnown[sequence] = index
            guard !isRead[index] else { continue }
            for open in openUnknown.removeValue(forKey: sequence) ?? [] { following[open] = index }
        }
        self.previous = previous
        self.previousOfUnknown = previousOfUnknown
        self.following = following
        self.laterUnknown = laterUnknown
    }
}
