// SPDX-License-Identifier: Apache-2.0

extension ReplyWriter {
    /// Appends a bulk string.
    public func bulk(_ bytes: [UInt8], to out: inout [UInt8]) {
        head(ASCII.dollar, Int64(bytes.count), to: &out)
        out.append(contentsOf: bytes)
        lineBreak(to: &out)
    }

    /// Appends a bulk string.
    public func bulk(_ bytes: ArraySlice<UInt8>, to out: inout [UInt8]) {
        head(ASCII.dollar, Int64(bytes.count), to: &out)
        out.append(contentsOf: bytes)
        lineBreak(to: &out)
    }

    /// Appends a bulk string.
    public func bulk(_ bytes: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        head(ASCII.dollar, Int64(bytes.count), to: &out)
        unsafe out.append(contentsOf: bytes)
        lineBreak(to: &out)
    }

    /// Appends a bulk string.
    public func bulk(_ bytes: RawSpan, to out: inout [UInt8]) {
        unsafe bytes.withUnsafeBytes { buffer in unsafe bulk(buffer, to: &out) }
    }

    /// Appends `text` in UTF-8 as a bulk string.
    public func bulk(_ text: String, to out: inout [UInt8]) {
        head(ASCII.dollar, Int64(text.utf8.count), to: &out)
        out.append(contentsOf: text.utf8)
        lineBreak(to: &out)
    }

    /// Appends a text for people to read: verbatim in RESP3, a bulk string in RESP2.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - format: three ASCII letters, `txt` or `mkd`.
    ///   - out: gets the reply.
    public func verbatim(_ text: String, format: String = "txt", to out: inout [UInt8]) {
        guard version == .resp3 else { return bulk(text, to: &out) }
        precondition(format.utf8.count == 3, "a verbatim format has 3 letters, not \"\(format)\"")
        head(UInt8(ascii: "="), Int64(text.utf8.count + 4), to: &out)
        out.append(contentsOf: format.utf8)
        out.append(UInt8(ascii: ":"))
        out.append(contentsOf: text.utf8)
        lineBreak(to: &out)
    }

    /// Appends a number: a double in RESP3, a bulk string in RESP2.
    ///
    /// The digits are the fewest that read back as `value`.
    public func double(_ value: Double, to out: inout [UInt8]) {
        let text = Self.text(of: value)
        switch version {
        case .resp2: bulk(text, to: &out)
        case .resp3: line(UInt8(ascii: ","), text, to: &out)
        }
    }

    /// Appends a truth value: `#t` or `#f` in RESP3, 1 or 0 in RESP2.
    public func boolean(_ value: Bool, to out: inout [UInt8]) {
        switch version {
        case .resp2: integer(value ? 1 : 0, to: &out)
        case .resp3: line(UInt8(ascii: "#"), value ? "t" : "f", to: &out)
        }
    }

    /// Appends an integer of any size: a big number in RESP3, a bulk string in RESP2.
    ///
    /// - Parameters:
    ///   - digits: an optional minus and decimal digits.
    ///   - out: gets the reply.
    public func bigNumber(_ digits: String, to out: inout [UInt8]) {
        switch version {
        case .resp2: bulk(digits, to: &out)
        case .resp3: line(UInt8(ascii: "("), digits, to: &out)
        }
    }

    static func text(of value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
