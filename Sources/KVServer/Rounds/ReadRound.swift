// SPDX-License-Identifier: Apache-2.0

public import Raft

/// Everything of one turn that is read beside the log, and has to be equally fresh.
public struct ReadRound: Sendable {
    /// By which the answer names the round (``Gateway/answerReads(_:from:at:)``).
    public let token: UInt64
    /// How fresh the state must be.
    public let consistency: ReadConsistency
    /// Whether the member's status is asked for: see ``Gateway/status``.
    public let asksForStatus: Bool
}

/// One question to the store.
struct Query {
    let waiter: Waiter
    let operation: Operation
    /// How many keys it is about.
    let keyCount: Int
    /// Where its keys start in the round's bytes.
    let offset: Int

    /// What is asked.
    enum Operation: UInt8, Sendable {
        case get, mget, exists, strlen, type, ttl, pttl, dbsize
        // About the member rather than the cluster: these hold up no write.
        case info, hash

        var isAboutMember: Bool {
            switch self {
            case .info, .hash: true
            case .get, .mget, .exists, .strlen, .type, .ttl, .pttl, .dbsize: false
            }
        }
    }
}

/// The questions of a round: the one being gathered, or one under way.
struct ReadBatch {
    var consistency = ReadConsistency.linearizable
    var queries: [Query] = []
    /// The keys of all queries, each behind its length in 32 bits.
    var keys = KeyList()
    var asksForStatus = false

    /// Makes it an empty one, and keeps the memory.
    mutating func removeAll() {
        queries.removeAll(keepingCapacity: true)
        keys.removeAll()
        asksForStatus = false
    }
}

/// Keys back to back, each behind its length.
struct KeyList {
    private(set) var bytes: [UInt8] = []

    private static let lengthBytes = 4

    /// Where the next key will start.
    var end: Int { bytes.count }

    @inline(__always)
    mutating func append(_ key: UnsafeRawBufferPointer) {
        unsafe withUnsafeBytes(of: UInt32(key.count)) { unsafe bytes.append(contentsOf: $0) }
        unsafe bytes.append(contentsOf: key)
    }

    /// Adds keys as ``copy(at:count:)`` gave them.
    mutating func append(copied keys: [UInt8]) { bytes.append(contentsOf: keys) }

    /// Calls `body` with the key at `offset`, which moves to the one behind it.
    @inline(__always)
    func withKey<Result>(
        at offset: inout Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let start = offset + Self.lengthBytes
        return unsafe bytes.withUnsafeBytes { all in
            let length = unsafe Int(all.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            offset = start + length
            return unsafe body(UnsafeRawBufferPointer(rebasing: all[start..<start + length]))
        }
    }

    /// The bytes of `count` keys from `offset` on, with their lengths.
    func copy(at offset: Int, count: Int) -> [UInt8] {
        var end = offset
        for _ in 0..<count { unsafe withKey(at: &end) { _ in } }
        return Array(bytes[offset..<end])
    }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}
