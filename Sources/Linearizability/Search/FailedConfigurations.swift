// SPDX-License-Identifier: Apache-2.0

/// The configurations from which the search has found no way on: a hash table with open addressing
/// over one array.
///
/// A configuration is the set of known operations in the order so far, the set of unknown ones, and
/// the state. If it fails, each with the same known operations and state and *more* unknown ones
/// fails as well, since it can do less.
struct FailedConfigurations {
    /// Where a set of known operations is in memory: all numbers before the first word are in it,
    /// none behind the last.
    struct Known {
        let words: Range<Int>
        let hash: UInt64
    }

    /// For each entry: hash; state and first word; words of known; words of unknown operations.
    private var entries: [UInt64] = []
    /// Where an entry begins, plus one; 0 is free.
    private var slots: [Int] = []
    private var count = 0
    private let unknownWords: Int

    init(unknownWords: Int) { self.unknownWords = unknownWords }

    /// Whether a configuration is known to fail.
    /// - Parameters:
    ///   - unknown: Holds the set of unknown operations from `offset` on.
    func covers(
        _ known: Known, in bits: borrowing BitSet, unknown: [UInt64], offset: Int, state: Int
    ) -> Bool {
        guard count > 0 else { return false }
        let hash = Self.hash(known, state)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = slots[slot] - 1
            if entries[entry] == hash, entries[entry + 1] == Self.header(known, state),
                isEqual(entry + 2, known, bits),
                isSubset(entry + 2 + known.words.count, unknown, offset)
            {
                return true
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return false
    }

    /// Enters a configuration that fails.
    mutating func insert(
        _ known: Known, in bits: borrowing BitSet, unknown: [UInt64], offset: Int, state: Int
    ) {
        if (count + 1) * 2 > slots.count { grow() }
        let entry = entries.count
        let hash = Self.hash(known, state)
        entries.append(hash)
        entries.append(Self.header(known, state))
        for index in known.words { entries.append(bits.words[index]) }
        for index in 0..<unknownWords { entries.append(unknown[offset + index]) }
        place(entry, hash)
        count += 1
    }

    private mutating func place(_ entry: Int, _ hash: UInt64) {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = entry + 1
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: max(64, old.count * 2))
        for slot in old where slot != 0 { place(slot - 1, entries[slot - 1]) }
    }

    private func isEqual(_ entry: Int, _ known: Known, _ bits: borrowing BitSet) -> Bool {
        var place = entry
        for index in known.words {
            if entries[place] != bits.words[index] { return false }
            place += 1
        }
        return true
    }

    private func isSubset(_ entry: Int, _ unknown: [UInt64], _ offset: Int) -> Bool {
        for index in 0..<unknownWords where entries[entry + index] & ~unknown[offset + index] != 0 {
            return false
        }
        return true
    }

    private static func hash(_ known: Known, _ state: Int) -> UInt64 {
        known.hash ^ BitSet.mix(~state)
    }

    /// State, first word and number of words, within the limits of `Calls`.
    private static func header(_ known: Known, _ state: Int) -> UInt64 {
        UInt64(state) << 32 | UInt64(known.words.lowerBound) << 16 | UInt64(known.words.count)
    }
}
