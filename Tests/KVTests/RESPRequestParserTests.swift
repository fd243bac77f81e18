// SPDX-License-Identifier: Apache-2.0

import RESP
import Testing

/// What a parser makes of `text`: the arguments of each command, then how it ended.
struct ParsedRequests: Equatable {
    var commands: [[String]] = []
    var failure: RequestError?
    /// Bytes left over, waiting for more.
    var rest = 0

    /// Parses `text` as it arrives in pieces of `pieceSize` bytes.
    init(_ text: String, pieceSize: Int = .max, limits: RequestLimits = RequestLimits()) {
        var parser = RequestParser(limits: limits)
        var buffer: [UInt8] = []
        var incoming = Array(text.utf8)[...]
        while !incoming.isEmpty, failure == nil {
            buffer += incoming.prefix(pieceSize)
            incoming = incoming.dropFirst(pieceSize)
            parse(&buffer, with: &parser)
        }
        rest = buffer.count
    }

    private mutating func parse(_ buffer: inout [UInt8], with parser: inout RequestParser) {
        while true {
            switch parser.parse(buffer.span) {
            case .command(let count, let consumed):
                parser.withArguments(in: buffer.span) { arguments in
                    #expect(arguments.count == count)
                    commands.append((0..<count).map { arguments.string(at: $0) })
                }
                buffer.removeFirst(consumed)
            case .empty(let consumed): buffer.removeFirst(consumed)
            case .incomplete: return
            case .failure(let error):
                failure = error
                return
            }
        }
    }

    init(commands: [[String]], failure: RequestError? = nil, rest: Int = 0) {
        self.commands = commands
        self.failure = failure
        self.rest = rest
    }
}

@Suite struct `Request parser` {
    @Test func `a multibulk command is its arguments, whatever bytes they hold`() {
        let parsed = ParsedRequests("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n\r\n*1\r\n")
        #expect(parsed == ParsedRequests(commands: [["SET", "", "\r\n*1"]]))
    }

    @Test func `pipelined commands come out one by one, in order`() {
        let parsed = ParsedRequests("*1\r\n$4\r\nPING\r\nGET a\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n")
        #expect(parsed == ParsedRequests(commands: [["PING"], ["GET", "a"], ["GET", "b"]]))
    }

