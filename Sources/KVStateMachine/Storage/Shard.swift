// SPDX-License-Identifier: Apache-2.0

/// One sixteenth of the keys, with their deadlines and the sums over them.
///
/// The only owner of its entries: it alone makes and frees them.
struct Shard: ~Copyable {
    private(set) var table: KeyTable
    private(set) var deadlines = DeadlineHeap()
    /// The wrapping sum of the entries' digests.
    private(set) var digest: UInt64 = 0
    /// Bytes of keys and values.
    private(set) var payloadBytes = 0
    /// Bytes of memory of the entries.
    private(set) var entryBytes = 0

    /// Makes a shard that takes `count` keys without growing.
    init(expecting count: Int = 0) { table = KeyTable(expecting: count) }

    deinit { table.forEach { _, entry in entry.free() } }

    /// Looks a key up, for reading.
    @inline(__always)
    func entry(of key: Key, at now: Int64) -> Entry? {
        guard let entry = table.find(key)?.entry, !entry.isDue(at: now) else { return nil }
        return entry
    }

    /// Looks a key up, for a change; the position is good until then.
    mutating func find(_ key: Key) -> KeyTable.Position? {
        table.moveSome()
        return table.find(key)
    }

    /// Adds a key that does not exist.
    /// - Parameter deadline: nil for none.
    mutating func insert(_ key: Key, value: ByteView, deadline: Int64?) {
        let entry = Entry(key: key.bytes, value: value, room: value.count)
        table.insert(entry, hash: key.hash)
        if let deadline { deadlines.set(entry, to: deadline) }
        add(entry, key.hash)
    }

    /// Replaces a value, in place if it fits.
    mutating func overwrite(at position: KeyTable.Position, _ hash: KeyHash, _ value: ByteView) {
        let entry = position.entry
        subtract(entry, hash)
        if entry.takes(value.count) {
            entry.overwrite(value)
            add(entry, hash)
        } else {
            let other = Entry(key: entry.key, value: value, room: value.count)
            replace(at: position, with: other)
            add(other, hash)
        }
    }

    /// Continues a value.
    ///
    /// Room is left for as much again, up to a mebibyte, so that n appends copy O(n) bytes.
    mutating func append(at position: KeyTable.Position, _ hash: KeyHash, _ bytes: ByteView) {
        var entry = position.entry
        subtract(entry, hash)
        if !entry.append(bytes) {
            let length = entry.valueLength + bytes.count
            let other = Entry(
                key: entry.key, value: entry.value, room: length + min(length, 1 << 20))
            replace(at: position, with: other)
            precondition(other.append(bytes), "no room for \(bytes.count) bytes just made")
            entry = other
        }
        add(entry, hash)
    }

    /// Gives a key a deadline, another one, or none.
    mutating func setDeadline(of entry: Entry, _ hash: KeyHash, to deadline: Int64?) {
        digest &-= entry.stateDigest(hash)
        if let deadline {
            deadlines.set(entry, to: deadline)
        } else {
            deadlines.remove(entry)
        }
        digest &+= entry.stateDigest(hash)
    }

    /// Removes a key.
    mutating func remove(at position: KeyTable.Position, _ hash: KeyHash) {
        let entry = position.entry
        subtract(entry, hash)
        deadlines.remove(entry)
        table.remove(at: position)
        entry.free()
    }

    private mutating func replace(at position: KeyTable.Position, with other: Entry) {
        deadlines.replace(position.entry, with: other)
        table.replace(at: position, with: other)
        position.entry.free()
    }

    private mutating func add(_ entry: Entry, _ hash: KeyHash) {
        digest &+= entry.stateDigest(hash)
        payloadBytes += entry.payloadBytes
        entryBytes += entry.allocatedBytes
    }

    private mutating func subtract(_ entry: Entry, _ hash: KeyHash) {
        digest &-= entry.stateDigest(hash)
        payloadBytes -= entry.payloadBytes
        entryBytes -= entry.allocatedBytes
    }
}

extension Shard {
    /// Stops the process if anything that is kept up to date is not what counting anew gives.
    func checkInvariants(number: Int) {
        var count = 0
        var expiring = 0
        var sums = (digest: UInt64(0), payload: 0, memory: 0)
        var last: (hash: KeyHash, entry: Entry)?
        table.forEach { hash, entry in
            precondition(
                KeyHash(entry.key) == hash && hash.shard == number,
                "a key with hash \(KeyHash(entry.key)) under \(hash) in shard \(number)")
            precondition(entry.isDigestRight, "the digest of a value in shard \(number) is wrong")
            if let last {
                precondition(
                    last.hash < hash || last.hash == hash && last.entry.key < entry.key,
                    "shard \(number) is out of order at \(hash)")
            }
            let found = table.find(Key(entry.key))?.entry
            precondition(
                found.map { $0.key == entry.key } ?? false,
                "a key in shard \(number) cannot be found")
            last = (hash, entry)
            count += 1
            expiring += entry.hasDeadline ? 1 : 0
            sums.digest &+= entry.stateDigest(hash)
            sums.payload += entry.payloadBytes
            sums.memory += entry.allocatedBytes
        }
        precondition(count == table.count, "\(count) keys counted as \(table.count)")
        precondition(expiring == deadlines.count, "\(expiring) deadlines, not \(deadlines.count)")
        precondition(sums.digest == digest, "the digest of shard \(number) is wrong")
        precondition(sums.payload == payloadBytes, "payload \(sums.payload), not \(payloadBytes)")
        precondition(sums.memory == entryBytes, "memory \(sums.memory), not \(entryBytes)")
        deadlines.checkInvariants()
    }
}
