// SPDX-License-Identifier: Apache-2.0

public import Raft

extension KVStore {
    /// Carries out one committed command.
    ///
    /// Allocates nothing but what is stored and what is answered.
    /// - Complexity: O(bytes of the command and the answer), expected; FLUSHALL: O(keys).
    public mutating func apply(
        _ command: consuming KVCommand, _ context: ApplyContext
    ) -> KVReply {
        if clusterTime < context.now { advance(to: context.now) }
        let layout = command.layout
        let kind = command.kind
        return command.withView { view in execute(kind, layout, view) }
    }

    private mutating func execute(
        _ kind: KVCommand.Kind, _ layout: KVCommand.Layout, _ view: ByteView
    ) -> KVReply {
        switch kind {
        case .get, .mget, .exists, .strlen, .ttl, .pttl, .dbSize, .type:
            return answer(kind, layout, view)
        case .set: return set(Key(view[layout.key]), view[layout.value], layout.options)
        case .del: return delete(ArgumentList(view[layout.key]))
        case .incrBy: return increment(Key(view[layout.key]), by: layout.number)
        case .append:
            return append(
                Key(view[layout.key]), view[layout.value], limit: Int(layout.number))
        case .mset: return setAll(ArgumentList(view[layout.key]))
        case .expire: return expire(Key(view[layout.key]), layout.options)
        case .persist: return persist(Key(view[layout.key]))
        case .flushAll:
            shards = Shards()
            return .ok
        }
    }

    /// Finds a key in order to change it; one that is due is purged and not found.
    private mutating func find(_ key: Key) -> KeyTable.Position? {
        guard let position = shards[key.hash].find(key) else { return nil }
        guard position.entry.isDue(at: now) else { return position }
        shards[key.hash].remove(at: position, key.hash)
        expiredCount += 1
        return nil
    }

    /// Redis' `setGenericCommand`.
    private mutating func set(_ key: Key, _ value: ByteView, _ options: SetOptions) -> KVReply {
        var deadline: Int64?
        if case .deadline(let asked) = options.expiry {
            guard let time = asked.resolved(at: now) else {
                return .error(.invalidExpire(options.name))
            }
            deadline = time
        }
        let position = find(key)
        let old = options.returnsOldValue ? Self.reply(position?.entry) : nil
        switch options.condition {
        case .always: break
        case .ifAbsent: guard position == nil else { return old ?? .null }
        case .ifPresent: guard position != nil else { return old ?? .null }
        }
        store(key, at: position, value, deadline, keepsDeadline: options.expiry == .keep)
        return old ?? .ok
    }

    /// Gives a key a value and a deadline; one that has passed leaves no key.
    private mutating func store(
        _ key: Key, at position: KeyTable.Position?, _ value: ByteView, _ deadline: Int64?,
        keepsDeadline: Bool = false
    ) {
        if let deadline, deadline <= now {
            if let position { shards[key.hash].remove(at: position, key.hash) }
            return
        }
        guard let position else {
            shards[key.hash].insert(key, value: value, deadline: deadline)
            return
        }
        if !keepsDeadline, position.entry.deadline != deadline ?? .max {
            shards[key.hash].setDeadline(of: position.entry, key.hash, to: deadline)
        }
        shards[key.hash].overwrite(at: position, key.hash, value)
    }

    private mutating func setAll(_ list: ArgumentList) -> KVReply {
        var list = list
        while let key = list.next(), let value = list.next() {
            let key = Key(key)
            store(key, at: find(key), value, nil)
        }
        return .ok
    }

    private mutating func delete(_ list: ArgumentList) -> KVReply {
        var list = list
        var removed: Int64 = 0
        while let bytes = list.next() {
            let key = Key(bytes)
            guard let position = find(key) else { continue }
            shards[key.hash].remove(at: position, key.hash)
            removed += 1
        }
        return .integer(removed)
    }

    /// Redis' `incrDecrCommand`: a missing key counts as 0, a deadline stays.
    private mutating func increment(_ key: Key, by increment: Int64) -> KVReply {
        let position = find(key)
        var number: Int64 = 0
        if let position {
            guard let old = IntegerText.parse(position.entry.value) else {
                return .error(.notAnInteger)
            }
            number = old
        }
        let (sum, isTooLarge) = number.addingReportingOverflow(increment)
        guard !isTooLarge else { return .error(.overflow) }
        IntegerText(sum).withView { text in
            store(key, at: position, text, nil, keepsDeadline: true)
        }
        return .integer(sum)
    }

    /// Redis' `appendCommand`: a missing key counts as empty, a deadline stays.
    private mutating func append(_ key: Key, _ bytes: ByteView, limit: Int) -> KVReply {
        let position = find(key)
        let length = (position?.entry.valueLength ?? 0) + bytes.count
        guard length <= limit else { return .error(.stringTooLong) }
        if let position {
            shards[key.hash].append(at: position, key.hash, bytes)
        } else {
            shards[key.hash].insert(key, value: bytes, deadline: nil)
        }
        return .integer(Int64(length))
    }

    /// Redis' `expireGenericCommand`: a time out of range is an error even if there is no key.
    private mutating func expire(_ key: Key, _ options: SetOptions) -> KVReply {
        guard case .deadline(let asked) = options.expiry, let deadline = asked.resolved(at: now)
        else { return .error(.invalidExpire(options.name)) }
        guard let position = find(key) else { return .integer(0) }
        if deadline <= now {
            shards[key.hash].remove(at: position, key.hash)
        } else {
            shards[key.hash].setDeadline(of: position.entry, key.hash, to: deadline)
        }
        return .integer(1)
    }

    private mutating func persist(_ key: Key) -> KVReply {
        guard let position = find(key), position.entry.hasDeadline else { return .integer(0) }
        shards[key.hash].setDeadline(of: position.entry, key.hash, to: nil)
        return .integer(1)
    }
}
