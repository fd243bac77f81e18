// SPDX-License-Identifier: Apache-2.0

/// What a client asks of one key of a store that speaks like Redis.
public enum KeyValueCommand: Hashable, Sendable {
    /// GET.
    case get
    /// EXISTS.
    case exists
    /// STRLEN.
    case length
    /// TTL or PTTL; of the answer, only its sign is checked.
    case timeToLive
    /// SET and its relatives.
    case set([UInt8], KeyValueSetOptions = KeyValueSetOptions())
    /// DEL.
    case delete
    /// INCR, DECR, INCRBY, DECRBY.
    case add(Int64)
    /// APPEND.
    case append([UInt8])
    /// EXPIRE and its relatives.
    case expire(KeyValueLimit)
    /// PERSIST.
    case persist
}

/// The conditions and extras of SET.
public struct KeyValueSetOptions: Hashable, Sendable {
    /// What must hold for a SET to happen.
    public enum Condition: Hashable, Sendable {
        /// Nothing.
        case always
        /// NX: the key must not exist.
        case ifAbsent
        /// XX: the key must exist.
        case ifPresent
    }

    /// What becomes of the time limit.
    public enum Limit: Hashable, Sendable {
        /// There will be none.
        case none
        /// KEEPTTL.
        case keep
        /// There will be another.
        case to(KeyValueLimit)
    }

    /// What must hold.
    public var condition: Condition
    /// What becomes of the time limit.
    public var limit: Limit
    /// GET: whether the old value is the answer.
    public var returnsOldValue: Bool

    /// Creates options; by default, those of a plain SET.
    public init(
        condition: Condition = .always, limit: Limit = .none, returnsOldValue: Bool = false
    ) {
        self.condition = condition
        self.limit = limit
        self.returnsOldValue = returnsOldValue
    }
}

/// When a value ceases to exist, in the unit of the history's clock.
public enum KeyValueLimit: Hashable, Sendable {
    /// So long after the command takes effect; after 0, at once.
    case after(UInt64)
    /// At a time of the history's clock.
    case at(UInt64)
}

/// What a client is told, about one key unless said otherwise.
public enum KeyValueAnswer: Hashable, Sendable {
    /// Done.
    case ok
    /// There is no such key, or a condition did not hold.
    case null
    /// A value.
    case value([UInt8])
    /// A number: a count, a sum, a length, a time to live.
    case integer(Int64)
    /// It was refused as impossible, and nothing changed.
    case failure(Failure)
    /// It took effect, but what was told says nothing about this key alone.
    case unspecified
    /// One answer for each of several keys.
    case each([KeyValueAnswer])

    /// Why something was refused.
    public enum Failure: Hashable, Sendable {
        /// The value is not a decimal integer of 64 bits.
        case notAnInteger
        /// The sum would not fit 64 bits.
        case overflow
        /// For a reason that does not depend on the key's value.
        case invalidArgument
    }
}
