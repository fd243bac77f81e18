// SPDX-License-Identifier: Apache-2.0

/// The commands of one committed entry on their way through a state machine.
///
/// What a session or a token has had carried out already, or must not have carried out, is answered here and
/// does not come as far as the machine. Only outcomes that a caller on this member waits for are kept;
/// the other members' are computed and dropped, which is most of them on a follower.
public struct ApplyBatch<Output: WireCodable> {
    /// The entry the commands are from.
    public let context: ApplyContext
    /// Outcomes that are waited for, in log order.
    public var outputs: [AppliedCommand<Output>] { kept }
    /// Set when a committed command could not be decoded: the member must stop, never skip.
    public private(set) var failure: DecodingFailure?

    @usableFromInline var kept: [AppliedCommand<Output>]
    /// Whether a command so far had to do with clients' sessions or tokens.
    private(set) var hasSessions = false
    /// The members' own streams: lent for as long as the entry takes, as every command needs them.
    var streams = GatewayStreams()
    /// All else that makes retries harmless; only commands that may be repeats come by here.
    private let sessions: SessionHolder
    private var reader: ByteReader
    private var remaining: UInt32
    /// Nil if every outcome is wanted.
    private let awaitedStream: StreamID?

    /// Prepares the commands of an entry, with no sessions but those it opens itself.
    /// - Parameters:
    ///   - entry: A committed entry.
    ///   - stream: Whose commands' outcomes are waited for; nil for everybody's.
    ///   - version: The machine version in force.
    public init(
        _ entry: LogEntry, awaiting stream: StreamID?, version: MachineVersion = .first
    ) {
        self.init(
            to: [], entry, awaiting: stream, version: version,
            sessions: SessionHolder(SessionTable()))
    }

    /// Prepares the commands of an entry; the streams of these sessions are still to be lent.
    /// - Parameter outputs: None yet.
    init(
        to outputs: [AppliedCommand<Output>], _ entry: LogEntry, awaiting stream: StreamID?,
        version: MachineVersion, sessions: SessionHolder
    ) {
        self.sessions = sessions
        kept = outputs
        context = ApplyContext(
            index: entry.index, term: entry.term, now: entry.time, version: version)
        reader = ByteReader(entry.bytes, in: LogEntry.headerLength..<entry.bytes.count)
        remaining = entry.commandCount
        awaitedStream = stream
    }

    /// The next command that the machine has to carry out, or nil after the last one.
    public mutating func next() -> CommandRecord? {
        while remaining > 0, failure == nil {
            remaining -= 1
            do throws(DecodingFailure) {
                let record = try CommandRecord(from: &reader, awaiting: awaitedStream)
                let isAdmitted = streams.admit(record.stream, record.sequence)
                if isAdmitted, record.form == .plain { return record }
                if let due = try take(record, isAdmitted: isAdmitted) { return due }
            } catch {
                failure = error
            }
        }
        return nil
    }

    /// Takes whatever is not a plain first use.
    /// - Returns: What the machine has to carry out of it.
    @inline(never)
    private mutating func take(
        _ record: CommandRecord, isAdmitted: Bool
    ) throws(DecodingFailure) -> CommandRecord? {
        guard isAdmitted else {
            refuse(record)
            return nil
        }
        switch record.form {
        case .plain: return record
        case .ofSession:
            var command = record
            let stamp = try SessionStamp(from: &command.payload)
            let decision = sessions.table.use(stamp, at: context.index, context.now)
            return try isDue(command, decision) ? command : nil
        case .ofToken:
            var command = record
            let token = try CommandToken(from: &command.payload)
            let bytes = command.payload.position..<command.payload.end
            let digest = unsafe command.payload.withBytes(in: bytes) {
                unsafe SessionDigest($0).value
            }
            let decision = sessions.table.tokens.use(
                token, for: digest, at: context.index, context.now)
            return try isDue(command, decision) ? command : nil
        case .operation:
            try perform(record)
            return nil
        }
    }

    /// Keeps the output of a command that is waited for, before the next is taken.
    ///
    /// Inlinable, as ``StateMachine/applyBatch(_:)`` is, and for the same reason.
    @inlinable
    public mutating func finish(_ command: CommandRecord, with output: Output) {
        if command.keepsOutput {
            var writer = ByteWriter(capacity: 16)
            output.write(to: &writer)
            keep(writer.bytes, of: command)
            guard isWaitedFor(command) else { return }
        }
        kept.append(AppliedCommand(sequence: command.sequence, outcome: .executed(output)))
    }

    /// Gives up: the command's bytes are not a command's.
    public mutating func stop(at command: CommandRecord, _ failure: DecodingFailure) {
        self.failure = failure
    }

    @usableFromInline
    mutating func keep(_ reply: [UInt8], of command: CommandRecord) {
        if command.form == .ofToken {
            sessions.table.tokens.keep(reply)
        } else {
            sessions.table.keep(reply)
        }
    }

    private mutating func keep(_ outcome: CommandOutcome<Output>, of command: CommandRecord) {
        guard isWaitedFor(command) else { return }
        kept.append(AppliedCommand(sequence: command.sequence, outcome: outcome))
    }

    @usableFromInline
    func isWaitedFor(_ command: CommandRecord) -> Bool {
        awaitedStream == nil || command.stream == awaitedStream
    }

    /// A member's stream has come past this command, or has ended: nobody waits for it.
    private mutating func refuse(_ command: CommandRecord) {
        // Who wants everybody's outcomes wants one for each command.
        if awaitedStream == nil { keep(.refused(.outcomeUnknown), of: command) }
    }

    /// Whether the machine has to carry out a command that may be a repeat.
    private mutating func isDue(
        _ command: CommandRecord, _ decision: SessionTable.Decision
    ) throws(DecodingFailure) -> Bool {
        hasSessions = true
        switch decision {
        case .execute: return true
        case .refuse(let error): refuse(command, error)
        case .answer(let reply): try answer(command, reply)
        }
        return false
    }

    // These are rare, and generic code takes its time before it begins.

    @inline(never)
    private mutating func refuse(_ command: CommandRecord, _ error: ProposalError) {
        keep(.refused(error), of: command)
    }

    @inline(never)
    private mutating func answer(
        _ command: CommandRecord, _ reply: SessionTable.Reply
    ) throws(DecodingFailure) {
        guard isWaitedFor(command) else { return }
        guard let bytes = reply.bytes else {
            return keep(.refused(.executed(at: reply.index)), of: command)
        }
        var reader = ByteReader(bytes)
        keep(.repeated(try Output(from: &reader), at: reply.index), of: command)
    }

    private mutating func perform(_ command: CommandRecord) throws(DecodingFailure) {
        hasSessions = true
        var reader = command.payload
        let operation = try SessionOperation(from: &reader)
        try reader.finish()
        let result = sessions.table.perform(operation, at: context.now)
        guard isWaitedFor(command) else { return }
        switch result {
        case .success(let session): keep(.session(session), of: command)
        case .failure(let error): keep(.refused(error), of: command)
        }
    }
}
