// SPDX-License-Identifier: Apache-2.0

/// Which values make a difference in a history.
///
/// Values are told apart by being seen, by being numbers, and by their lengths. One that begins no
/// value that anybody saw, whatever is appended to it, and no number, can be told from another of
/// equal length by nobody; where nobody was told a length, not even by that. All those are replaced
/// by one, which keeps the number of states small.
struct KeyValueRelevance: Sendable {
    /// The values that somebody saw, in order.
    private let seen: [[UInt8]]
    /// Whether values of different lengths are different.
    private let areLengthsTold: Bool
    /// What is in no value that anybody saw, nor in a number.
    private let filler: UInt8

    /// Finds out about a history; nil if every byte was seen.
    init?(_ operations: [Operation<KeyValueCommand, KeyValueAnswer>]) {
        var seen: [[UInt8]] = []
        var areLengthsTold = false
        for operation in operations {
            switch (operation.input, operation.output) {
            case (_, .value(let value)): seen.append(value)
            case (.append, .integer), (.length, .integer): areLengthsTold = true
            default: break
            }
        }
        let seenBytes = Set(seen.joined())
        let candidates = (UInt8.min...UInt8.max).reversed()
        guard
            let filler = candidates.first(where: { !seenBytes.contains($0) && !Self.isNumeric($0) }
            )
        else { return nil }
        self.seen = seen.sorted { $0.lexicographicallyPrecedes($1) }
        self.areLengthsTold = areLengthsTold
        self.filler = filler
    }

    /// A value that stands for all those from which this one cannot be told.
    func simplified(_ value: [UInt8]) -> [UInt8] {
        value.allSatisfy(Self.isNumeric) || beginsSeen(value) ? value : unseen(value.count)
    }

    /// The same for bytes that are appended to a value.
    func simplified(part bytes: [UInt8]) -> [UInt8] {
        if bytes.allSatisfy(Self.isNumeric) { return bytes }
        let isSeen = seen.contains { value in
            value.indices.contains { value[$0...].starts(with: bytes) }
        }
        return isSeen ? bytes : unseen(bytes.count)
    }

    private func unseen(_ count: Int) -> [UInt8] {
        Array(repeating: filler, count: areLengthsTold ? count : 1)
    }

    /// Whether some value that was seen begins with this one: the first that does not precede it
    /// does, or none.
    private func beginsSeen(_ value: [UInt8]) -> Bool {
        var range = seen.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if seen[middle].lexicographicallyPrecedes(value) {
                range = (middle + 1)..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound < seen.count && seen[range.lowerBound].starts(with: value)
    }

    /// Whether a byte may stand in a number.
    private static func isNumeric(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
