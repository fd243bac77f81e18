// SPDX-License-Identifier: Apache-2.0

/// What an operation does to one of several independent objects.
public struct OperationPart<Key: Hashable & Sendable, Input: Sendable, Output: Sendable>: Sendable {
    /// Which object.
    public let key: Key
    /// What was asked of it.
    public let input: Input
    /// What was answered about it; nil if the outcome is unknown.
    public let output: Output?

    /// Creates a part.
    public init(key: Key, input: Input, output: Output?) {
        self.key = key
        self.input = input
        self.output = output
    }
}

extension History {
    /// The history of each object by itself.
    ///
    /// Linearizability is local (Herlihy and Wing, 1990): when each operation is of one object, the
    /// whole is linearizable exactly if each object's history is; many small searches are far
    /// cheaper than one (P-compositionality: Horn and Kroening, 2015). An operation of several
    /// objects may be split too, each part with the times of the whole. Then what is checked is
    /// each object by itself: the whole's linearizability implies it, but not the other way
    /// round, since nobody checks that all parts took effect at one moment.
    /// - Parameter split: The parts of an operation; all without output if it has none.
    /// - Returns: In the order in which the objects first occur.
    /// - Complexity: O(n), expected, for n parts.
    public func parts<Key, PartInput, PartOutput>(
        _ split: (Operation<Input, Output>) -> [OperationPart<Key, PartInput, PartOutput>]
    ) -> [(key: Key, history: History<PartInput, PartOutput>)] {
        var places: [Key: Int] = [:]
        var keys: [Key] = []
        var lists: [[Operation<PartInput, PartOutput>]] = []
        for operation in operations {
            for part in split(operation) {
                let place = places[part.key, default: keys.count]
                if place == keys.count {
                    places[part.key] = place
                    keys.append(part.key)
                    lists.append([])
                }
                lists[place].append(
                    Operation(partOf: operation, input: part.input, output: part.output))
            }
        }
        return zip(keys, lists).map {
            (key: $0, history: History<PartInput, PartOutput>(parts: $1))
        }
    }
}
