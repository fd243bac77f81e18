// SPDX-License-Identifier: Apache-2.0

/// Why bytes from a client are no command; the connection can't go on after it.
public enum RequestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The count after `*` is no number, too large, or its line does not end in CR LF.
    case invalidMultibulkLength
    /// The length after `$` is no number, negative, too large, or its line does not end in CR LF.
    case invalidBulkLength
    /// An argument starts with this byte instead of `$`.
    case expectedBulk(got: UInt8)
    /// An inline command is longer than the limit.
    case tooBigInlineRequest
    /// The line after `*` is longer than the limit.
    case tooBigMultibulkCount
    /// The line after `$` is longer than the limit.
    case tooBigBulkCount
    /// A quote in an inline command is not closed, or followed by something else than a space.
    case unbalancedQuotes
    /// The bytes after an argument are not CR LF: its announced length was wrong.
    case unterminatedBulk
    /// The whole command is larger than the limit.
    case tooBigRequest

    /// The text to send to the client after `-ERR `; Redis' own wherever Redis has one.
    public var message: String {
        switch self {
        case .invalidMultibulkLength: "Protocol error: invalid multibulk length"
        case .invalidBulkLength: "Protocol error: invalid bulk length"
        case .expectedBulk(let byte): "Protocol error: expected '$', got '\(Self.name(of: byte))'"
        case .tooBigInlineRequest: "Protocol error: too big inline request"
        case .tooBigMultibulkCount: "Protocol error: too big mbulk count string"
        case .tooBigBulkCount: "Protocol error: too big bulk count string"
        case .unbalancedQuotes: "Protocol error: unbalanced quotes in request"
        case .unterminatedBulk: "Protocol error: expected CR LF after an argument"
        case .tooBigRequest: "Protocol error: too big request"
        }
    }

    /// The same as ``message``.
    public var description: String { message }

    private static func name(of byte: UInt8) -> String {
        if byte >= 0x20 && byte < 0x7f { return String(UnicodeScalar(byte)) }
        let hex = String(byte, radix: 16)
        return "\\x" + (hex.count == 1 ? "0" : "") + hex
    }
}
