// SPDX-License-Identifier: Apache-2.0

extension JSON {
    /// How deep lists and objects may nest: garbage must not exhaust the stack.
    package static let maximumDepth = 32
    /// How long a text may be, in bytes.
    package static let maximumBytes = 16 << 20

    /// Reads a text that holds one value and nothing else.
    ///
    /// Strict: no comments, no trailing commas, no name twice in an object, no number that is not whole.
    /// - Complexity: O(n).
    package init(parsing text: [UInt8]) throws(JSONError) {
        var reader = JSONReader(text)
        guard text.count <= Self.maximumBytes else {
            throw reader.error("\(text.count) bytes, at most \(Self.maximumBytes)")
        }
        self = try reader.readDocument()
    }
}

/// Reads JSON from bytes, front to back.
struct JSONReader {
    let text: [UInt8]
    var position = 0
    private var line = 1
    private var lineStart = 0

    init(_ text: [UInt8]) { self.text = text }

    var place: JSONPlace { JSONPlace(line: line, column: position - lineStart + 1) }

    func error(_ message: String) -> JSONError { JSONError(message, at: place) }

    /// The next byte; nil at the end.
    var next: UInt8? { position < text.count ? text[position] : nil }

    /// The next byte in words.
    private var nextInWords: String {
        guard let next else { return "the end" }
        return (0x21...0x7E).contains(next)
            ? "'\(Character(Unicode.Scalar(next)))'" : "byte \(next)"
    }

    mutating func readDocument() throws(JSONError) -> JSON {
        skipSpace()
        let value = try readValue(depth: 0)
        skipSpace()
        guard next == nil else { throw error("\(nextInWords) after the end of the value") }
        return value
    }

    private mutating func skipSpace() {
        while let byte = next {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
            case UInt8(ascii: "\n"):
                position += 1
                line += 1
                lineStart = position
            default: return
            }
        }
    }

    private mutating func readValue(depth: Int) throws(JSONError) -> JSON {
        guard depth <= JSON.maximumDepth else {
            throw error("more than \(JSON.maximumDepth) lists and objects in one another")
        }
        let start = place
        guard let next else { throw error("a value is missing: the end") }
        switch next {
        case UInt8(ascii: "{"): return JSON(.object(try readObject(depth)), at: start)
        case UInt8(ascii: "["): return JSON(.array(try readArray(depth)), at: start)
        case UInt8(ascii: "\""): return JSON(.string(try readString()), at: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return JSON(try readNumber(), at: start)
        default: break
        }
        for (word, content) in [
            ("true", JSON.Content.bool(true)), ("false", .bool(false)), ("null", .null),
        ] where text[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return JSON(content, at: start)
        }
        throw error("a value is missing: \(nextInWords)")
    }

    private mutating func readArray(_ depth: Int) throws(JSONError) -> [JSON] {
        var values: [JSON] = []
        position += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return values }
        while true {
            skipSpace()
            values.append(try readValue(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return values }
            try expect(UInt8(ascii: ","), "',' or ']'")
        }
    }

    private mutating func readObject(_ depth: Int) throws(JSONError) -> [JSONMember] {
        var members: [JSONMember] = []
        var names: Set<String> = []
        position += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return members }
        while true {
            skipSpace()
            let start = place
            guard next == UInt8(ascii: "\"") else {
                throw error("a name is missing: \(nextInWords)")
            }
            let name = try readString()
            guard names.insert(name).inserted else {
                throw JSONError("\"\(name)\" is there twice", at: start)
            }
            skipSpace()
            try expect(UInt8(ascii: ":"), "':'")
            skipSpace()
            members.append(JSONMember(name, try readValue(depth: depth + 1), at: start))
            skipSpace()
            if take(UInt8(ascii: "}")) { return members }
            try expect(UInt8(ascii: ","), "',' or '}'")
        }
    }

    private mutating func readNumber() throws(JSONError) -> JSON.Content {
        let isNegative = take(UInt8(ascii: "-"))
        let start = position
        var magnitude: UInt64 = 0
        while let digit = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            let (tens, isTooLarge) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, isFarTooLarge) = tens.addingReportingOverflow(
                UInt64(digit - UInt8(ascii: "0")))
            guard !isTooLarge, !isFarTooLarge else { throw error("a number beyond 64 bits") }
            magnitude = sum
            position += 1
        }
        guard position > start else { throw error("a digit is missing: \(nextInWords)") }
        guard position == start + 1 || text[start] != UInt8(ascii: "0") else {
            throw error("a number that begins with 0")
        }
        if let next, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(next) {
            throw error("a number that is not whole")
        }
        return .number(magnitude: magnitude, isNegative: isNegative && magnitude > 0)
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws(JSONError) {
        guard take(byte) else { throw error("\(what) is missing: \(nextInWords)") }
    }
}
