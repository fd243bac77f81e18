// SPDX-License-Identifier: Apache-2.0

extension JSON {
    /// The value as text, with a line feed at its end.
    ///
    /// What fits a line of 100 columns stands on one line.
    package var text: String {
        var writer = JSONWriter()
        writer.write(self, indentation: 0, used: 0)
        return writer.text + "\n"
    }

    /// The value as text on one line.
    package var line: String {
        var writer = JSONWriter()
        writer.writeFlat(self)
        return writer.text
    }
}

/// Writes JSON for people and for `diff`.
struct JSONWriter {
    private static let width = 100
    private(set) var text = ""

    /// - Parameter used: How many columns of the line are taken by what stands before the value, and by
    ///   what follows it.
    mutating func write(_ value: JSON, indentation: Int, used: Int) {
        let line = value.line
        guard indentation + used + line.utf8.count > Self.width else { return text += line }
        let inner = indentation + 2
        switch value.content {
        case .null, .bool, .number, .string: text += line
        case .array(let values):
            text += "["
            for (position, value) in values.enumerated() {
                beginLine(position, inner)
                write(value, indentation: inner, used: 1)
            }
            endLines(indentation, "]")
        case .object(let members):
            text += "{"
            for (position, member) in members.enumerated() {
                beginLine(position, inner)
                writeQuoted(member.name)
                text += ": "
                write(member.value, indentation: inner, used: member.name.utf8.count + 5)
            }
            endLines(indentation, "}")
        }
    }

    private mutating func beginLine(_ position: Int, _ indentation: Int) {
        text += position == 0 ? "\n" : ",\n"
        text += String(repeating: " ", count: indentation)
    }

    private mutating func endLines(_ indentation: Int, _ end: String) {
        text += "\n" + String(repeating: " ", count: indentation) + end
    }

    mutating func writeFlat(_ value: JSON) {
        switch value.content {
        case .null: text += "null"
        case .bool(let value): text += "\(value)"
        case .number(let magnitude, let isNegative):
            text += (isNegative ? "-" : "") + "\(magnitude)"
        case .string(let string): writeQuoted(string)
        case .array(let values):
            text += "["
            for (position, value) in values.enumerated() {
                if position > 0 { text += ", " }
                writeFlat(value)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (position, member) in members.enumerated() {
                if position > 0 { text += ", " }
                writeQuoted(member.name)
                text += ": "
                writeFlat(member.value)
            }
            text += "}"
        }
    }

    private mutating func writeQuoted(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
