// SPDX-License-Identifier: Apache-2.0

/// A reply as a client sees it, of RESP2 or RESP3.
public enum Value: Sendable, Hashable {
    /// A short text, such as `OK`.
    case simpleString(String)
    /// A failure: a code in capitals, a space, a sentence.
    case error(String)
    /// A signed 64-bit integer.
    case integer(Int64)
    /// Bytes of any kind.
    case bulk([UInt8])
    /// Nothing: RESP3's null, RESP2's null bulk string and null array.
    case null
    /// Replies in order.
    case array([Value])
    /// Keys with their values in the order they arrived.
    case map([Entry])
    /// Replies whose order means nothing, in the order they arrived.
    case set([Value])
    /// A message that answers no command.
    case push([Value])
    /// A floating-point number.
    case double(Double)
    /// A truth value.
    case boolean(Bool)
    /// An integer of any size, as its digits.
    case bigNumber(String)
    /// A text for people to read; `format` is `txt` or `mkd`.
    case verbatim(format: String, text: [UInt8])

    /// A key of a map with its value.
    public struct Entry: Sendable, Hashable {
        /// The key.
        public var key: Value
        /// What stands under it.
        public var value: Value

        /// Creates an entry.
        public init(key: Value, value: Value) {
            self.key = key
            self.value = value
        }
    }
}

extension Value {
    /// The text of a string of any kind, an error, or a number; nil for everything else.
    ///
    /// Bytes that are not UTF-8 become U+FFFD.
    public var text: String? {
        switch self {
        case .simpleString(let text), .error(let text), .bigNumber(let text): text
        case .bulk(let bytes), .verbatim(_, let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let value): String(value)
        case .double(let value): ReplyWriter.text(of: value)
        case .boolean(let value): value ? "true" : "false"
        case .null, .array, .map, .set, .push: nil
        }
    }

    /// The integer, if it is one.
    public var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The elements of an array, set or push; nil for everything else.
    public var elements: [Value]? {
        switch self {
        case .array(let elements), .set(let elements), .push(let elements): elements
        case .simpleString, .error, .integer, .bulk, .null, .map, .double, .boolean, .bigNumber,
            .verbatim:
            nil
        }
    }
}
