// SPDX-License-Identifier: Apache-2.0

import KVStateMachine

/// The store as one would write it without a thought for speed: what it is to be compared with.
struct StoreModel {
    struct Item {
        var value: [UInt8]
        var deadline: Int64?
    }

    var items: [[UInt8]: Item] = [:]
    var now: Int64 = 0

    mutating func advance(to time: Int64) {
        now = max(now, time)
        let due = items.compactMap { key, item in item.deadline.map { (deadline: $0, key: key) } }
            .filter { $0.deadline <= now }
            .sorted { a, b in
                a.deadline != b.deadline
                    ? a.deadline < b.deadline : a.key.lexicographicallyPrecedes(b.key)
            }
        for (_, key) in due.prefix(KVStore.purgeBound) { items[key] = nil }
    }

    var nextDeadline: Int64? { items.values.compactMap(\.deadline).min().map { max($0, now) } }

    private func live(_ key: [UInt8]) -> Item? {
        guard let item = items[key] else { return nil }
        if let deadline = item.deadline, deadline <= now { return nil }
        return item
    }

    private func remaining(_ key: [UInt8]) -> Int64 {
        guard let item = live(key) else { return -2 }
        return item.deadline.map { $0 - now } ?? -1
    }

    func answer(_ query: KVCommand.Query) -> KVReply {
        switch query {
        case .get(let key): return live(key).map { .bytes($0.value) } ?? .null
        case .mget(let keys): return .array(keys.map { answer(.get($0)) })
        case .exists(let keys): return .integer(Int64(keys.count { live($0) != nil }))
        case .strlen(let key): return .integer(Int64(live(key)?.value.count ?? 0))
        case .ttl(let key):
            let left = remaining(key)
            return .integer(left < 0 ? left : (left + 500) / 1000)
        case .pttl(let key): return .integer(remaining(key))
        case .dbSize: return .integer(Int64(items.keys.count { live($0) != nil }))
        case .type(let key): return .type(live(key) == nil ? .none : .string)
        }
    }

    mutating func run(_ write: KVCommand.Write) -> KVReply {
        switch write {
        case .set(let key, let value, let options): return set(key, value, options)
        case .del(let keys):
            var count: Int64 = 0
            for key in keys {
                if live(key) != nil { count += 1 }
                items[key] = nil
            }
            return .integer(count)
        case .incrBy(let key, let increment):
            let old = live(key)
            let text = String(decoding: old?.value ?? [0x30], as: UTF8.self)
            guard let number = Int64(text), String(number) == text else {
                return touch(key, .error(.notAnInteger))
            }
            let (sum, overflow) = number.addingReportingOverflow(increment)
            guard !overflow else { return touch(key, .error(.overflow)) }
            items[key] = Item(value: String(sum).bytes, deadline: old?.deadline)
            return .integer(sum)
        case .append(let key, let bytes, let limit):
            let old = live(key)
            let value = (old?.value ?? []) + bytes
            guard value.count <= limit else { return touch(key, .error(.stringTooLong)) }
            items[key] = Item(value: value, deadline: old?.deadline)
            return .integer(Int64(value.count))
        case .mset(let pairs):
            for pair in pairs { items[pair.key] = Item(value: pair.value) }
            return .ok
        case .expire(let key, let deadline, let name):
            guard let time = resolve(deadline) else { return .error(.invalidExpire(name)) }
            guard let old = live(key) else { return touch(key, .integer(0)) }
            items[key] = time <= now ? nil : Item(value: old.value, deadline: time)
            return .integer(1)
        case .persist(let key):
            guard live(key)?.deadline != nil else { return touch(key, .integer(0)) }
            items[key]?.deadline = nil
            return .integer(1)
        case .flushAll:
            items = [:]
            return .ok
        }
    }

    private mutating func set(_ key: [UInt8], _ value: [UInt8], _ options: SetOptions) -> KVReply {
        let old = live(key)
        var deadline: Int64?
        switch options.expiry {
        case .none: break
        case .keep: deadline = old?.deadline
        case .deadline(let asked):
            guard let time = resolve(asked) else { return .error(.invalidExpire(options.name)) }
            deadline = time
        }
        let answer = options.returnsOldValue ? old.map { KVReply.bytes($0.value) } ?? .null : nil
        switch options.condition {
        case .ifAbsent where old != nil, .ifPresent where old == nil:
            return touch(key, answer ?? .null)
        case .always, .ifAbsent, .ifPresent: break
        }
        items[key] = Item(value: value, deadline: deadline)
        if let deadline, deadline <= now { items[key] = nil }
        return answer ?? .ok
    }

    private func resolve(_ deadline: KVDeadline) -> Int64? {
        switch deadline {
        case .after(let wait):
            let (time, overflow) = now.addingReportingOverflow(wait)
            return overflow ? nil : time
        case .at(let time): return time
        }
    }

    /// A write that finds its key due purges it, whatever else it does.
    private mutating func touch(_ key: [UInt8], _ reply: KVReply) -> KVReply {
        if live(key) == nil { items[key] = nil }
        return reply
    }
}
