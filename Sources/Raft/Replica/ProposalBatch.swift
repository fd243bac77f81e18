// SPDX-License-Identifier: Apache-2.0

/// Commands to propose together, already in the form in which they will stand in the log.
///
/// The unit of the public hot path: everything that arrived in one turn of an event loop goes into one
/// batch, is appended as one entry where possible, and completes with one call per entry.
public struct ProposalBatch: Sendable {
    /// Part of a batch, small enough to travel in one frame unless it is a single command.
    struct Chunk: Sendable {
        var count = 0
        var writer = ByteWriter()
    }

    /// How many bytes of commands travel together, in a frame or an entry, unless one is longer.
    public let chunkBytes: Int

    private(set) var chunks: [Chunk] = []
    private var open = Chunk()
    /// How many commands it holds.
    public private(set) var count = 0
    /// How many bytes its longest command takes.
    public private(set) var longestCommand = 0

    /// Creates an empty batch.
    /// - Parameter chunkBytes: About how many bytes of commands travel together at most, 1 or more.
    public init(chunkBytes: Int = 128 << 10) {
        precondition(chunkBytes > 0, "chunks of \(chunkBytes) bytes")
        self.chunkBytes = chunkBytes
    }

    /// How many bytes the commands take in the log.
    public var byteCount: Int {
        chunks.reduce(open.writer.bytes.count) { $0 + $1.writer.bytes.count }
    }

    /// Whether it holds no command.
    public var isEmpty: Bool { count == 0 }

    /// Adds a command.
    /// - Returns: Its ordinal in the batch, by which ``ProposalResult`` names it.
    @discardableResult
    public mutating func append(_ command: some WireCodable) -> Int {
        append { command.write(to: &$0) }
    }

    /// Adds a command of a client's session: proposed again with the same stamp but for what it acknowledges,
    /// by whatever member, it takes effect once and gives the same output.
    /// - Returns: Its ordinal in the batch.
    @discardableResult
    public mutating func append(_ command: some WireCodable, as stamp: SessionStamp) -> Int {
        append(as: stamp) { command.write(to: &$0) }
    }

    /// Adds a command of a client's session that `body` encodes.
    /// - Parameter body: Appends exactly one command's bytes.
    /// - Returns: Its ordinal in the batch.
    @discardableResult
    public mutating func append(
        as stamp: SessionStamp, encoding body: (inout ByteWriter) -> Void
    ) -> Int {
        append(.ofSession) {
            stamp.write(to: &$0)
            body(&$0)
        }
    }

    /// Adds a command with a token: proposed again with the same one within its window, by whatever member,
    /// it takes effect once and gives the same output.
    /// - Returns: Its ordinal in the batch.
    @discardableResult
    public mutating func append(_ command: some WireCodable, as token: CommandToken) -> Int {
        append(as: token) { command.write(to: &$0) }
    }

    /// Adds a command with a token that `body` encodes.
    /// - Parameter body: Appends exactly one command's bytes.
    /// - Returns: Its ordinal in the batch.
    @discardableResult
    public mutating func append(
        as token: CommandToken, encoding body: (inout ByteWriter) -> Void
    ) -> Int {
        append(.ofToken) {
            token.write(to: &$0)
            body(&$0)
        }
    }

    /// A batch of its own for an operation on sessions: its outcome is not a command's.
    package init(_ operation: SessionOperation) {
        self.init()
        append(.operation) { operation.write(to: &$0) }
    }

    /// Adds a command that `body` encodes.
    /// - Parameter body: Appends exactly one command's bytes.
    /// - Returns: Its ordinal in the batch.
    @discardableResult
    public mutating func append(encoding body: (inout ByteWriter) -> Void) -> Int {
        append(.plain, body)
    }

    @discardableResult
    private mutating func append(
        _ form: CommandRecord.Form, _ body: (inout ByteWriter) -> Void
    ) -> Int {
        let start = open.writer.bytes.count
        // Stream and sequence are filled in when the batch is submitted.
        open.writer.write(UInt64(0))
        open.writer.write(UInt64(0))
        open.writer.write(UInt32(0))
        body(&open.writer)
        let length = open.writer.bytes.count - start - CommandRecord.overhead
        // A longer one is refused when the batch is proposed, whatever stands here.
        let header = CommandRecord.header(
            length: min(length, LogEntry.maximumLength), form)
        open.writer.overwrite(header, at: start + 16)
        open.count += 1
        count += 1
        longestCommand = max(longestCommand, length)
        if open.writer.bytes.count >= chunkBytes { close() }
        return count - 1
    }

    /// The bytes of each record behind its length, by ordinal.
    package var commands: [ArraySlice<UInt8>] {
        var commands: [ArraySlice<UInt8>] = []
        for chunk in chunks + [open] {
            var at = 0
            while at < chunk.writer.bytes.count {
                let start = at + CommandRecord.overhead
                at = start + Self.length(of: chunk.writer.bytes, at: at)
                commands.append(chunk.writer.bytes[start..<at])
            }
        }
        return commands
    }

    /// The length of the command whose record starts here.
    private static func length(of bytes: [UInt8], at start: Int) -> Int {
        CommandRecord.length((0..<4).reduce(0) { $0 | UInt32(bytes[start + 16 + $1]) << (8 * $1) })
    }

    private mutating func close() {
        guard open.count > 0 else { return }
        chunks.append(open)
        open = Chunk()
    }

    /// Takes the batch apart, each command stamped with its stream and its place in it.
    /// - Parameter first: The sequence of the first command; the others follow.
    consuming func stamped(stream: StreamID, first: UInt64) -> [OutboxChunk] {
        close()
        var sequence = first
        return chunks.map { chunk in
            let chunkFirst = sequence
            var writer = chunk.writer
            var at = 0
            while at < writer.bytes.count {
                writer.overwrite(stream.rawValue, at: at)
                writer.overwrite(sequence, at: at + 8)
                at += CommandRecord.overhead + Self.length(of: writer.bytes, at: at)
                sequence += 1
            }
            return OutboxChunk(first: chunkFirst, count: chunk.count, bytes: writer.bytes)
        }
    }
}

/// What became of one command of a batch.
public struct ProposalResult<Output: Sendable>: Sendable {
    /// The command's ordinal in its batch.
    public let ordinal: Int
    /// Its output and where it was applied, or why there is none.
    public let result: Result<Applied<Output>, ProposalError>

    /// Creates a result.
    @inline(__always)
    public init(ordinal: Int, result: Result<Applied<Output>, ProposalError>) {
        self.ordinal = ordinal
        self.result = result
    }
}

/// The output of a command and the index of the entry that carried it.
public struct Applied<Output: Sendable>: Sendable {
    /// What the state machine answered.
    public let output: Output
    /// Where in the log the command stands.
    public let index: LogIndex

    /// Creates a pair.
    @inline(__always)
    public init(output: Output, index: LogIndex) {
        self.output = output
        self.index = index
    }
}
