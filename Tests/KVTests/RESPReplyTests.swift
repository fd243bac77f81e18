// SPDX-License-Identifier: Apache-2.0

import RESP
import Testing

@Suite struct `Reply writer` {
    private func write(_ body: (ReplyWriter, inout [UInt8]) -> Void) -> [String] {
        ProtocolVersion.allCases.map { version in
            var out: [UInt8] = []
            body(ReplyWriter(version: version), &out)
            return String(decoding: out, as: UTF8.self)
        }
    }

    @Test func `types both versions have are written alike`() {
        func both(_ text: String) -> [String] { [text, text] }
        #expect(write { $0.ok(to: &$1) } == both("+OK\r\n"))
        #expect(write { $0.simpleString("PONG", to: &$1) } == both("+PONG\r\n"))
        #expect(write { $0.error("ERR no", to: &$1) } == both("-ERR no\r\n"))
        #expect(write { $0.integer(-1234, to: &$1) } == both(":-1234\r\n"))
        #expect(write { $0.bulk("", to: &$1) } == both("$0\r\n\r\n"))
        #expect(write { $0.bulk([0x61, 0x0d, 0x0a], to: &$1) } == both("$3\r\na\r\n\r\n"))
        #expect(write { $0.bulk([1, 0x62, 1][1..<2], to: &$1) } == both("$1\r\nb\r\n"))
        #expect(write { $0.beginArray(12, to: &$1) } == both("*12\r\n"))
    }

    @Test func `types of RESP3 have a stand-in in RESP2`() {
        #expect(write { $0.null(to: &$1) } == ["$-1\r\n", "_\r\n"])
        #expect(write { $0.nullArray(to: &$1) } == ["*-1\r\n", "_\r\n"])
        #expect(write { $0.beginMap(2, to: &$1) } == ["*4\r\n", "%2\r\n"])
        #expect(write { $0.beginSet(2, to: &$1) } == ["*2\r\n", "~2\r\n"])
        #expect(write { $0.beginPush(3, to: &$1) } == ["*3\r\n", ">3\r\n"])
        #expect(write { $0.boolean(true, to: &$1) } == [":1\r\n", "#t\r\n"])
        #expect(write { $0.boolean(false, to: &$1) } == [":0\r\n", "#f\r\n"])
        #expect(write { $0.bigNumber("123", to: &$1) } == ["$3\r\n123\r\n", "(123\r\n"])
        #expect(write { $0.verbatim("a\nb", to: &$1) } == ["$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n"])
    }

    @Test(arguments: [
        (1.0, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (1e100, "1e+100"), (.infinity, "inf"),
        (-.infinity, "-inf"), (.nan, "nan"),
    ])
    func `a double has the fewest digits that read back`(value: Double, text: String) {
        #expect(
            write { $0.double(value, to: &$1) } == [
                "$\(text.utf8.count)\r\n\(text)\r\n", ",\(text)\r\n",
            ])
    }

    @Test func `a line break in a line's text can't forge a reply`() {
        #expect(write { $0.error("ERR a\r\n+OK", to: &$1) }[0] == "-ERR a  +OK\r\n")
        #expect(write { $0.simpleString("a\nb", to: &$1) }[0] == "+a b\r\n")
    }

    @Test func `a command that can't be read is answered with its protocol error`() {
        #expect(
            write { $0.error(RequestError.expectedBulk(got: 0x78), to: &$1) }[0]
                == "-ERR Protocol error: expected '$', got 'x'\r\n")
    }
}

@Suite struct `Reply parser` {
    /// All replies in `text`, arriving in pieces.
    private func parse(
        _ text: String, pieceSize: Int = .max, limits: ReplyLimits = ReplyLimits()
    ) throws(ReplyError) -> [Value] {
        var parser = ReplyParser(limits: limits)
        var values: [Value] = []
        var incoming = Array(text.utf8)[...]
        while !incoming.isEmpty {
            parser.append(Array(incoming.prefix(pieceSize)))
            incoming = incoming.dropFirst(pieceSize)
            while let value = try parser.next() { values.append(value) }
        }
        return values
    }

    private func bulk(_ text: String) -> Value { .bulk(Array(text.utf8)) }

    @Test(arguments: [1, 2, 3, 7, 13, Int.max])
    func `every type of both versions is read, however it is cut`(pieceSize: Int) throws {
        let text =
            "+OK\r\n-ERR no\r\n:-7\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n*2\r\n:1\r\n*1\r\n$0\r\n\r\n"
            + "*0\r\n_\r\n%1\r\n+k\r\n*2\r\n:1\r\n:2\r\n~1\r\n#t\r\n>2\r\n+msg\r\n#f\r\n,1.5\r\n"
            + ",inf\r\n,-inf\r\n(-123456789012345678901\r\n!5\r\nERR x\r\n=6\r\ntxt:ab\r\n:+3\r\n"
        let expected: [Value] = [
            .simpleString("OK"), .error("ERR no"), .integer(-7), bulk("a\r\nbc"), .null, .null,
            .array([.integer(1), .array([bulk("")])]), .array([]), .null,
            .map([
                Value.Entry(key: .simpleString("k"), value: .array([.integer(1), .integer(2)]))
            ]),
            .set([.boolean(true)]), .push([.simpleString("msg"), .boolean(false)]),
            .double(1.5), .double(.infinity), .double(-.infinity),
            .bigNumber("-123456789012345678901"), .error("ERR x"),
            .verbatim(format: "txt", text: Array("ab".utf8)), .integer(3),
        ]
        #expect(try parse(text, pieceSize: pieceSize) == expected)
    }

