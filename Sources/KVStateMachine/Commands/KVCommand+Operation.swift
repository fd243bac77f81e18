// SPDX-License-Identifier: Apache-2.0

extension KVCommand {
    /// A command and its arguments, for reading and for tests.
    public enum Operation: Hashable, Sendable {
        /// Leaves everything as it is.
        case query(Query)
        /// Changes something.
        case write(Write)
    }

    /// A command that leaves everything as it is.
    public enum Query: Hashable, Sendable {
        /// The value of a key.
        case get([UInt8])
        /// The values of keys.
        case mget([[UInt8]])
        /// How many of some keys exist, counting repetitions.
        case exists([[UInt8]])
        /// The length of a value.
        case strlen([UInt8])
        /// How long a key will live, in seconds.
        case ttl([UInt8])
        /// How long a key will live, in milliseconds.
        case pttl([UInt8])
        /// How many keys there are.
        case dbSize
        /// What kind of value a key has.
        case type([UInt8])
    }

    /// A command that changes something.
    public enum Write: Hashable, Sendable {
        /// Gives a key a value.
        case set([UInt8], [UInt8], SetOptions = SetOptions())
        /// Removes keys.
        case del([[UInt8]])
        /// Adds to a number.
        case incrBy([UInt8], Int64)
        /// Continues a value, up to a number of bytes.
        case append([UInt8], [UInt8], limit: Int = KVStore.Options.largestValueBytes)
        /// Gives several keys a value each, at once.
        case mset([KVPair])
        /// Gives a key a deadline.
        case expire([UInt8], KVDeadline, name: KVExpiryCommand = .pexpire)
        /// Takes a key's deadline away.
        case persist([UInt8])
        /// Removes all keys.
        case flushAll
    }

    /// The command and copies of its arguments.
    public var operation: Operation {
        withView { view in
            let key = Self.bytes(view[layout.key])
            switch kind {
            case .get: return .query(.get(key))
            case .mget: return .query(.mget(arguments(view)))
            case .exists: return .query(.exists(arguments(view)))
            case .strlen: return .query(.strlen(key))
            case .ttl: return .query(.ttl(key))
            case .pttl: return .query(.pttl(key))
            case .dbSize: return .query(.dbSize)
            case .type: return .query(.type(key))
            case .set:
                return .write(.set(key, Self.bytes(view[layout.value]), layout.options))
            case .del: return .write(.del(arguments(view)))
            case .incrBy: return .write(.incrBy(key, layout.number))
            case .append:
                let value = Self.bytes(view[layout.value])
                return .write(.append(key, value, limit: Int(layout.number)))
            case .mset:
                let list = arguments(view)
                return .write(
                    .mset(
                        stride(from: 0, to: list.count, by: 2).map {
                            KVPair(list[$0], list[$0 + 1])
                        }))
            case .expire: return .write(.expire(key, deadline, name: layout.options.name))
            case .persist: return .write(.persist(key))
            case .flushAll: return .write(.flushAll)
            }
        }
    }

    private var deadline: KVDeadline {
        guard case .deadline(let deadline) = layout.options.expiry else {
            preconditionFailure("a \(kind) with \(layout.options)")
        }
        return deadline
    }

    private func arguments(_ view: ByteView) -> [[UInt8]] {
        var list = ArgumentList(view[layout.key])
        var arguments: [[UInt8]] = []
        while let argument = list.next() { arguments.append(Self.bytes(argument)) }
        return arguments
    }

    private static func bytes(_ view: ByteView) -> [UInt8] { unsafe Array(view.buffer) }
}

/// A key and a value.
public struct KVPair: Hashable, Sendable {
    /// The key.
    public let key: [UInt8]
    /// The value.
    public let value: [UInt8]

    /// Creates a pair.
    public init(_ key: [UInt8], _ value: [UInt8]) {
        self.key = key
        self.value = value
    }
}
