// SPDX-License-Identifier: Apache-2.0

extension JSONReader {
    /// Reads a string from its opening quotation mark to its closing one.
    mutating func readString() throws(JSONError) -> String {
        position += 1
        var bytes: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: bytes, as: UTF8.self) else {
                    throw error("a string that is not UTF-8")
                }
                position += 1
                return string
            case UInt8(ascii: "\\"):
                bytes.append(contentsOf: String(try readEscape()).utf8)
            case 0..<0x20: throw error("a control character in a string")
            default:
                bytes.append(byte)
                position += 1
            }
        }
        throw error("a string without an end")
    }

    private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
        position += 1
        guard let letter = next else { throw error("a string without an end") }
        let scalar: Unicode.Scalar
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = .init(letter)
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{C}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"):
            position += 1
            return try readEscapedScalar()
        default: throw error("an unknown escape")
        }
        position += 1
        return scalar
    }

    /// Reads the digits after `\u`, and a second escape if the first is half of a pair.
    private mutating func readEscapedScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try readHexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw error("half of a surrogate pair")
        }
        let second = try readHexadecimal()
        let pair = 0x10000 + ((UInt32(first) & 0x3FF) << 10 | (UInt32(second) & 0x3FF))
        guard UTF16.isTrailSurrogate(second), let scalar = Unicode.Scalar(pair) else {
            throw error("half of a surrogate pair")
        }
        return scalar
    }

    private mutating func readHexadecimal() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let next, let digit = Character(Unicode.Scalar(next)).hexDigitValue else {
                throw error("four hexadecimal digits are missing")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}
