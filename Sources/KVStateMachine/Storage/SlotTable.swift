// SPDX-License-Identifier: Apache-2.0

/// Open addressing in the order of the hashes.
///
/// A key's home is given by the top bits of its hash; it stands there or, by linear probing, as
/// little after it as the order allows (Amble & Knuth, "Ordered hash tables", 1974). So a search
/// for an absent key ends at the first greater hash; a removal closes the gap and leaves no
/// tombstone; the table's content alone decides its order; and growing is one sweep from left to
/// right, which can pause anywhere (``KeyTable``). A slot holds the whole hash: neither probing nor
/// moving looks at an entry that is not the one wanted.
///
/// There is no wrapping round: behind the last home is a margin for what was pushed out, widened in
/// the unlikely case that it fills up. Slots are initialised from the left as they are needed,
/// because clearing a large table at once would take milliseconds.
///
/// It owns its slots, not the entries in them.
@safe struct SlotTable: ~Copyable {
    struct Slot: BitwiseCopyable {
        var hash: KeyHash
        var entry: Entry?
    }

    /// The number of homes is two to the power of this.
    let homeBits: UInt64
    /// Slots in use.
    private(set) var count = 0

    private var slots: UnsafeMutablePointer<Slot>
    private var capacity: Int
    /// Slots that are initialised, of which the last is always empty, so that every walk ends.
    private(set) var prepared = 0

    static let smallest: UInt64 = 4
    private static let preparedAtOnce = 64

    /// Makes an empty table of which only the first slots are prepared.
    init(homeBits: UInt64) {
        precondition(
            homeBits >= Self.smallest && homeBits <= 40, "a table with 2^\(homeBits) homes")
        self.homeBits = homeBits
        capacity = 1 << Int(homeBits) + 8 + 4 * Int(homeBits)
        unsafe slots = .allocate(capacity: capacity)
        prepare(through: 0)
    }

    deinit { unsafe slots.deallocate() }

    var homeCount: Int { 1 << Int(homeBits) }

    var allocatedBytes: Int { capacity * MemoryLayout<Slot>.stride }

    @inline(__always)
    func home(of hash: KeyHash) -> Int { hash.home(bits: homeBits) }

    /// The slot at a position that is prepared.
    @inline(__always)
    subscript(position: Int) -> Slot {
        assert(position >= 0 && position < prepared, "slot \(position) of \(prepared)")
        return unsafe slots[position]
    }

    /// Where a key stands.
    /// - Complexity: O(1) expected; at most 7 of 8 homes are in use, which makes 4.5 slots.
    @inline(__always)
    func position(of key: Key) -> Int? {
        var position = home(of: key.hash)
        precondition(position < prepared, "home \(position) of \(prepared) prepared slots")
        while let entry = self[position].entry, self[position].hash <= key.hash {
            if self[position].hash == key.hash, entry.key == key.bytes { return position }
            position += 1
        }
        return nil
    }

    /// Adds an entry whose key is not in the table.
    mutating func insert(_ entry: Entry, hash: KeyHash) {
        var position = home(of: hash)
        precondition(position < prepared, "home \(position) of \(prepared) prepared slots")
        while let other = self[position].entry,
            self[position].hash < hash || (self[position].hash == hash && other.key < entry.key)
        { position += 1 }
        var gap = position
        while self[gap].entry != nil { gap += 1 }
        prepare(through: gap + 1)
        unsafe (slots + position + 1).update(from: slots + position, count: gap - position)
        unsafe slots[position] = Slot(hash: hash, entry: entry)
        count += 1
    }

    /// Takes out the entry at `position`; those that gave way to it move up.
    mutating func remove(at position: Int) {
        precondition(self[position].entry != nil, "nothing at \(position) of \(prepared)")
        var end = position + 1
        while self[end].entry != nil, home(of: self[end].hash) < end { end += 1 }
        unsafe (slots + position).update(from: slots + position + 1, count: end - position - 1)
        unsafe slots[end - 1].entry = nil
        count -= 1
    }

    /// Lets the slot at `position` name another entry with the same key.
    mutating func replace(at position: Int, with entry: Entry) {
        precondition(self[position].entry != nil, "nothing at \(position) of \(prepared)")
        unsafe slots[position].entry = entry
    }

    /// Counts one entry less: it has moved away.
    ///
    /// Its slot stays as it is, because those behind it are reached over it.
    mutating func countMovedAway() { count -= 1 }

    /// Makes the slots through `position` usable.
    mutating func prepare(through position: Int) {
        guard position >= prepared else { return }
        let wanted = position + 1 + Self.preparedAtOnce
        if position >= capacity { widen(to: 2 * wanted - homeCount) }
        let end = min(wanted, capacity)
        unsafe (slots + prepared).initialize(
            repeating: Slot(hash: KeyHash(rawValue: 0), entry: nil), count: end - prepared)
        prepared = end
    }

    /// Moves to memory with a wider margin behind the last home.
    private mutating func widen(to margin: Int) {
        let larger = homeCount + margin
        let moved = UnsafeMutablePointer<Slot>.allocate(capacity: larger)
        unsafe moved.initialize(from: slots, count: prepared)
        unsafe slots.deallocate()
        unsafe slots = moved
        capacity = larger
    }
}
