// SPDX-License-Identifier: Apache-2.0

// How the parts of a line are read.
extension ReplyParser {
    func text(_ range: Range<Int>) -> String {
        String(decoding: buffer[range], as: UTF8.self)
    }

    func number(_ line: Range<Int>) throws(ReplyError) -> Int64 {
        // RESP3 lets a plus sign stand before an integer.
        let start = line.lowerBound
        let digits = line.first.map { buffer[$0] } == UInt8(ascii: "+") ? start + 1 : start
        guard let value = DecimalInteger.parse(buffer.span, from: digits, to: line.upperBound)
        else { throw malformed(line) }
        return value
    }

    func bounded(
        _ size: Int64, _ what: String, _ limit: Int, _ line: Range<Int>
    ) throws(ReplyError) -> Int {
        guard size >= 0 else { throw malformed(line) }
        guard size <= limit else { throw .tooLarge(what: what, size: size, limit: limit) }
        return Int(size)
    }

    func double(_ line: Range<Int>) throws(ReplyError) -> Double {
        let spelling = text(line)
        switch spelling {
        case "inf", "+inf": return .infinity
        case "-inf": return -.infinity
        case "nan", "-nan": return .nan
        default:
            guard let value = Double(spelling), value.isFinite else { throw malformed(line) }
            return value
        }
    }

    func isBigNumber(_ line: Range<Int>) -> Bool {
        let isSigned = line.first.map { buffer[$0] } == ASCII.minus
        let digits = buffer[isSigned ? line.dropFirst() : line]
        return !digits.isEmpty && digits.allSatisfy { $0 >= ASCII.zero && $0 <= ASCII.nine }
    }

    func malformed(_ line: Range<Int>) -> ReplyError {
        let shown = buffer[line.prefix(64)].map { byte in
            byte >= 0x20 && byte < 0x7f ? Character(UnicodeScalar(byte)) : "."
        }
        return .malformedLine(String(shown))
    }
}