    @Test(arguments: [1, 2, 3, 5, 7, 11])
    func `where the bytes are cut makes no difference`(pieceSize: Int) {
        let text =
            "\r\n*0\r\n*-1\r\n*2\r\n$4\r\nECHO\r\n$11\r\nhello\r\nworl\r\n"
            + "set 'a b' \"\\x41\\n\"\r\nPING\n*1\r\n$4\r\nQUIT\r\n"
        let whole = ParsedRequests(text)
        #expect(
            whole.commands == [
                ["ECHO", "hello\r\nworl"], ["set", "a b", "A\n"], ["PING"], ["QUIT"],
            ])
        #expect(ParsedRequests(text, pieceSize: pieceSize) == whole)
    }

    @Test func `an argument lies in the caller's buffer, not in a copy`() throws {
        let buffer = Array("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n".utf8)
        var parser = RequestParser()
        #expect(parser.parse(buffer.span) == .command(argumentCount: 2, consumed: 22))
        #expect(!parser.isInline)
        #expect(parser.arguments.map(\.range) == [8..<11, 17..<20])
    }

    @Test func `a request for nothing gets no reply and takes its bytes away`() {
        var parser = RequestParser()
        #expect(parser.parse(Array("\r\nPING".utf8).span) == .empty(consumed: 2))
        #expect(parser.parse(Array("   \nPING".utf8).span) == .empty(consumed: 4))
        #expect(parser.parse(Array("*0\r\nPING".utf8).span) == .empty(consumed: 4))
        #expect(parser.parse(Array("*-10\r\nPING".utf8).span) == .empty(consumed: 6))
    }

    @Test func `a million arguments are taken, one more is not`() {
        let limit = 1024 * 1024
        var parser = RequestParser()
        #expect(parser.parse(Array("*\(limit)\r\n".utf8).span) == .incomplete)
        parser.reset()
        #expect(
            parser.parse(Array("*\(limit + 1)\r\n".utf8).span) == .failure(.invalidMultibulkLength))
    }

    @Test(arguments: [
        ("*a\r\n", "invalid multibulk length"),
        ("*\r\n", "invalid multibulk length"),
        ("*+1\r\n", "invalid multibulk length"),
        ("*01\r\n", "invalid multibulk length"),
        ("*3000000000\r\n", "invalid multibulk length"),
        ("*99999999999999999999\r\n", "invalid multibulk length"),
        ("*1\r\nPING\r\n", "expected '$', got 'P'"),
        ("*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n", "expected '$', got 'f'"),
        ("*1\r\n\0\r\n", "expected '$', got '\\x00'"),
        ("*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$-10\r\n", "invalid bulk length"),
        ("*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$2000000000\r\n", "invalid bulk length"),
        ("*1\r\n$blabla\r\n", "invalid bulk length"),
        ("*1\r\n$\r\n", "invalid bulk length"),
        ("*1\r\n$4\r\nPINGPONG\r\n", "expected CR LF after an argument"),
        ("set \"\"\"test-key\"\"\" test-value\r\n", "unbalanced quotes in request"),
    ])
    func `a protocol error names what is wrong`(text: String, message: String) {
        for pieceSize in [1, Int.max] {
            let parsed = ParsedRequests(text, pieceSize: pieceSize)
            #expect(parsed.failure?.message == "Protocol error: " + message)
            #expect(parsed.commands.isEmpty)
        }
    }

    @Test(arguments: [
        ("", "too big inline request"),
        ("\0", "too big inline request"),
        ("$\0", "too big inline request"),
        ("*\0", "too big mbulk count string"),
        ("*1\r\n$\0", "too big bulk count string"),
    ])
    func `a line without end is refused at 64 KiB`(start: String, message: String) {
        let line = String(repeating: "payload", count: 10000)
        let parsed = ParsedRequests(start + line, pieceSize: 7000)
        #expect(parsed.failure?.message == "Protocol error: " + message)
        #expect(parsed.rest < 64 * 1024 + 7000 + 10)
        #expect(ParsedRequests(start + line.prefix(65000)).failure == nil)
    }

    @Test func `lower limits are the caller's choice, and refuse before the bytes arrive`() {
        let limits = RequestLimits(
            maximumArguments: 3, maximumBulkBytes: 10, maximumInlineBytes: 20,
            maximumRequestBytes: 30)
        func failure(_ text: String) -> RequestError? {
            ParsedRequests(text, limits: limits).failure
        }
        #expect(failure("*4\r\n") == .invalidMultibulkLength)
        #expect(failure("*2\r\n$11\r\n") == .invalidBulkLength)
        #expect(failure("*2\r\n$10\r\n") == nil)
        #expect(failure("*3\r\n$10\r\n0123456789\r\n$4\r\n") == .tooBigRequest)
        #expect(failure("GET 56789 123456789 1\r\n") == .tooBigInlineRequest)
    }

    @Test func `after a failure the parser stays failed until it is reset`() {
        var parser = RequestParser()
        #expect(parser.parse(Array("*x\r\n".utf8).span) == .failure(.invalidMultibulkLength))
        let good = Array("PING\r\n".utf8)
        #expect(parser.parse(good.span) == .failure(.invalidMultibulkLength))
        parser.reset()
        #expect(parser.parse(good.span) == .command(argumentCount: 1, consumed: 6))
    }

    @Test func `a command in many pieces costs no more than its bytes`() {
        // 50 000 pieces of a 50 000 argument command: quadratic work would take minutes.
        let count = 50_000
        var parser = RequestParser()
        var buffer = Array("*\(count)\r\n".utf8)
        #expect(parser.parse(buffer.span) == .incomplete)
        for index in 1...count {
            buffer += Array("$1\r\nx\r\n".utf8)
            let isLast = index == count
            let result = parser.parse(buffer.span)
            #expect(
                result
                    == (isLast
                        ? .command(argumentCount: count, consumed: buffer.count) : .incomplete))
        }
    }

    @Test func `arguments are compared without regard to case and read as numbers`() {
        let buffer = Array("set -42 007 \"9223372036854775808\"\r\n".utf8)
        var parser = RequestParser()
        #expect(parser.parse(buffer.span) == .command(argumentCount: 4, consumed: buffer.count))
        parser.withArguments(in: buffer.span) { arguments in
            #expect(arguments.matches(0, "SET"))
            #expect(!arguments.matches(0, "GET"))
            #expect(!arguments.matches(0, "SETX"))
            #expect(arguments.integer(at: 1) == -42)
            #expect(arguments.integer(at: 2) == nil)
            #expect(arguments.integer(at: 3) == nil)
            #expect(arguments.bytes(at: 2) == Array("007".utf8))
        }
    }

    @Test func `random bytes are taken alike however they are cut`() {
        let pieces = [
            "*", "$", "1", "2", "3", "\r\n", "\r", "\n", "-", "x", "\"", "'", " ", "*1\r\n",
            "*2\r\n$1\r\na\r\n", "$3\r\nabc\r\n", "PING\r\n", "\0", "\\x41",
        ]
        var state: UInt64 = 42
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33)
        }
        for _ in 0..<300 {
            let text = (0..<(1 + next() % 24)).map { _ in pieces[next() % pieces.count] }.joined()
            let whole = ParsedRequests(text)
            let cut = ParsedRequests(text, pieceSize: 1 + next() % 4)
            #expect(cut.commands == whole.commands, "\(text.debugDescription)")
            #expect(cut.failure == whole.failure, "\(text.debugDescription)")
        }
    }
}
