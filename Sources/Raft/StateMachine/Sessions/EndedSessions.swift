// SPDX-License-Identifier: Apache-2.0

/// How far sessions had come when they ended: enough to tell a command that was never carried out from one
/// that may have been, for as many of the latest ends as there is room for.
struct EndedSessions: Sendable {
    /// In the order they ended.
    private var ids = Queue<SessionID>()
    /// Looked up only.
    private var highest: [SessionID: UInt64] = [:]
    /// The sum of what ``SessionDigest`` makes of each.
    private(set) var digest: UInt64 = 0

    /// The highest sequence of the session that was carried out; nil if that is not remembered.
    func highest(of session: SessionID) -> UInt64? { highest[session] }

    /// Remembers one more.
    mutating func append(_ session: SessionID, highest sequence: UInt64, keeping limit: Int) {
        ids.append(session)
        highest[session] = sequence
        digest &+= SessionDigest(session.rawValue, sequence).value
        while ids.count > limit, let oldest = ids.popFirst() {
            guard let forgotten = highest.removeValue(forKey: oldest) else { continue }
            digest &-= SessionDigest(oldest.rawValue, forgotten).value
        }
    }

    /// All of them, in the order they ended.
    var all: [(session: SessionID, highest: UInt64)] {
        ids.elements.map { ($0, highest[$0] ?? 0) }
    }
}

/// A hash of a few numbers in order; sums of such hashes tell sets apart.
struct SessionDigest {
    private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    init(_ numbers: UInt64...) {
        for number in numbers { add(number) }
    }

    /// Adds bytes, eight at a time, and how many they were.
    init(_ bytes: UnsafeRawBufferPointer) {
        add(UInt64(bytes.count))
        var at = 0
        while at + 8 <= bytes.count {
            add(
                unsafe UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at += 8
        }
        var rest: UInt64 = 0
        while at < bytes.count {
            rest = unsafe rest << 8 | UInt64(bytes[at])
            at += 1
        }
        add(rest)
    }

    mutating func add(_ number: UInt64) {
        var mixed = (value ^ number) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ (mixed >> 32)) &* 0xC4CE_B9FE_1A85_EC53
        value = mixed ^ (mixed >> 29)
    }
}

extension SessionTable.Session {
    /// Bytes it counts for besides its replies.
    static let overhead = 128

    /// The reply to a command, if that was carried out and is not acknowledged.
    func reply(to sequence: UInt64) -> SessionTable.Reply? {
        // Nearly always it is a first use, and the next one.
        guard let last = replies.last, sequence <= last.sequence else { return nil }
        var low = 0
        var high = replies.count
        while low < high {
            let middle = (low + high) / 2
            if replies[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return replies[low].sequence == sequence ? replies[low] : nil
    }

    var digest: UInt64 {
        SessionDigest(
            id.rawValue, UInt64(bitPattern: lifetime), UInt64(bitPattern: lastUse.milliseconds),
            acknowledgedThrough, highest
        ).value
    }
}

extension SessionTable.Reply {
    /// Bytes it counts for.
    var byteCount: Int { 48 + (bytes?.count ?? 0) }

    func digest(of session: SessionID) -> UInt64 {
        let checksum = bytes.map { CRC32C.checksum($0, in: 0..<$0.count) } ?? 0
        return SessionDigest(
            session.rawValue, sequence, index.rawValue, UInt64(checksum),
            bytes.map { UInt64($0.count) } ?? .max
        ).value
    }
}
