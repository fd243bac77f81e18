// SPDX-License-Identifier: Apache-2.0

public import Raft

extension KVCommandEncoder {
    /// SET, SETNX, SETEX, PSETEX and GETSET: gives a key a value.
    /// - Throws: ``KVError/invalidExpire(_:)`` for a time that is not positive; or something is too
    ///   large.
    public func set(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer,
        _ set: SetOptions = SetOptions(), to writer: inout ByteWriter
    ) throws(KVError) {
        if case .deadline(let deadline) = set.expiry, deadline.milliseconds <= 0 {
            throw .invalidExpire(set.name)
        }
        try unsafe check(key: key)
        try unsafe check(value: value)
        try check(commandBytes: 19 + key.count + value.count)
        writer.write(KVCommand.Kind.set.rawValue)
        write(set, &writer)
        unsafe writer.write(counted: key)
        unsafe writer.write(counted: value)
    }

    /// INCR, DECR, INCRBY and DECRBY: adds to a number.
    public func incrBy(
        _ key: UnsafeRawBufferPointer, _ increment: Int64, to writer: inout ByteWriter
    ) throws(KVError) {
        try unsafe check(key: key)
        try check(commandBytes: 13 + key.count)
        writer.write(KVCommand.Kind.incrBy.rawValue)
        writer.write(increment)
        unsafe writer.write(counted: key)
    }

    /// APPEND: continues a value.
    /// - Parameter limit: The most bytes it may have then; by default (and at most)
    ///   ``KVStore/Options/maximumValueBytes``.
    public func append(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, limit: Int = .max,
        to writer: inout ByteWriter
    ) throws(KVError) {
        precondition(limit >= 0, "a limit of \(limit) bytes")
        try unsafe check(key: key)
        try unsafe check(value: value)
        try check(commandBytes: 13 + key.count + value.count)
        writer.write(KVCommand.Kind.append.rawValue)
        writer.write(UInt32(min(limit, options.maximumValueBytes)))
        unsafe writer.write(counted: key)
        unsafe writer.write(counted: value)
    }

    /// MSET: gives several keys a value each, at once.
    /// - Parameters:
    ///   - count: How many pairs, 1 or more.
    ///   - pair: Gives the pair at an index below `count`.
    public func mset(
        count: Int, to writer: inout ByteWriter,
        pair: (Int) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
    ) throws(KVError) {
        try all(.mset, count, &writer) { index, writer throws(KVError) in
            let (key, value) = unsafe pair(index)
            try unsafe check(key: key)
            try unsafe check(value: value)
            try check(commandBytes: key.count + value.count)
            unsafe writer.write(counted: key)
            unsafe writer.write(counted: value)
        }
    }

    /// EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT: gives a key a deadline.
    ///
    /// A deadline that has passed removes the key.
    public func expire(
        _ key: UnsafeRawBufferPointer, _ deadline: KVDeadline, name: KVExpiryCommand,
        to writer: inout ByteWriter
    ) throws(KVError) {
        try unsafe check(key: key)
        try check(commandBytes: 15 + key.count)
        writer.write(KVCommand.Kind.expire.rawValue)
        write(SetOptions(expiry: .deadline(deadline), name: name), &writer)
        unsafe writer.write(counted: key)
    }

    private func write(_ set: SetOptions, _ writer: inout ByteWriter) {
        let flags = set.condition.rawValue | (set.returnsOldValue ? 4 : 0)
        switch set.expiry {
        case .none: writer.write(flags)
        case .keep: writer.write(flags | 1 << 3)
        case .deadline(let deadline):
            switch deadline {
            case .after: writer.write(flags | 2 << 3)
            case .at: writer.write(flags | 3 << 3)
            }
            writer.write(set.name.rawValue)
            writer.write(deadline.milliseconds)
        }
    }
}
