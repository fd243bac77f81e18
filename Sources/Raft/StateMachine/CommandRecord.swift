// SPDX-License-Identifier: Apache-2.0

/// One command as it stands in an entry.
///
/// Stream 8 bytes, sequence 8, length 4, and as many bytes as the length says. The topmost four bits of
/// the length say what the bytes are (``Form``), so a plain command, which is nearly every one, pays
/// nothing for sessions, any mixture of forms keeps its order in one entry, and a version that knows
/// less of them than the writer finds a length that cannot be, and stops.
public struct CommandRecord: Sendable {
    /// What the bytes of a record are.
    enum Form: UInt8, Sendable {
        /// A command.
        case plain = 0
        /// A ``SessionStamp`` and a command.
        case ofSession = 1
        /// A ``SessionOperation``.
        case operation = 2
        /// A ``CommandToken`` and a command.
        case ofToken = 3
    }

    /// The stream it came by.
    public let stream: StreamID
    /// Its place in that stream, counted from 1.
    public let sequence: UInt64
    /// The command's bytes.
    public internal(set) var payload: ByteReader
    /// Whether the output is wanted: by somebody on this member, or to be kept for a repeat.
    public let isAwaited: Bool
    /// Whether the output is kept for a repeat: the command is of a client's session or has a token.
    public let keepsOutput: Bool
    let form: Form

    /// Bytes a command takes in an entry besides its own: stream, sequence, length.
    package static let overhead = 8 + 8 + 4
    /// How many bits of the length are a length.
    private static let lengthBits: UInt32 = 28

    /// The length and form of a record's bytes in four bytes.
    static func header(length: Int, _ form: Form) -> UInt32 {
        precondition(length < 1 << lengthBits, "a command of \(length) bytes")
        return UInt32(form.rawValue) << lengthBits | UInt32(length)
    }

    /// The length that such four bytes tell.
    static func length(_ header: UInt32) -> Int { Int(header & (1 << lengthBits - 1)) }

    /// Takes a record off the front of `reader`.
    /// - Parameter awaited: Whose commands' outputs are wanted; nil for everybody's.
    package init(
        from reader: inout ByteReader, awaiting awaited: StreamID?
    ) throws(DecodingFailure) {
        stream = StreamID(rawValue: try reader.read())
        sequence = try reader.read()
        let offset = reader.position
        let header = try reader.read(UInt32.self)
        guard let form = Form(rawValue: UInt8(header >> Self.lengthBits)) else {
            throw DecodingFailure("a known form of command, not \(header)", at: offset)
        }
        self.form = form
        keepsOutput = form == .ofSession || form == .ofToken
        payload = reader.sub(try reader.skip(Self.length(header)))
        isAwaited = awaited == nil || stream == awaited || keepsOutput
    }

    /// Of a record as it stands in an entry, the stamp of its session; nil if it has none.
    package var stamp: SessionStamp? {
        var reader = payload
        return form == .ofSession ? try? SessionStamp(from: &reader) : nil
    }

    /// Of a record as it stands in an entry, its token and the command's bytes; nil if it has none.
    package var named: (token: CommandToken, command: ByteReader)? {
        var reader = payload
        guard form == .ofToken, let token = try? CommandToken(from: &reader) else { return nil }
        return (token, reader)
    }

    /// Of a record as it stands in an entry, the operation it is; nil if it is a command.
    package var operation: SessionOperation? {
        var reader = payload
        return form == .operation ? try? SessionOperation(from: &reader) : nil
    }

    /// All records of an entry as they stand there, whatever becomes of them.
    package static func all(in entry: LogEntry) throws(DecodingFailure) -> [CommandRecord] {
        var reader = ByteReader(entry.bytes, in: LogEntry.headerLength..<entry.bytes.count)
        var records: [CommandRecord] = []
        for _ in 0..<entry.commandCount {
            records.append(try CommandRecord(from: &reader, awaiting: nil))
        }
        return records
    }
}

/// What a committed command came to.
public enum CommandOutcome<Output: Sendable>: Sendable {
    /// It was carried out.
    case executed(Output)
    /// It had been carried out before, at this index, and gave this.
    case repeated(Output, at: LogIndex)
    /// It has no effect.
    case refused(ProposalError)
    /// It was an operation on this session, and is done.
    case session(SessionID)
}

/// What a command came to, addressed by its place in its stream.
public struct AppliedCommand<Output: Sendable>: Sendable {
    /// The command's place in its stream.
    public let sequence: UInt64
    /// What it came to.
    public let outcome: CommandOutcome<Output>

    /// Creates a pair.
    @inlinable
    public init(sequence: UInt64, outcome: CommandOutcome<Output>) {
        self.sequence = sequence
        self.outcome = outcome
    }
}
