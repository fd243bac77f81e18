// SPDX-License-Identifier: Apache-2.0

/// The entries of one shard by key, in a table that grows and shrinks a little with every change.
///
/// While it does there are two tables. Hash order makes that simple: what has moved is everything
/// up to some home of the old table, so one comparison says in which table a key belongs. Moved
/// slots stay in the old table as they were; a search there, for a greater hash, walks over them.
struct KeyTable: ~Copyable {
    private var current: SlotTable
    private var previous: SlotTable?
    private var previousBits = SlotTable.smallest
    /// Keys whose home in `previous` is below this have moved; `Int.max` when nothing is moving.
    private var movedHomes = Int.max
    /// The first slot of `previous` that has not been looked at.
    private var cursor = 0

    /// Homes of the old table that move with each change.
    ///
    /// A table that has just begun to move has
    /// room for several times the changes that this takes.
    private static let homesPerStep = 16

    /// Names an entry's slot until the next change.
    struct Position {
        let entry: Entry
        fileprivate let hash: KeyHash
        fileprivate let slot: Int
    }

    /// Makes a table that takes `count` entries without growing.
    init(expecting count: Int = 0) {
        var bits = SlotTable.smallest
        while Self.limit(homes: 1 << Int(bits)) < count { bits += 1 }
        current = SlotTable(homeBits: bits)
        current.prepare(through: current.homeCount)
    }

    /// The number of entries.
    var count: Int {
        guard isMoving else { return current.count }
        return withPrevious { $0.count } + current.count
    }

    /// Bytes of memory of the slots.
    var allocatedBytes: Int {
        guard isMoving else { return current.allocatedBytes }
        return withPrevious { $0.allocatedBytes } + current.allocatedBytes
    }

    /// Whether there are two tables at the moment.
    var isMoving: Bool { movedHomes != .max }

    /// Finds a key.
    /// - Complexity: O(1) expected.
    @inline(__always)
    func find(_ key: Key) -> Position? {
        if belongsInPrevious(key.hash) {
            return withPrevious { table in Self.find(key, in: table) }
        }
        return Self.find(key, in: current)
    }

    @inline(__always)
    private static func find(_ key: Key, in table: borrowing SlotTable) -> Position? {
        guard let slot = table.position(of: key), let entry = table[slot].entry else { return nil }
        return Position(entry: entry, hash: key.hash, slot: slot)
    }

    /// Adds an entry whose key is not in the table.
    /// - Complexity: O(1) expected, also when the table grows.
    mutating func insert(_ entry: Entry, hash: KeyHash) {
        if belongsInPrevious(hash) {
            previous?.insert(entry, hash: hash)
        } else {
            current.insert(entry, hash: hash)
        }
        if count > Self.limit(homes: current.homeCount) { startMoving(to: current.homeBits + 1) }
    }

    /// Takes an entry out.
    /// - Complexity: O(1) expected, also when the table shrinks.
    mutating func remove(at position: Position) {
        if belongsInPrevious(position.hash) {
            previous?.remove(at: position.slot)
        } else {
            current.remove(at: position.slot)
        }
        if count < current.homeCount / 8, current.homeBits > SlotTable.smallest {
            startMoving(to: current.homeBits - 1)
        }
    }

    /// Puts another entry with the same key in an entry's place.
    mutating func replace(at position: Position, with entry: Entry) {
        if belongsInPrevious(position.hash) {
            previous?.replace(at: position.slot, with: entry)
        } else {
            current.replace(at: position.slot, with: entry)
        }
    }

    /// Visits all entries in the order of (hash, key).
    func forEach(_ body: (KeyHash, Entry) -> Void) {
        for slot in 0..<current.prepared {
            if let entry = current[slot].entry { body(current[slot].hash, entry) }
        }
        guard isMoving else { return }
        withPrevious { table in
            for slot in cursor..<table.prepared {
                if let entry = table[slot].entry { body(table[slot].hash, entry) }
            }
        }
    }

    /// The most entries for a number of homes: seven eighths.
    private static func limit(homes: Int) -> Int { homes - homes / 8 }

    @inline(__always)
    private func belongsInPrevious(_ hash: KeyHash) -> Bool {
        isMoving && hash.home(bits: previousBits) >= movedHomes
    }

    @inline(never)
    private func withPrevious<Result>(_ body: (borrowing SlotTable) -> Result) -> Result {
        switch previous {
        case .some(let table): body(table)
        case .none: preconditionFailure("moved \(movedHomes) homes of no table")
        }
    }
}

// MARK: - Moving

extension KeyTable {
    private mutating func startMoving(to bits: UInt64) {
        // Cannot happen at the rate at which homes move; were it to, it would cost time only.
        while isMoving { moveSome() }
        var table = SlotTable(homeBits: bits)
        swap(&table, &current)
        previousBits = table.homeBits
        previous = consume table
        movedHomes = 0
        cursor = 0
        moveSome()
    }

    /// Moves a few entries if the table is growing or shrinking; to be called before every change.
    ///
    /// It ends all ``Position``s.
    @inline(__always)
    mutating func moveSome() {
        if isMoving { moveOneStep() }
    }

    @inline(never)
    private mutating func moveOneStep() {
        let homes = 1 << Int(previousBits)
        let target = min(movedHomes + Self.homesPerStep, homes)
        current.prepare(
            through: (target << Int(current.homeBits)) >> Int(previousBits))
        while let slot = nextToMove(below: target) {
            if let entry = slot.entry {
                current.insert(entry, hash: slot.hash)
                previous?.countMovedAway()
            }
            cursor += 1
        }
        movedHomes = target
        if target == homes {
            assert(withPrevious { $0.count } == 0, "entries left behind")
            previous = nil
            movedHomes = .max
        }
    }

    /// The slot at the cursor, unless it and all after it belong to homes from `target` on.
    private func nextToMove(below target: Int) -> SlotTable.Slot? {
        withPrevious { table in
            guard cursor < table.prepared else { return nil }
            let slot = table[cursor]
            if slot.entry == nil { return cursor < target ? slot : nil }
            return table.home(of: slot.hash) < target ? slot : nil
        }
    }
}
