// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Raft

/// A store that is fed as a member feeds it: every command is encoded, decoded and applied in an
/// entry of its own, at a time that the test sets.
final class StoreBench {
    var store: KVStore
    /// The time of the next entry.
    var now: Int64 = 1_000_000
    private var index: UInt64 = 0

    init() { store = KVStore() }

    init(restoring bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        store = try KVStore(restoring: &reader, KVStore.Options())
        try reader.finish()
        now = store.clusterTime.milliseconds
    }

    /// What a member does with an entry that holds nothing but its time.
    func tick() { store.advance(to: ClusterTime(milliseconds: now)) }

    func pass(_ milliseconds: Int64) {
        now += milliseconds
        tick()
    }

    func apply(_ command: KVCommand) -> KVReply {
        index += 1
        tick()
        let context = ApplyContext(
            index: LogIndex(index), term: Term(1), now: ClusterTime(milliseconds: now))
        return store.apply(command, context)
    }

    @discardableResult
    func run(_ write: KVCommand.Write) throws -> KVReply { apply(try KVCommand(.write(write))) }

    /// Asks twice, beside the log and through it: the answers must be the same.
    func ask(_ query: KVCommand.Query) throws -> KVReply {
        let command = try KVCommand(.query(query))
        let direct = store.answer(command)
        let logged = apply(command)
        return direct == logged ? direct : .array([direct, logged])
    }

    var captured: [UInt8] {
        var writer = ByteWriter()
        KVStore.write(store.capture(), to: &writer)
        return writer.bytes
    }

    /// The keys that are stored, due or not, in the order of a capture.
    func storedKeys() throws -> [[UInt8]] {
        var reader = ByteReader(captured)
        _ = try reader.skip(9)
        let count = try reader.read(UInt64.self)
        var keys: [[UInt8]] = []
        for _ in 0..<count {
            _ = try Int64?(from: &reader)
            keys.append(try reader.readCounted())
            _ = try reader.readCountedRange()
        }
        return keys
    }
}

extension StoreBench {
    @discardableResult
    func set(_ key: String, _ value: String, _ options: SetOptions = SetOptions()) throws -> KVReply
    {
        try run(.set(key.bytes, value.bytes, options))
    }

    func get(_ key: String) throws -> KVReply { try ask(.get(key.bytes)) }
    func ttl(_ key: String) throws -> KVReply { try ask(.ttl(key.bytes)) }
    func pttl(_ key: String) throws -> KVReply { try ask(.pttl(key.bytes)) }
    func exists(_ keys: String...) throws -> KVReply { try ask(.exists(keys.map(\.bytes))) }
    func size() throws -> KVReply { try ask(.dbSize) }

    @discardableResult
    func expire(_ key: String, _ deadline: KVDeadline) throws -> KVReply {
        try run(.expire(key.bytes, deadline))
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

extension KVReply {
    static func text(_ text: String) -> KVReply { .bytes(text.bytes) }
}

extension SetOptions {
    static let ifAbsent = SetOptions(condition: .ifAbsent)
    static let ifPresent = SetOptions(condition: .ifPresent)
    static let returningOld = SetOptions(returnsOldValue: true)
    static let keepingDeadline = SetOptions(expiry: .keep)

    static func after(_ milliseconds: Int64) -> SetOptions {
        SetOptions(expiry: .deadline(.after(milliseconds: milliseconds)))
    }

    static func at(_ milliseconds: Int64) -> SetOptions {
        SetOptions(expiry: .deadline(.at(milliseconds: milliseconds)))
    }
}
