// SPDX-License-Identifier: Apache-2.0

/// One entry of the replicated log, as the same bytes everywhere: in memory, on disk, on the wire.
///
/// The leader encodes and checksums an entry once; nobody encodes it again. Little endian:
///
/// | offset | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | CRC32C of everything after it |
/// | 4 | 4 | length of the whole record |
/// | 8 | 1 | format, 1 |
/// | 9 | 1 | kind |
/// | 10 | 2 | zero |
/// | 12 | 4 | number of commands |
/// | 16 | 8 | group |
/// | 24 | 8 | term |
/// | 32 | 8 | index |
/// | 40 | 8 | cluster time, milliseconds |
/// | 48 | … | the commands: stream 8, sequence 8, length 4, bytes; or what the kind says |
public struct LogEntry: Sendable, Equatable {
    /// The record.
    public let bytes: [UInt8]
    /// The term of the leader that appended it.
    public let term: Term
    /// Its place in the log.
    public let index: LogIndex
    /// The cluster time it was stamped with.
    public let time: ClusterTime
    /// How many commands it holds.
    public let commandCount: UInt32
    /// What it is.
    public let kind: Kind

    /// What an entry is.
    public enum Kind: UInt8, Sendable {
        /// The first entry of a term, which lets its leader commit (dissertation §3.6.2, §6.4).
        case termStart = 0
        /// Commands for the state machine.
        case commands = 1
        /// Nothing but its time: lets timers of the state machine run.
        case tick = 2
        /// The members of the group from here on (dissertation §4.1).
        case configuration = 3
        /// The machine version from the next entry on, 4 bytes: see ``MachineVersion``.
        case machineVersion = 4
    }

    /// Bytes before the first command.
    public static let headerLength = 48
    /// The longest record any member accepts, in bytes.
    public static let maximumLength = 64 << 20
    static let format: UInt8 = 1

    /// Encodes an entry.
    /// - Parameters:
    ///   - commands: Command records back to back, as ``CommandEncoder`` writes them.
    ///   - commandCount: How many there are.
    public init(
        kind: Kind, group: GroupID, term: Term, index: LogIndex, time: ClusterTime,
        commandCount: UInt32 = 0, commands: [ArraySlice<UInt8>] = []
    ) {
        let length = Self.headerLength + commands.reduce(0) { $0 + $1.count }
        precondition(length <= Self.maximumLength, "an entry of \(length) bytes")
        var writer = ByteWriter(capacity: length)
        writer.write(UInt32(0))
        writer.write(UInt32(length))
        writer.write(Self.format)
        writer.write(kind.rawValue)
        writer.write(UInt16(0))
        writer.write(commandCount)
        writer.write(group.rawValue)
        writer.write(term.rawValue)
        writer.write(index.rawValue)
        writer.write(time.milliseconds)
        for slice in commands { writer.write(raw: slice) }
        writer.overwrite(CRC32C.checksum(writer.bytes, in: 4..<length), at: 0)
        bytes = writer.bytes
        self.term = term
        self.index = index
        self.time = time
        self.commandCount = commandCount
        self.kind = kind
    }

    /// Takes an entry off the front of `reader` and checks it.
    /// - Throws: If the bytes are cut short, of an unknown format or kind, of another group, or do not
    ///   match their checksum.
    public init(from reader: inout ByteReader, group: GroupID) throws(DecodingFailure) {
        let start = reader.position
        let checksum = try reader.read(UInt32.self)
        let length = Int(try reader.read(UInt32.self))
        guard length >= Self.headerLength, length <= Self.maximumLength,
            length - 8 <= reader.remaining
        else { throw DecodingFailure("a record, not one of \(length) bytes", at: start) }
        _ = try reader.skip(length - 8)
        bytes = reader.copy(start..<start + length)
        guard CRC32C.checksum(bytes, in: 4..<length) == checksum else {
            throw DecodingFailure("a record with checksum \(checksum)", at: start)
        }
        var header = ByteReader(bytes, in: 8..<Self.headerLength)
        let format = try header.read(UInt8.self)
        guard format == Self.format else {
            throw DecodingFailure("record format \(Self.format), not \(format)", at: start + 8)
        }
        let kindNumber = try header.read(UInt8.self)
        guard let kind = Kind(rawValue: kindNumber) else {
            throw DecodingFailure("a known kind of entry, not \(kindNumber)", at: start + 9)
        }
        _ = try header.read(UInt16.self)
        self.kind = kind
        commandCount = try header.read()
        let entryGroup = GroupID(try header.read())
        guard entryGroup == group else {
            throw DecodingFailure(
                "group \(group.rawValue), not \(entryGroup.rawValue)", at: start + 16)
        }
        term = Term(try header.read())
        index = LogIndex(try header.read())
        time = ClusterTime(milliseconds: try header.read())
    }

    /// The record's own checksum.
    public var checksum: UInt32 {
        bytes[0...3].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
