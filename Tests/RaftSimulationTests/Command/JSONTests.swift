// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

@testable import RaftSimulation

@Suite struct JSONTests {
    private func error(_ text: String) -> String {
        do throws(JSONError) {
            return "\(try JSON(parsing: Array(text.utf8)).line) was read"
        } catch {
            return error.description
        }
    }

    @Test func `what is written is read back, whatever it holds`() throws {
        let value = JSON(
            .object([
                JSONMember("null", JSON(.null)),
                JSONMember("largest", UInt64.max.json),
                JSONMember("least", Int64.min.json),
                JSONMember("text", "quote \" backslash \\ line\nbell\u{7} umlaut ü emoji 🦆".json),
                JSONMember("lists", JSON(.array([[Int]().json, [1, 2, 3].json]))),
                JSONMember("flags", [true, false].json),
                JSONMember("long", Array(repeating: "a word", count: 30).json),
            ]))
        #expect(try JSON(parsing: Array(value.text.utf8)) == value)
        #expect(try JSON(parsing: Array(value.line.utf8)) == value)
        #expect(value.text.split(separator: "\n").allSatisfy { $0.utf8.count <= 100 })
    }

    @Test func `escapes are understood, surrogate pairs included`() throws {
        let text = #""\u0041\n\/\ud83e\udd86\"""#
        #expect(try JSON(parsing: Array(text.utf8)) == "A\n/🦆\"".json)
    }

    @Test func `an error says where it is`() {
        #expect(error("{\n  \"a\": 1,\n  \"a\": 2\n}") == "line 3, column 3: \"a\" is there twice")
        #expect(error("[1, 2") == "line 1, column 6: ',' or ']' is missing: the end")
        #expect(error("\n 12x") == "line 2, column 4: 'x' after the end of the value")
    }

    @Test(arguments: [
        "", " ", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "01", "1.5", "1e3", "+1", "-", "nul",
        "\"a", "\"\t\"", "\"\\x\"", "\"\\ud83e\"", "\"\\udd86\\ud83e\"", "[1] [2]",
        "18446744073709551616", "// comment\n1",
    ])
    func `what the standard does not allow, and numbers that are not whole, are refused`(
        text: String
    ) {
        #expect(error(text).hasPrefix("line "))
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test func `depth and length are bounded`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(error(deep).hasSuffix("more than 32 lists and objects in one another"))
        let long = Array(repeating: UInt8(ascii: " "), count: JSON.maximumBytes + 1)
        #expect(throws: JSONError.self) { try JSON(parsing: long) }
    }

    @Test func `a number outside of its type is refused`() throws {
        #expect(throws: JSONError.self) { try UInt64(json: Int64(-1).json) }
        #expect(throws: JSONError.self) { try Int64(json: UInt64.max.json) }
        #expect(throws: JSONError.self) { try Int32(json: (Int64(Int32.min) - 1).json) }
        #expect(try Int32(json: Int32.min.json) == Int32.min)
    }

    @Test(arguments: [UInt64(0), 1, 999, 1000, 20_000_000, 1_000_000_001, .max])
    func `a time keeps every nanosecond and uses the largest unit that fits`(
        nanoseconds: UInt64
    ) throws {
        let time = Interval(nanoseconds: nanoseconds)
        #expect(try Interval(json: time.json) == time)
        #expect(Interval.milliseconds(1500).shortText == "1500ms")
        #expect(Interval.seconds(2).shortText == "2s")
    }

    @Test(arguments: ["5", "ms", "-5ms", "1.5s", "5 ms", "5m", "99999999999999999999s", "٣s"])
    func `a time without a number or unit is refused`(text: String) {
        #expect(throws: JSONError.self) { try Interval(json: text.json) }
    }
}
