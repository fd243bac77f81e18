// SPDX-License-Identifier: Apache-2.0

/// The commands of one committed entry on their way through a state machine.
///
/// Only outputs that a caller on this member waits for are kept; the other members' are computed
/// and dropped, which is most of them on a follower.
public struct ApplyBatch<Output: Sendable>: Sendable {
    /// The entry the commands are from.
    public let context: ApplyContext
    /// Outputs that are waited for, in log order.
    public private(set) var outputs: [AppliedCommand<Output>] = []
    /// Set when a committed command could not be decoded: the member must stop, never skip.
    public private(set) var failure: DecodingFailure?

    @usableFromInline var reader: ByteReader
    @usableFromInline var remaining: UInt32
    /// Nil if every output is wanted.
    let awaitedStream: StreamID?

    /// Prepares the commands of an entry.
    /// - Parameters:
    ///   - entry: A committed entry.
    ///   - stream: Whose commands' outputs are waited for; nil for everybody's.
    public init(_ entry: LogEntry, awaiting stream: StreamID?) {
        context = ApplyContext(index: entry.index, term: entry.term, now: entry.time)
        reader = ByteReader(entry.bytes, in: LogEntry.headerLength..<entry.bytes.count)
        remaining = entry.commandCount
        awaitedStream = stream
    }

    /// The next command, or nil after the last one.
    public mutating func next() -> CommandRecord? {
        guard remaining > 0, failure == nil else { return nil }
        remaining -= 1
        do throws(DecodingFailure) {
            return try CommandRecord(from: &reader, awaiting: awaitedStream)
        } catch {
            failure = error
            return nil
        }
    }

    /// Keeps the output of a command that is waited for.
    @inlinable
    public mutating func finish(_ command: CommandRecord, with output: Output) {
        keep(AppliedCommand(sequence: command.sequence, output: output))
    }

    /// Gives up: the command's bytes are not a command's.
    public mutating func stop(at command: CommandRecord, _ failure: DecodingFailure) {
        self.failure = failure
    }

    @usableFromInline
    mutating func keep(_ applied: AppliedCommand<Output>) { outputs.append(applied) }
}

/// One command as it stands in an entry.
public struct CommandRecord: Sendable {
    /// The stream it came by.
    public let stream: StreamID
    /// Its place in that stream, counted from 1.
    public let sequence: UInt64
    /// The command's bytes.
    public let payload: ByteReader
    /// Whether somebody on this member waits for the output.
    public let isAwaited: Bool

    /// Bytes a command takes in an entry besides its own: stream, sequence, length.
    package static let overhead = 8 + 8 + 4

    init(from reader: inout ByteReader, awaiting awaited: StreamID?) throws(DecodingFailure) {
        stream = StreamID(rawValue: try reader.read())
        sequence = try reader.read()
        let range = try reader.readCountedRange()
        payload = reader.sub(range)
        isAwaited = awaited == nil || stream == awaited
    }
}

/// A command's output, addressed by the command's place in its stream.
public struct AppliedCommand<Output: Sendable>: Sendable {
    /// The command's place in its stream.
    public let sequence: UInt64
    /// What the state machine answered.
    public let output: Output

    /// Creates a pair.
    @inlinable
    public init(sequence: UInt64, output: Output) {
        self.sequence = sequence
        self.output = output
    }
}
