// SPDX-License-Identifier: Apache-2.0

import RESP

/// A JSON text to write.
enum JSON: Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// Any other number, spelled as JSON wants it.
    case number(String)
    case string(String)
    case array([JSON])
    /// Members in the order they are written.
    case object([Member])

    struct Member: Equatable {
        var name: String
        var value: JSON
    }

    /// The text on one line.
    var text: String {
        switch self {
        case .null: "null"
        case .boolean(let isTrue): isTrue ? "true" : "false"
        case .integer(let value): "\(value)"
        case .number(let text): text
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { Self.quoted($0.name) + ":" + $0.value.text }.joined(separator: ",")
                + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7f}":
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

extension JSON {
    /// A reply; bytes that are not UTF-8 become `{"base64":"…"}`, an error `{"error":"…"}`.
    init(_ value: Value) {
        switch value {
        case .simpleString(let text), .bigNumber(let text): self = .string(text)
        case .error(let text): self = .object([Member(name: "error", value: .string(text))])
        case .integer(let number): self = .integer(number)
        case .double(let number):
            self = number.isFinite ? .number(value.text ?? "0") : .string(value.text ?? "")
        case .boolean(let isTrue): self = .boolean(isTrue)
        case .null: self = .null
        case .bulk(let bytes), .verbatim(_, let bytes): self = JSON(bytes: bytes)
        case .array(let elements), .set(let elements), .push(let elements):
            self = .array(elements.map { JSON($0) })
        case .map(let entries):
            self = .object(
                entries.map { entry in
                    Member(name: entry.key.text ?? JSON(entry.key).text, value: JSON(entry.value))
                })
        }
    }

    private init(bytes: [UInt8]) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self = .string(text)
        } else {
            self = .object([Member(name: "base64", value: .string(Self.base64(bytes)))])
        }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                let isFilled = place <= group.count
                out.append(isFilled ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
