// SPDX-License-Identifier: Apache-2.0

import RESP

/// Replies as text, the way redis-cli prints them.
enum ReplyFormatter {
    /// How a reply is shown.
    enum Style {
        /// For people: types are told apart, strings are quoted.
        case annotated
        /// For programs: the bytes, one element a line.
        case raw
        /// The bytes of a text that has line ends of its own.
        case text
        case json
    }

    /// The reply, which ends in a line break.
    static func format(_ value: Value, _ style: Style) -> [UInt8] {
        switch style {
        case .annotated: return annotated(value, prefix: "")
        case .raw: return raw(value) + [UInt8(ascii: "\n")]
        case .text:
            let bytes = raw(value)
            return bytes.last == UInt8(ascii: "\n") ? bytes : bytes + [UInt8(ascii: "\n")]
        case .json: return Array((JSON(value).text + "\n").utf8)
        }
    }

    /// Whether redis-cli prints the reply of this command raw even for people: it is a text of
    /// lines.
    static func isText(_ command: [[UInt8]]) -> Bool {
        let words = command.prefix(2).map { String(decoding: $0, as: UTF8.self).uppercased() }
        switch words.first {
        case "INFO", "LOLWUT": return true
        case "CLUSTER": return words.last == "INFO" || words.last == "NODES"
        case "CLIENT": return words.last == "LIST" || words.last == "INFO"
        case "LATENCY": return words.last == "DOCTOR" || words.last == "GRAPH"
        case "MEMORY": return words.last == "DOCTOR" || words.last == "MALLOC-STATS"
        default: return false
        }
    }

    private static func annotated(_ value: Value, prefix: String) -> [UInt8] {
        switch value {
        case .simpleString(let text), .bigNumber(let text): return line(text)
        case .error(let text): return line("(error) \(text)")
        case .integer(let number): return line("(integer) \(number)")
        case .double: return line("(double) \(value.text ?? "")")
        case .boolean(let isTrue): return line(isTrue ? "(true)" : "(false)")
        case .null: return line("(nil)")
        case .bulk(let bytes): return Array(quoted(bytes).utf8) + [UInt8(ascii: "\n")]
        case .verbatim(_, let text): return text + [UInt8(ascii: "\n")]
        case .array(let elements): return list(elements, ")", "(empty array)", prefix)
        case .set(let elements): return list(elements, "~", "(empty set)", prefix)
        case .push(let elements): return list(elements, ">", "(empty push)", prefix)
        case .map(let entries): return map(entries, prefix)
        }
    }

    private static func list(
        _ elements: [Value], _ separator: String, _ empty: String, _ prefix: String
    ) -> [UInt8] {
        if elements.isEmpty { return line(empty) }
        let width = "\(elements.count)".count
        let inner = prefix + String(repeating: " ", count: width + 2)
        var out: [UInt8] = []
        for (index, element) in elements.enumerated() {
            let head = padded(index + 1, width) + separator + " "
            out += ((index == 0 ? "" : prefix) + head).utf8
            out += annotated(element, prefix: inner)
        }
        return out
    }

    private static func map(_ entries: [Value.Entry], _ prefix: String) -> [UInt8] {
        if entries.isEmpty { return line("(empty hash)") }
        let width = "\(entries.count)".count
        let inner = prefix + String(repeating: " ", count: width + 2)
        var out: [UInt8] = []
        for (index, entry) in entries.enumerated() {
            out += ((index == 0 ? "" : prefix) + padded(index + 1, width) + "# ").utf8
            out += annotated(entry.key, prefix: inner).dropLast()
            out += " => ".utf8
            out += annotated(entry.value, prefix: inner)
        }
        return out
    }

    private static func raw(_ value: Value) -> [UInt8] {
        switch value {
        case .bulk(let bytes), .verbatim(_, let bytes): return bytes
        case .null: return []
        case .boolean(let isTrue): return Array((isTrue ? "(true)" : "(false)").utf8)
        case .simpleString, .error, .integer, .double, .bigNumber:
            return Array((value.text ?? "").utf8)
        case .array(let elements), .set(let elements), .push(let elements):
            return Array(elements.map(raw).joined(separator: [UInt8(ascii: "\n")]))
        case .map(let entries):
            let lines = entries.map { raw($0.key) + [UInt8(ascii: " ")] + raw($0.value) }
            return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
        }
    }

    /// The bytes in double quotes, escaped as the command line of kvcli and redis-cli reads them.
    static func quoted(_ bytes: [UInt8]) -> String {
        var text = "\""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): text += "\\" + String(UnicodeScalar(byte))
            case UInt8(ascii: "\n"): text += "\\n"
            case UInt8(ascii: "\r"): text += "\\r"
            case UInt8(ascii: "\t"): text += "\\t"
            case 0x07: text += "\\a"
            case 0x08: text += "\\b"
            case 0x20..<0x7f: text.unicodeScalars.append(UnicodeScalar(byte))
            default: text += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
            }
        }
        return text + "\""
    }

    private static func line(_ text: String) -> [UInt8] { Array((text + "\n").utf8) }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
