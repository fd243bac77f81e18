// SPDX-License-Identifier: Apache-2.0

import RESP
import Testing

@Suite struct `Inline arguments` {
    private func split(_ line: String) -> [String]? {
        InlineArguments.split(Array(line.utf8))?.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `white space separates words, however much of it`() {
        #expect(split("") == [])
        #expect(split(" \t ") == [])
        #expect(split("  get\t a  ") == ["get", "a"])
    }

    @Test func `double quotes keep white space and read escapes`() {
        #expect(split(#"set "a b" "\n\r\t\b\a\\\"\q""#) == ["set", "a b", "\n\r\t\u{8}\u{7}\\\"q"])
        #expect(split(#""\x41\x7a\xg1""#) == ["Azxg1"])
        #expect(split(#""""#) == [""])
    }

    @Test func `single quotes keep everything but their own escape`() {
        #expect(split(#"'a\n"b"' 'it\'s'"#) == [#"a\n"b""#, "it's"])
    }

    @Test func `a quote may open inside a word, and ends it`() {
        #expect(split(#"foo"b c" d"#) == ["foob c", "d"])
    }

    @Test(arguments: [#"a "b"#, "a 'b", #""a"b"#, "'a'b", #""a\"#, #"""""#])
    func `quotes that don't match are an error`(line: String) {
        #expect(split(line) == nil)
    }
}

@Suite struct `Decimal integers` {
    private func parse(_ text: String) -> Int64? { DecimalInteger.parse(Array(text.utf8).span) }

    @Test(arguments: [Int64.min, Int64.min + 1, -10, -1, 0, 1, 9, 10, 99, 1000, Int64.max])
    func `what is written reads back`(value: Int64) {
        var bytes: [UInt8] = []
        DecimalInteger.append(value, to: &bytes)
        #expect(bytes == Array(String(value).utf8))
        #expect(DecimalInteger.parse(bytes.span) == value)
    }

    @Test(arguments: [
        "", "-", "+1", "-0", "00", "01", " 1", "1 ", "1a", "0x1", "--1", "9223372036854775808",
        "-9223372036854775809", "18446744073709551617", "10000000000000000000",
    ])
    func `a number has one spelling and fits in 64 bits`(text: String) {
        #expect(parse(text) == nil)
    }
}