    @Test func `attributes are dropped, what they describe is kept`() throws {
        let text = "|1\r\n+ttl\r\n:1\r\n*2\r\n:1\r\n|1\r\n+x\r\n*1\r\n:9\r\n:2\r\n"
        #expect(try parse(text) == [.array([.integer(1), .integer(2)])])
    }

    @Test func `what the writer writes the parser reads`() throws {
        var out: [UInt8] = []
        let writer = ReplyWriter(version: .resp3)
        writer.beginMap(1, to: &out)
        writer.bulk("k", to: &out)
        writer.beginArray(3, to: &out)
        writer.double(0.1, to: &out)
        writer.null(to: &out)
        writer.verbatim("t", to: &out)
        var parser = ReplyParser()
        parser.append(out)
        let list = Value.array([.double(0.1), .null, .verbatim(format: "txt", text: [0x74])])
        #expect(try parser.next() == .map([Value.Entry(key: bulk("k"), value: list)]))
        #expect(parser.bufferedBytes == 0)
    }

    @Test(arguments: [
        "?\r\n", ":\r\n", ":1x\r\n", ":01\r\n", "$-2\r\n", "*-2\r\n", "%-1\r\n", "$3\r\nabcd\r\n",
        "#x\r\n", "_x\r\n", ",x\r\n", "(1.5\r\n", "(\r\n", "=2\r\nab\r\n", "\r\n", "$?\r\n",
        "+a\rb\r\n",
    ])
    func `bytes that are no reply are refused, for good`(text: String) {
        var parser = ReplyParser()
        parser.append(Array(text.utf8))
        #expect(throws: ReplyError.self) { try parser.next() }
        parser.append(Array("+OK\r\n".utf8))
        #expect(throws: ReplyError.self) { try parser.next() }
    }

    @Test func `depth and sizes are bounded, and refused when announced`() throws {
        let limits = ReplyLimits(
            maximumBulkBytes: 10, maximumElements: 4, maximumLineBytes: 16,
            maximumReplyBytes: 40, maximumDepth: 2)
        #expect(try parse("*1\r\n*1\r\n:1\r\n", limits: limits).count == 1)
        #expect(throws: ReplyError.tooDeep(limit: 2)) {
            try parse("*1\r\n*1\r\n*1\r\n", limits: limits)
        }
        #expect(throws: ReplyError.tooLarge(what: "bulk string", size: 11, limit: 10)) {
            try parse("$11\r\n", limits: limits)
        }
        #expect(throws: ReplyError.tooLarge(what: "aggregate", size: 5, limit: 4)) {
            try parse("*5\r\n", limits: limits)
        }
        #expect(throws: ReplyError.tooLarge(what: "aggregate", size: 3, limit: 2)) {
            try parse("%3\r\n", limits: limits)
        }
        #expect(throws: ReplyError.tooLarge(what: "line", size: 20, limit: 16)) {
            try parse("+" + String(repeating: "x", count: 19), limits: limits)
        }
        let three = "*4\r\n" + String(repeating: "$8\r\n12345678\r\n", count: 2) + "$8\r\n"
        #expect(throws: ReplyError.tooLarge(what: "reply", size: 46, limit: 40)) {
            try parse(three, limits: limits)
        }
    }

    @Test func `a large reply in many pieces costs no more than its bytes`() throws {
        // Quadratic work would take minutes.
        let piece = Array(repeating: UInt8(ascii: "x"), count: 1024)
        var parser = ReplyParser()
        parser.append(Array("$\(4096 * 1024)\r\n".utf8))
        for _ in 0..<4096 {
            parser.append(piece)
            #expect(try parser.next() == nil)
        }
        parser.append([13, 10])
        guard case .bulk(let bytes) = try parser.next() else {
            Issue.record("no bulk string")
            return
        }
        #expect(bytes.count == 4096 * 1024)
    }

    @Test func `a command is written as an array of bulk strings`() {
        var out: [UInt8] = []
        RequestWriter.append(["GET", "a\r\n"], to: &out)
        RequestWriter.append([[0x51]], to: &out)
        #expect(
            String(decoding: out, as: UTF8.self)
                == "*2\r\n$3\r\nGET\r\n$3\r\na\r\n\r\n*1\r\n$1\r\nQ\r\n")
    }
}
