// SPDX-License-Identifier: Apache-2.0

public import Raft

/// Writes commands straight from the buffers that their arguments arrived in.
///
/// ```swift
/// let encoder = KVCommandEncoder(options)
/// try encoder.set(key, value, to: &writer)
/// ```
///
/// This is the door: limits and times are checked here, so that a command in the log can always be
/// decoded. A command that is refused leaves the writer as it was.
public struct KVCommandEncoder: Sendable {
    /// What is refused.
    public let options: KVStore.Options

    /// Creates an encoder that refuses what goes beyond `options`.
    public init(_ options: KVStore.Options = KVStore.Options()) { self.options = options }

    /// GET: the value of a key.
    public func get(
        _ key: UnsafeRawBufferPointer, to writer: inout ByteWriter
    ) throws(KVError) { try unsafe single(.get, key, &writer) }

    /// STRLEN: the length of a value.
    public func strlen(
        _ key: UnsafeRawBufferPointer, to writer: inout ByteWriter
    ) throws(KVError) { try unsafe single(.strlen, key, &writer) }

    /// TTL: how long a key will live, in seconds.
    public func ttl(
        _ key: UnsafeRawBufferPointer, to writer: inout ByteWriter
    ) throws(KVError) { try unsafe single(.ttl, key, &writer) }

    /// PTTL: how long a key will live, in milliseconds.
    public func pttl(
        _ key: UnsafeRawBufferPointer, to writer: inout ByteWriter
    ) throws(KVError) { try unsafe single(.pttl, key, &writer) }

    /// TYPE: what kind of value a key has.
    public func type(
        _ key: UnsafeRawBufferPointer, to writer: inout ByteWriter
    ) throws(KVError) { try unsafe single(.type, key, &writer) }

    /// PERSIST: takes a key's deadline away.
    public func persist(
        _ key: UnsafeRawBufferPointer, to writer: inout ByteWriter
    ) throws(KVError) { try unsafe single(.persist, key, &writer) }

    /// MGET: the values of keys.
    /// - Parameters:
    ///   - count: How many keys, 1 or more.
    ///   - key: Gives the key at an index below `count`.
    public func mget(
        count: Int, to writer: inout ByteWriter, key: (Int) -> UnsafeRawBufferPointer
    ) throws(KVError) { try unsafe list(.mget, count, &writer, key) }

    /// EXISTS: how many of some keys exist, counting repetitions.
    /// - Parameters:
    ///   - count: How many keys, 1 or more.
    ///   - key: Gives the key at an index below `count`.
    public func exists(
        count: Int, to writer: inout ByteWriter, key: (Int) -> UnsafeRawBufferPointer
    ) throws(KVError) { try unsafe list(.exists, count, &writer, key) }

    /// DEL: removes keys.
    /// - Parameters:
    ///   - count: How many keys, 1 or more.
    ///   - key: Gives the key at an index below `count`.
    public func del(
        count: Int, to writer: inout ByteWriter, key: (Int) -> UnsafeRawBufferPointer
    ) throws(KVError) { try unsafe list(.del, count, &writer, key) }

    /// DBSIZE: how many keys there are.
    public func dbSize(to writer: inout ByteWriter) {
        writer.write(KVCommand.Kind.dbSize.rawValue)
    }

    /// FLUSHALL: removes all keys.
    public func flushAll(to writer: inout ByteWriter) {
        writer.write(KVCommand.Kind.flushAll.rawValue)
    }

    private func single(
        _ kind: KVCommand.Kind, _ key: UnsafeRawBufferPointer, _ writer: inout ByteWriter
    ) throws(KVError) {
        try unsafe check(key: key)
        try check(commandBytes: 5 + key.count)
        writer.write(kind.rawValue)
        unsafe writer.write(counted: key)
    }

    private func list(
        _ kind: KVCommand.Kind, _ count: Int, _ writer: inout ByteWriter,
        _ key: (Int) -> UnsafeRawBufferPointer
    ) throws(KVError) {
        try all(kind, count, &writer) { index, writer throws(KVError) in
            let key = unsafe key(index)
            try unsafe check(key: key)
            unsafe writer.write(counted: key)
        }
    }
}

// MARK: - Parts

extension KVCommandEncoder {
    /// Writes a kind, a count, and what `one` writes for each; takes it all back if that fails.
    func all(
        _ kind: KVCommand.Kind, _ count: Int, _ writer: inout ByteWriter,
        _ one: (Int, inout ByteWriter) throws(KVError) -> Void
    ) throws(KVError) {
        precondition(count > 0 && count <= Int(UInt32.max), "a command for \(count) keys")
        let start = writer.bytes.count
        do throws(KVError) {
            writer.write(kind.rawValue)
            writer.write(UInt32(count))
            for index in 0..<count {
                try one(index, &writer)
                try check(commandBytes: writer.bytes.count - start)
            }
        } catch {
            writer.bytes.removeLast(writer.bytes.count - start)
            throw error
        }
    }

    func check(key: UnsafeRawBufferPointer) throws(KVError) {
        guard key.count <= options.maximumKeyBytes else {
            throw .keyTooLarge(limit: options.maximumKeyBytes)
        }
    }

    func check(value: UnsafeRawBufferPointer) throws(KVError) {
        guard value.count <= options.maximumValueBytes else {
            throw .valueTooLarge(limit: options.maximumValueBytes)
        }
    }

    func check(commandBytes: Int) throws(KVError) {
        guard commandBytes <= options.maximumCommandBytes else {
            throw .commandTooLarge(limit: options.maximumCommandBytes)
        }
    }
}
