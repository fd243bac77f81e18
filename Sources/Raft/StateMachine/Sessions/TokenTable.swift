// SPDX-License-Identifier: Apache-2.0

/// Which tokens were used for what, and what that gave: exactly-once for clients without a session.
///
/// Part of ``SessionTable``, and a function of the log alone as that is. A token is remembered for its
/// window, except where there is no room for another: then the one whose window ends first makes room,
/// once it is old enough that nobody asks again (``SessionLimits/tokenAge``); until then new ones are
/// refused, as a command told *not executed* does less harm than one executed twice.
struct TokenTable: Sendable {
    /// A command that was carried out.
    struct Use: Sendable {
        let token: [UInt8]
        /// What ``SessionDigest`` makes of the command's bytes.
        let command: UInt64
        let index: LogIndex
        let begin: ClusterTime
        /// The token is forgotten at this time.
        let end: ClusterTime
        /// Nil if it was too long to be kept.
        var reply: [UInt8]?
    }

    let limits: SessionLimits
    /// By slot; nil where there is none.
    private var slots: [Use?] = []
    private var freeSlots: [Int] = []
    /// Looked up only.
    private var slotOfToken: [[UInt8]: Int] = [:]
    private var ends = EndOrder()
    /// How many bytes the tokens and replies take.
    private(set) var byteCount = 0
    /// The sum of what ``SessionDigest`` makes of each use.
    private(set) var digest: UInt64 = 0
    /// The command under way.
    private var underWay: Use?

    init(_ limits: SessionLimits) { self.limits = limits }

    /// How many tokens are remembered; some of them may be over.
    var count: Int { slotOfToken.count }

    /// In the order in which they end.
    var uses: [Use] { ends.sorted.compactMap { slots[$0] } }

    /// Decides on a command; if it is to be executed, ``keep(_:)`` has to follow.
    /// - Complexity: O(log n)
    mutating func use(
        _ token: CommandToken, for command: UInt64, at index: LogIndex, _ now: ClusterTime
    ) -> SessionTable.Decision {
        if let slot = slotOfToken[token.bytes], let use = slots[slot] {
            if use.end > now {
                guard use.command == command else { return .refuse(.rejected(.tokenMismatch)) }
                return .answer(
                    SessionTable.Reply(sequence: 0, index: use.index, bytes: use.reply))
            }
            expire(at: now, atMost: .max)
        }
        guard makeRoom(at: now) else { return .refuse(.rejected(.tooManyTokens)) }
        underWay = Use(
            token: token.bytes, command: command, index: index, begin: now,
            end: ClusterTime(milliseconds: now.milliseconds + Int64(token.window)))
        return .execute
    }

    /// Keeps the reply of the command that was decided to be executed.
    mutating func keep(_ bytes: [UInt8]) {
        guard var use = underWay else {
            preconditionFailure("a reply of \(bytes.count) bytes to no command with a token")
        }
        underWay = nil
        if bytes.count <= limits.replyBytes { use.reply = bytes }
        add(use)
    }

    /// Forgets tokens that are over.
    /// - Complexity: O(log n) for each of them.
    mutating func expire(at now: ClusterTime, atMost limit: Int) {
        var left = limit
        while left > 0, let first = ends.first, first.end <= now {
            removeFirst()
            left -= 1
        }
    }

    /// Whether there is room for another token, now at least.
    private mutating func makeRoom(at now: ClusterTime) -> Bool {
        // How long the reply will be is not known yet.
        let bytes = Use.overhead + CommandToken.lengths.upperBound + limits.replyBytes
        while count >= limits.tokens || byteCount + bytes > limits.tokenBytes {
            guard let first = ends.first, let use = slots[first.slot],
                now.milliseconds - use.begin.milliseconds >= limits.tokenAge || use.end <= now
            else { return false }
            removeFirst()
        }
        return true
    }

    private mutating func add(_ use: Use) {
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count { slots.append(nil) }
        slots[slot] = use
        slotOfToken[use.token] = slot
        ends.insert(slot, at: use.end)
        byteCount += use.byteCount
        digest &+= use.digest
    }

    private mutating func removeFirst() {
        guard let slot = ends.popFirst(), let use = slots[slot] else { return }
        slots[slot] = nil
        freeSlots.append(slot)
        slotOfToken[use.token] = nil
        byteCount -= use.byteCount
        digest &-= use.digest
    }
}

extension TokenTable.Use {
    /// Bytes it counts for besides token and reply.
    static let overhead = 160

    var byteCount: Int { Self.overhead + token.count + (reply?.count ?? 0) }

    var digest: UInt64 {
        var hash = SessionDigest(
            command, index.rawValue, UInt64(bitPattern: begin.milliseconds),
            UInt64(bitPattern: end.milliseconds), UInt64(token.count))
        hash.add(UInt64(CRC32C.checksum(token, in: 0..<token.count)))
        hash.add(reply.map { UInt64(CRC32C.checksum($0, in: 0..<$0.count)) } ?? .max)
        hash.add(reply.map { UInt64($0.count) } ?? .max)
        return hash.value
    }
}

// The table as bytes; equal tables give equal bytes.
extension TokenTable {
    func write(to writer: inout ByteWriter) {
        let uses = uses
        writer.write(UInt32(uses.count))
        for use in uses {
            writer.write(counted: use.token)
            writer.write(use.command)
            writer.write(use.index.rawValue)
            writer.write(use.begin.milliseconds)
            writer.write(use.end.milliseconds)
            use.reply.write(to: &writer)
        }
    }

    init(from reader: inout ByteReader, _ limits: SessionLimits) throws(DecodingFailure) {
        self.init(limits)
        var last = ClusterTime.zero
        for _ in 0..<(try reader.read(UInt32.self)) {
            let offset = reader.position
            let use = Use(
                token: try reader.readCounted(), command: try reader.read(),
                index: LogIndex(try reader.read()),
                begin: ClusterTime(milliseconds: try reader.read()),
                end: ClusterTime(milliseconds: try reader.read()),
                reply: try Optional<[UInt8]>(from: &reader))
            guard CommandToken.lengths.contains(use.token.count), use.begin < use.end,
                last <= use.end, slotOfToken[use.token] == nil, count < limits.tokens
            else {
                throw DecodingFailure(
                    "at most \(limits.tokens) tokens in order, each once", at: offset)
            }
            last = use.end
            add(use)
        }
    }
}
