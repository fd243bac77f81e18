// SPDX-License-Identifier: Apache-2.0

/// A key and its value in one piece of memory: a header of 32 bytes, the key, the value, some room.
///
/// A handle, not the memory itself: copies name the same entry. Whoever takes an entry out of its
/// table frees it, once; nobody may use a handle afterwards. Only ``Shard`` makes and frees
/// entries.
@safe struct Entry {
    private struct Header: BitwiseCopyable {
        var digest: ValueDigest
        var deadline: Int64
        var valueLength: UInt32
        var valueCapacity: UInt32
        var heapPosition: UInt32
        var keyLength: UInt32
    }

    private let header: UnsafeMutablePointer<Header>

    private static let headerBytes = MemoryLayout<Header>.stride
    private static let noPosition = UInt32.max

    /// Room that is left as it is when a value shrinks, before the entry is made anew.
    private static let tolerableWaste = 256

    /// Makes an entry without a deadline.
    /// - Parameter room: Bytes the value can grow to without moving; at least the value's count.
    init(key: ByteView, value: ByteView, room: Int) {
        precondition(room >= value.count, "room of \(room) bytes for \(value.count)")
        // A block of the usual allocators has 16 n + 8 usable bytes; the rest would be lost.
        let bytes = (Self.headerBytes + key.count + room + 7) & ~15 + 8
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
        unsafe header = memory.bindMemory(to: Header.self, capacity: 1)
        unsafe header.initialize(
            to: Header(
                digest: ValueDigest(value), deadline: .max,
                valueLength: UInt32(value.count),
                valueCapacity: UInt32(bytes - Self.headerBytes - key.count),
                heapPosition: Self.noPosition, keyLength: UInt32(key.count)))
        unsafe keyStart.copyMemory(from: key)
        unsafe valueStart.copyMemory(from: value)
    }

    /// Gives the memory back.
    func free() { unsafe UnsafeMutableRawPointer(header).deallocate() }

    var key: ByteView {
        unsafe ByteView(UnsafeRawPointer(keyStart), count: Int(header.pointee.keyLength))
    }

    var value: ByteView {
        unsafe ByteView(UnsafeRawPointer(valueStart), count: valueLength)
    }

    var valueLength: Int { unsafe Int(header.pointee.valueLength) }

    private var valueCapacity: Int { unsafe Int(header.pointee.valueCapacity) }

    /// Bytes of key and value.
    var payloadBytes: Int { unsafe Int(header.pointee.keyLength) + valueLength }

    /// Bytes of memory, as asked of the allocator.
    var allocatedBytes: Int {
        unsafe Self.headerBytes + Int(header.pointee.keyLength) + valueCapacity
    }

    /// When the key ceases to exist; `Int64.max` also stands for never (see ``hasDeadline``).
    var deadline: Int64 {
        get { unsafe header.pointee.deadline }
        nonmutating set { unsafe header.pointee.deadline = newValue }
    }

    /// Where the entry stands in the heap of deadlines; nil without a deadline.
    var heapPosition: Int? {
        get {
            let position = unsafe header.pointee.heapPosition
            return position == Self.noPosition ? nil : Int(position)
        }
        nonmutating set {
            precondition((newValue ?? 0) < Int(Self.noPosition), "2^32 keys with a deadline")
            unsafe header.pointee.heapPosition = newValue.map { UInt32($0) } ?? Self.noPosition
        }
    }

    var hasDeadline: Bool { unsafe header.pointee.heapPosition != Self.noPosition }

    /// Whether the key no longer exists at `now`, purged or not.
    @inline(__always)
    func isDue(at now: Int64) -> Bool { deadline <= now && hasDeadline }

    /// What this entry adds to the hash of the state: a mix of key, value and deadline.
    ///
    /// The key is represented by its 64-bit hash, the value by its digest and its length.
    func stateDigest(_ hash: KeyHash) -> UInt64 {
        let expiry = hasDeadline ? UInt64(bitPattern: deadline) : 0
        let shape = UInt64(valueLength) << 1 | (hasDeadline ? 1 : 0)
        let content = unsafe ValueDigest.folded(
            hash.rawValue ^ 0x8EBC_6AF0_9C88_C6E3,
            header.pointee.digest.rawValue ^ 0x5899_65CC_7537_4CC3)
        return ValueDigest.folded(
            content ^ expiry &* 0x1D8E_4E27_C47D_124F, shape ^ 0xEB44_ACCA_B455_D165)
    }

    /// Whether a value of `length` bytes can replace this one without a new piece of memory.
    func takes(_ length: Int) -> Bool {
        length <= valueCapacity && valueCapacity <= 2 * length + Self.tolerableWaste
    }

    /// Replaces the value; the entry must take it (see ``takes(_:)``).
    func overwrite(_ value: ByteView) {
        precondition(value.count <= valueCapacity, "\(value.count) bytes into \(valueCapacity)")
        unsafe valueStart.copyMemory(from: value)
        unsafe header.pointee.valueLength = UInt32(value.count)
        unsafe header.pointee.digest = ValueDigest(value)
    }

    /// Continues the value, if there is room.
    func append(_ bytes: ByteView) -> Bool {
        let length = valueLength
        guard bytes.count <= valueCapacity - length else { return false }
        unsafe header.pointee.digest.reopen(value)
        unsafe (valueStart + length).copyMemory(from: bytes)
        unsafe header.pointee.valueLength = UInt32(length + bytes.count)
        unsafe header.pointee.digest.add(value, from: length)
        return true
    }

    /// Whether the digest is that of the value.
    var isDigestRight: Bool { unsafe header.pointee.digest == ValueDigest(value) }

    @unsafe private var keyStart: UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(header) + Self.headerBytes
    }

    @unsafe private var valueStart: UnsafeMutableRawPointer {
        unsafe keyStart + Int(header.pointee.keyLength)
    }
}

extension UnsafeMutableRawPointer {
    @unsafe fileprivate func copyMemory(from view: ByteView) {
        guard let source = unsafe view.buffer.baseAddress else { return }
        unsafe copyMemory(from: source, byteCount: view.count)
    }
}
