// SPDX-License-Identifier: Apache-2.0

/// Appends replies to a byte array, in RESP2 or RESP3.
///
/// What RESP2 has no type for is written as Redis writes it there: a map as a flat array, a set
/// and a push as an array, a double and a big number as a bulk string, a boolean as 0 or 1.
///
/// Aggregates are written by their head (`beginArray` …) followed by that many replies.
public struct ReplyWriter: Sendable, Equatable {
    /// The version that replies are written in.
    public var version: ProtocolVersion

    /// Creates a writer.
    public init(version: ProtocolVersion = .resp2) {
        self.version = version
    }

    /// Appends `+OK`.
    public func ok(to out: inout [UInt8]) {
        out.append(contentsOf: [UInt8(ascii: "+"), UInt8(ascii: "O"), UInt8(ascii: "K"), 13, 10])
    }

    /// Appends a simple string; line breaks in `text` become spaces.
    public func simpleString(_ text: String, to out: inout [UInt8]) {
        line(UInt8(ascii: "+"), text, to: &out)
    }

    /// Appends an error; `text` starts with its code (`ERR …`), line breaks in it become spaces.
    public func error(_ text: String, to out: inout [UInt8]) {
        line(UInt8(ascii: "-"), text, to: &out)
    }

    /// Appends the error reply for a command that could not be read.
    public func error(_ error: RequestError, to out: inout [UInt8]) {
        line(UInt8(ascii: "-"), "ERR " + error.message, to: &out)
    }

    /// Appends an integer.
    public func integer(_ value: Int64, to out: inout [UInt8]) {
        head(UInt8(ascii: ":"), value, to: &out)
    }

    /// Appends a null: `$-1` in RESP2, `_` in RESP3.
    public func null(to out: inout [UInt8]) {
        switch version {
        case .resp2: head(ASCII.dollar, -1, to: &out)
        case .resp3: lineBreak(after: UInt8(ascii: "_"), to: &out)
        }
    }

    /// Appends a null in the place of an array: `*-1` in RESP2, `_` in RESP3.
    public func nullArray(to out: inout [UInt8]) {
        switch version {
        case .resp2: head(ASCII.asterisk, -1, to: &out)
        case .resp3: lineBreak(after: UInt8(ascii: "_"), to: &out)
        }
    }

    /// Appends the type byte of a line that is complete with it.
    private func lineBreak(after type: UInt8, to out: inout [UInt8]) {
        out.append(type)
        lineBreak(to: &out)
    }

    func lineBreak(to out: inout [UInt8]) {
        out.append(ASCII.carriageReturn)
        out.append(ASCII.lineFeed)
    }

    /// Appends a type byte, a number and a line break.
    func head(_ type: UInt8, _ value: Int64, to out: inout [UInt8]) {
        out.append(type)
        DecimalInteger.append(value, to: &out)
        lineBreak(to: &out)
    }

    /// Appends a type byte, a text without its line breaks and a line break.
    func line(_ type: UInt8, _ text: String, to out: inout [UInt8]) {
        out.append(type)
        let start = out.count
        out.append(contentsOf: text.utf8)
        for index in start..<out.count
        where out[index] == ASCII.carriageReturn || out[index] == ASCII.lineFeed {
            out[index] = UInt8(ascii: " ")
        }
        lineBreak(to: &out)
    }
}
