// SPDX-License-Identifier: Apache-2.0

/// Splits a line into words with Redis' quoting rules (`sdssplitargs`).
///
/// Words are separated by white space. In `"…"` the escapes `\n \r \t \b \a \xHH` count and a
/// backslash takes any other byte literally; in `'…'` only `\'` is an escape. After a closing
/// quote white space or the end of the line must follow.
public enum InlineArguments {
    /// The words of `line`, or nil if its quotes are not balanced.
    public static func split(_ line: [UInt8]) -> [[UInt8]]? {
        var bytes: [UInt8] = []
        var ranges: [RequestParser.Argument] = []
        guard split(line.span, into: &bytes, ranges: &ranges) else { return nil }
        return ranges.map { Array(bytes[$0.range]) }
    }

    /// Appends the words of `line` to `bytes` and their places there to `ranges`.
    ///
    /// - Returns: false if the quotes are not balanced; the words before are appended then too.
    static func split(
        _ line: Span<UInt8>, into bytes: inout [UInt8], ranges: inout [RequestParser.Argument]
    ) -> Bool {
        var index = 0
        while true {
            while index < line.count, ASCII.isSpace(line[index]) { index += 1 }
            guard index < line.count else { return true }
            let start = bytes.count
            guard let next = appendWord(of: line, at: index, to: &bytes) else { return false }
            ranges.append(RequestParser.Argument(offset: start, length: bytes.count - start))
            index = next
        }
    }

    /// Appends the word that starts at `start`; the offset behind it, or nil if a quote stays open.
    private static func appendWord(
        of line: Span<UInt8>, at start: Int, to bytes: inout [UInt8]
    ) -> Int? {
        var index = start
        while index < line.count {
            switch line[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), ASCII.carriageReturn, ASCII.lineFeed:
                return index
            case ASCII.quote:
                return appendQuoted(of: line, after: index, to: &bytes)
            case ASCII.apostrophe:
                return appendApostrophed(of: line, after: index, to: &bytes)
            case let byte:
                bytes.append(byte)
                index += 1
            }
        }
        return index
    }

    private static func appendQuoted(
        of line: Span<UInt8>, after quote: Int, to bytes: inout [UInt8]
    ) -> Int? {
        var index = quote + 1
        while index < line.count {
            let byte = line[index]
            if byte == ASCII.quote { return behindClosingQuote(of: line, at: index) }
            guard byte == ASCII.backslash, index + 1 < line.count else {
                bytes.append(byte)
                index += 1
                continue
            }
            let escaped = line[index + 1]
            if escaped == UInt8(ascii: "x"), index + 3 < line.count,
                let high = ASCII.hexValue(line[index + 2]),
                let low = ASCII.hexValue(line[index + 3])
            {
                bytes.append(high << 4 | low)
                index += 4
            } else {
                bytes.append(meaning(ofEscaped: escaped))
                index += 2
            }
        }
        return nil
    }

    private static func appendApostrophed(
        of line: Span<UInt8>, after apostrophe: Int, to bytes: inout [UInt8]
    ) -> Int? {
        var index = apostrophe + 1
        while index < line.count {
            let byte = line[index]
            if byte == ASCII.apostrophe { return behindClosingQuote(of: line, at: index) }
            if byte == ASCII.backslash, index + 1 < line.count, line[index + 1] == ASCII.apostrophe
            {
                index += 1
            }
            bytes.append(line[index])
            index += 1
        }
        return nil
    }

    private static func behindClosingQuote(of line: Span<UInt8>, at quote: Int) -> Int? {
        let next = quote + 1
        return next == line.count || ASCII.isSpace(line[next]) ? next : nil
    }

    private static func meaning(ofEscaped byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"): ASCII.lineFeed
        case UInt8(ascii: "r"): ASCII.carriageReturn
        case UInt8(ascii: "t"): UInt8(ascii: "\t")
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "a"): 0x07
        default: byte
        }
    }
}
