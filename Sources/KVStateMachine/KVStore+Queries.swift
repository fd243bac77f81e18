// SPDX-License-Identifier: Apache-2.0

/// Reading, as of ``clusterTime``; nothing here changes anything.
extension KVStore {
    /// Answers a command that is a query (see ``KVCommand/Kind/isQuery``), without the log.
    ///
    /// When that is right is the caller's matter: see the consistency levels of reads.
    public borrowing func answer(_ query: borrowing KVCommand) -> KVReply {
        precondition(query.kind.isQuery, "\(query.kind) is not a query")
        let layout = query.layout
        let kind = query.kind
        return query.withView { view in answer(kind, layout, view) }
    }

    /// Calls `body` with the value of a key, where it lies; nil if there is no such key.
    ///
    /// The way of GET: nothing is copied. The bytes must not leave the closure.
    @inlinable
    public borrowing func withValue<Result: ~Copyable, Failure: Error>(
        of key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(value(of: key))
    }

    /// How long a key will live.
    public borrowing func timeToLive(of key: UnsafeRawBufferPointer) -> KVTimeToLive {
        guard let entry = entry(of: unsafe Key(ByteView(key))) else { return .noKey }
        guard entry.hasDeadline else { return .forever }
        return .milliseconds(entry.deadline - now)
    }

    /// How many keys there are; those that are due but not purged yet do not count.
    /// - Complexity: O(1), and O(n) while n keys are due: they are counted in the heaps.
    public var count: Int {
        var count = 0
        for shard in shards.indices {
            count += shards[shard].table.count - shards[shard].deadlines.count(dueAt: now)
        }
        return count
    }

    @usableFromInline
    borrowing func value(of key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let entry = entry(of: unsafe Key(ByteView(key))) else { return nil }
        return unsafe entry.value.buffer
    }

    func answer(
        _ kind: KVCommand.Kind, _ layout: KVCommand.Layout, _ view: ByteView
    ) -> KVReply {
        switch kind {
        case .get: return Self.reply(entry(of: Key(view[layout.key])))
        case .mget: return values(of: ArgumentList(view[layout.key]), Int(layout.count))
        case .exists: return countExisting(ArgumentList(view[layout.key]))
        case .strlen:
            return .integer(Int64(entry(of: Key(view[layout.key]))?.valueLength ?? 0))
        case .ttl: return .integer(unsafe timeToLive(of: view[layout.key].buffer).inSeconds)
        case .pttl: return .integer(unsafe timeToLive(of: view[layout.key].buffer).inMilliseconds)
        case .dbSize: return .integer(Int64(count))
        case .type: return .type(entry(of: Key(view[layout.key])) == nil ? .none : .string)
        case .set, .del, .incrBy, .append, .mset, .expire, .persist, .flushAll:
            preconditionFailure("\(kind) is not a query")
        }
    }

    static func reply(_ entry: Entry?) -> KVReply {
        guard let entry else { return .null }
        return unsafe .bytes(Array(entry.value.buffer))
    }

    private func values(of keys: ArgumentList, _ count: Int) -> KVReply {
        var keys = keys
        var replies: [KVReply] = []
        replies.reserveCapacity(count)
        var bytes = 0
        while let key = keys.next() {
            let found = entry(of: Key(key))
            bytes += found?.valueLength ?? 0
            guard bytes <= Self.maximumReplyBytes else {
                return .error(.replyTooLarge(limit: Self.maximumReplyBytes))
            }
            replies.append(Self.reply(found))
        }
        return .array(replies)
    }

    private func countExisting(_ keys: ArgumentList) -> KVReply {
        var keys = keys
        var count: Int64 = 0
        while let key = keys.next() { count += entry(of: Key(key)) == nil ? 0 : 1 }
        return .integer(count)
    }
}

/// How long a key will live, as of the cluster time.
public enum KVTimeToLive: Hashable, Sendable {
    /// There is no such key.
    case noKey
    /// The key has no deadline.
    case forever
    /// So many milliseconds, more than zero.
    case milliseconds(Int64)

    /// The answer of PTTL: -2 if there is no key, -1 if it has no deadline.
    public var inMilliseconds: Int64 {
        switch self {
        case .noKey: -2
        case .forever: -1
        case .milliseconds(let count): count
        }
    }

    /// The answer of TTL: as ``inMilliseconds``, in seconds rounded to the nearest.
    public var inSeconds: Int64 {
        switch self {
        case .noKey: -2
        case .forever: -1
        case .milliseconds(let count): count / 1000 + (count % 1000 >= 500 ? 1 : 0)
        }
    }
}
