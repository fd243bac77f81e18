// SPDX-License-Identifier: Apache-2.0

/// The number by which a client's session is known, the same on every member.
///
/// Counted from 1 in the order sessions were opened, and never given twice.
public struct SessionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 1 or more.
    public let rawValue: UInt64

    /// Names a session.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Orders sessions by when they were opened.
    public static func < (a: SessionID, b: SessionID) -> Bool { a.rawValue < b.rawValue }

    /// The number alone.
    public var description: String { "\(rawValue)" }
}

/// What makes a command recognisable however often, and on whatever member, it is proposed
/// (dissertation §6.3; the acknowledgement is RIFL's, SOSP '15).
public struct SessionStamp: Hashable, Sendable {
    /// The session the command belongs to.
    public var session: SessionID
    /// Its number in the session, counted from 1; the same at every attempt, and of no other command.
    public var sequence: UInt64
    /// The client will not ask again for this command of the session nor any before it: their replies
    /// need not be kept, and those among them that were never carried out never will be.
    public var acknowledgedThrough: UInt64

    /// Creates a stamp.
    public init(session: SessionID, sequence: UInt64, acknowledgedThrough: UInt64) {
        self.session = session
        self.sequence = sequence
        self.acknowledgedThrough = acknowledgedThrough
    }
}

extension SessionStamp: WireCodable {
    /// Reads 24 bytes: session, sequence, acknowledgement.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        session = SessionID(try reader.read())
        sequence = try reader.read()
        acknowledgedThrough = try reader.read()
    }

    /// Writes 24 bytes.
    public func write(to writer: inout ByteWriter) {
        writer.write(session.rawValue)
        writer.write(sequence)
        writer.write(acknowledgedThrough)
    }
}

/// What clients do with sessions themselves.
public enum SessionOperation: Hashable, Sendable {
    /// Begins a session that ends by itself when it was not used for so long, in cluster time.
    ///
    /// Members round it to whole milliseconds and between a second and a day.
    case open(lifetime: Interval)
    /// Counts as a use.
    case keepAlive(SessionID)
    /// Ends a session at once.
    case close(SessionID)
}

extension SessionOperation: WireCodable {
    /// Reads one byte that says which, and eight for its argument.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.position
        let kind = try reader.read(UInt8.self)
        let argument = try reader.read(UInt64.self)
        switch kind {
        case 1: self = .open(lifetime: Interval(nanoseconds: argument))
        case 2: self = .keepAlive(SessionID(argument))
        case 3: self = .close(SessionID(argument))
        default: throw DecodingFailure("an operation on a session, not \(kind)", at: offset)
        }
    }

    /// Writes nine bytes.
    public func write(to writer: inout ByteWriter) {
        switch self {
        case .open(let lifetime):
            writer.write(UInt8(1))
            writer.write(lifetime.nanoseconds)
        case .keepAlive(let session):
            writer.write(UInt8(2))
            writer.write(session.rawValue)
        case .close(let session):
            writer.write(UInt8(3))
            writer.write(session.rawValue)
        }
    }
}
