// SPDX-License-Identifier: Apache-2.0

public import Raft

/// Why a command was not carried out.
///
/// A failure is an answer like any other: it has bytes, it is the same on every member, and it has
/// changed nothing. The texts are those of Redis 7.0, which clients and test suites compare
/// literally.
public enum KVError: Error, Hashable, Sendable {
    /// A value or an argument is not a decimal integer of 64 bits.
    case notAnInteger
    /// The sum does not fit 64 bits.
    case overflow
    /// DECRBY by the one number that has no opposite.
    case decrementOverflow
    /// A time to live or a time is out of range.
    case invalidExpire(KVExpiryCommand)
    /// An APPEND would make a value longer than values may be.
    case stringTooLong
    /// A key has more bytes than keys may have.
    case keyTooLarge(limit: Int)
    /// A value has more bytes than values may have.
    case valueTooLarge(limit: Int)
    /// A command has more bytes than fit a log entry.
    case commandTooLarge(limit: Int)
    /// The answer has more bytes than answers may have.
    case replyTooLarge(limit: Int)

    /// The line that a client gets: a code in capitals and a sentence.
    public var message: String {
        switch self {
        case .notAnInteger: "ERR value is not an integer or out of range"
        case .overflow: "ERR increment or decrement would overflow"
        case .decrementOverflow: "ERR decrement would overflow"
        case .invalidExpire(let command): "ERR invalid expire time in '\(command.name)' command"
        case .stringTooLong: "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
        case .keyTooLarge(let limit): "TOOLARGE a key may have \(limit) bytes"
        case .valueTooLarge(let limit): "TOOLARGE a value may have \(limit) bytes"
        case .commandTooLarge(let limit): "TOOLARGE a command may have \(limit) bytes"
        case .replyTooLarge(let limit): "TOOLARGE an answer may have \(limit) bytes"
        }
    }
}

/// The Redis command that names a time, for the text of ``KVError/invalidExpire(_:)``.
public enum KVExpiryCommand: UInt8, Hashable, Sendable, CaseIterable {
    /// SET with EX, PX, EXAT or PXAT.
    case set = 0
    /// SETEX.
    case setex = 1
    /// PSETEX.
    case psetex = 2
    /// GETEX.
    case getex = 3
    /// EXPIRE.
    case expire = 4
    /// PEXPIRE.
    case pexpire = 5
    /// EXPIREAT.
    case expireat = 6
    /// PEXPIREAT.
    case pexpireat = 7

    /// The command's name as Redis writes it.
    public var name: String {
        switch self {
        case .set: "set"
        case .setex: "setex"
        case .psetex: "psetex"
        case .getex: "getex"
        case .expire: "expire"
        case .pexpire: "pexpire"
        case .expireat: "expireat"
        case .pexpireat: "pexpireat"
        }
    }
}

extension KVError: WireCodable {
    /// Reads one byte that names the error and, with some, a number.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.position
        switch try reader.read(UInt8.self) {
        case 1: self = .notAnInteger
        case 2: self = .overflow
        case 3: self = .decrementOverflow
        case 4:
            let number = try reader.read(UInt8.self)
            guard let command = KVExpiryCommand(rawValue: number) else {
                throw DecodingFailure("a command with a time, not \(number)", at: offset + 1)
            }
            self = .invalidExpire(command)
        case 5: self = .stringTooLong
        case 6: self = .keyTooLarge(limit: Int(try reader.read(UInt32.self)))
        case 7: self = .valueTooLarge(limit: Int(try reader.read(UInt32.self)))
        case 8: self = .commandTooLarge(limit: Int(try reader.read(UInt32.self)))
        case 9: self = .replyTooLarge(limit: Int(try reader.read(UInt32.self)))
        case let byte: throw DecodingFailure("an error of the store, not \(byte)", at: offset)
        }
    }

    /// Writes one byte that names the error and, with some, a number.
    public func write(to writer: inout ByteWriter) {
        switch self {
        case .notAnInteger: writer.write(UInt8(1))
        case .overflow: writer.write(UInt8(2))
        case .decrementOverflow: writer.write(UInt8(3))
        case .invalidExpire(let command):
            writer.write(UInt8(4))
            writer.write(command.rawValue)
        case .stringTooLong: writer.write(UInt8(5))
        case .keyTooLarge(let limit): Self.write(6, limit, to: &writer)
        case .valueTooLarge(let limit): Self.write(7, limit, to: &writer)
        case .commandTooLarge(let limit): Self.write(8, limit, to: &writer)
        case .replyTooLarge(let limit): Self.write(9, limit, to: &writer)
        }
    }

    private static func write(_ kind: UInt8, _ limit: Int, to writer: inout ByteWriter) {
        writer.write(kind)
        writer.write(UInt32(clamping: limit))
    }
}
