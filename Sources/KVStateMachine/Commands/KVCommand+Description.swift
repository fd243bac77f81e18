// SPDX-License-Identifier: Apache-2.0

extension KVCommand: CustomStringConvertible {
    /// The command much as one would type it, long words cut short: to be read, not parsed.
    public var description: String {
        let name = "\(kind)".uppercased()
        let words =
            switch operation {
            case .query(let query): Self.words(of: query)
            case .write(let write): Self.words(of: write)
            }
        return ([name] + words).joined(separator: " ")
    }

    private static func words(of query: Query) -> [String] {
        switch query {
        case .get(let key), .strlen(let key), .ttl(let key), .pttl(let key), .type(let key):
            [word(key)]
        case .mget(let keys), .exists(let keys): keys.map(word)
        case .dbSize: []
        }
    }

    private static func words(of write: Write) -> [String] {
        switch write {
        case .set(let key, let value, let options):
            [word(key), word(value)] + words(of: options)
        case .del(let keys): keys.map(word)
        case .incrBy(let key, let number): [word(key), "\(number)"]
        case .append(let key, let value, _): [word(key), word(value)]
        case .mset(let pairs): pairs.flatMap { [word($0.key), word($0.value)] }
        case .expire(let key, let deadline, _): [word(key)] + words(of: deadline)
        case .persist(let key): [word(key)]
        case .flushAll: []
        }
    }

    private static func words(of options: SetOptions) -> [String] {
        let condition =
            switch options.condition {
            case .always: [String]()
            case .ifAbsent: ["NX"]
            case .ifPresent: ["XX"]
            }
        let expiry =
            switch options.expiry {
            case .none: [String]()
            case .keep: ["KEEPTTL"]
            case .deadline(let deadline): words(of: deadline)
            }
        return condition + (options.returnsOldValue ? ["GET"] : []) + expiry
    }

    private static func words(of deadline: KVDeadline) -> [String] {
        switch deadline {
        case .after(let milliseconds): ["PX", "\(milliseconds)"]
        case .at(let milliseconds): ["PXAT", "\(milliseconds)"]
        }
    }

    private static func word(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(32), as: UTF8.self) + (bytes.count > 32 ? "…" : "")
    }
}
