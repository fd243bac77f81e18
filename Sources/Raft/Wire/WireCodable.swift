// SPDX-License-Identifier: Apache-2.0

/// A value with a hand-written byte form, the same on every machine and for ever.
///
/// Commands and outputs are kept in logs and snapshots and compared between members, so their
/// bytes must be a function of the value alone. `Codable` is 700 times as slow and promises neither.
public protocol WireCodable: Sendable {
    /// Reads a value from the front of `reader`.
    /// - Throws: If the bytes are not those of a value; the reader's position is then unspecified.
    init(from reader: inout ByteReader) throws(DecodingFailure)

    /// Appends the value's bytes.
    func write(to writer: inout ByteWriter)
}

extension WireCodable where Self: FixedWidthInteger & BitwiseCopyable {
    /// Reads an integer in as many bytes as its type has.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        self = try reader.read(Self.self)
    }

    /// Writes an integer in as many bytes as its type has.
    public func write(to writer: inout ByteWriter) { writer.write(self) }
}

extension Int64: WireCodable {}
extension Int32: WireCodable {}
extension UInt64: WireCodable {}
extension UInt32: WireCodable {}
extension UInt16: WireCodable {}
extension UInt8: WireCodable {}

extension Bool: WireCodable {
    /// Reads one byte, 0 or 1.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.position
        switch try reader.read(UInt8.self) {
        case 0: self = false
        case 1: self = true
        case let byte: throw DecodingFailure("0 or 1, not \(byte)", at: offset)
        }
    }

    /// Writes one byte, 0 or 1.
    public func write(to writer: inout ByteWriter) { writer.write(UInt8(self ? 1 : 0)) }
}

extension Array: WireCodable where Element: WireCodable {
    /// Reads a count of 32 bits and that many elements.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        if Element.self == UInt8.self, let bytes = try reader.readCounted() as? [Element] {
            self = bytes
            return
        }
        let count = try reader.read(UInt32.self)
        self = []
        // A count is not believed before its elements have been read: it may be garbage.
        reserveCapacity(Swift.min(Int(count), reader.remaining))
        for _ in 0..<count { append(try Element(from: &reader)) }
    }

    /// Writes a count of 32 bits and the elements.
    public func write(to writer: inout ByteWriter) {
        if let bytes = self as? [UInt8] {
            writer.write(counted: bytes)
            return
        }
        writer.write(UInt32(count))
        for element in self { element.write(to: &writer) }
    }
}

extension String: WireCodable {
    /// Reads a count of 32 bits and that many bytes of UTF-8.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.position
        guard let text = String(validating: try reader.readCounted(), as: UTF8.self) else {
            throw DecodingFailure("valid UTF-8", at: offset)
        }
        self = text
    }

    /// Writes a count of 32 bits and the UTF-8.
    public func write(to writer: inout ByteWriter) { writer.write(counted: Array(utf8)) }
}

extension Optional: WireCodable where Wrapped: WireCodable {
    /// Reads one byte, 0 for nil or 1, and then the value.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        self = try Bool(from: &reader) ? Wrapped(from: &reader) : nil
    }

    /// Writes one byte, 0 for nil or 1, and then the value.
    public func write(to writer: inout ByteWriter) {
        writer.write(UInt8(self == nil ? 0 : 1))
        self?.write(to: &writer)
    }
}
