// SPDX-License-Identifier: Apache-2.0

public import Raft

/// What the store answers.
public enum KVReply: Hashable, Sendable {
    /// Done.
    case ok
    /// There is no such key, or a condition did not hold.
    case null
    /// A count, a length, a time or a number that was added to.
    case integer(Int64)
    /// A value.
    case bytes([UInt8])
    /// One answer for each key that was asked for.
    case array([KVReply])
    /// What kind of value a key has.
    case type(KVType)
    /// Why not.
    case error(KVError)

    /// How deep arrays may nest: garbage must not exhaust the stack.
    static let maximumDepth = 8
}

/// The kinds of values.
public enum KVType: UInt8, Hashable, Sendable {
    /// No value: there is no such key.
    case none = 0
    /// Bytes.
    case string = 1

    /// The kind as TYPE names it.
    public var name: String {
        switch self {
        case .none: "none"
        case .string: "string"
        }
    }
}

extension KVReply: WireCodable {
    /// Reads one byte that names the kind of answer, and what belongs to it.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        try self.init(from: &reader, depth: 0)
    }

    private init(from reader: inout ByteReader, depth: Int) throws(DecodingFailure) {
        let offset = reader.position
        switch try reader.read(UInt8.self) {
        case 0: self = .ok
        case 1: self = .null
        case 2: self = .integer(try reader.read())
        case 3: self = .bytes(try reader.readCounted())
        case 4:
            guard depth < Self.maximumDepth else {
                throw DecodingFailure("arrays \(Self.maximumDepth) deep, not deeper", at: offset)
            }
            let count = try reader.read(UInt32.self)
            var replies: [KVReply] = []
            // The count may be garbage: it is not believed before the elements have been read.
            replies.reserveCapacity(min(Int(count), 1024))
            for _ in 0..<count { replies.append(try KVReply(from: &reader, depth: depth + 1)) }
            self = .array(replies)
        case 5:
            let number = try reader.read(UInt8.self)
            guard let type = KVType(rawValue: number) else {
                throw DecodingFailure("a type of value, not \(number)", at: offset + 1)
            }
            self = .type(type)
        case 6: self = .error(try KVError(from: &reader))
        case let byte: throw DecodingFailure("an answer of the store, not \(byte)", at: offset)
        }
    }

    /// Writes one byte that names the kind of answer, and what belongs to it.
    public func write(to writer: inout ByteWriter) {
        switch self {
        case .ok: writer.write(UInt8(0))
        case .null: writer.write(UInt8(1))
        case .integer(let number):
            writer.write(UInt8(2))
            writer.write(number)
        case .bytes(let bytes):
            writer.write(UInt8(3))
            writer.write(counted: bytes)
        case .array(let replies):
            writer.write(UInt8(4))
            writer.write(UInt32(replies.count))
            for reply in replies { reply.write(to: &writer) }
        case .type(let type):
            writer.write(UInt8(5))
            writer.write(type.rawValue)
        case .error(let error):
            writer.write(UInt8(6))
            error.write(to: &writer)
        }
    }
}
