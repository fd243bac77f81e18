// SPDX-License-Identifier: Apache-2.0

/// Everything members say to each other.
package enum WireMessage: Sendable, Equatable {
    case message(Message)
    case promise(Promise)
    case entries(AppendHeader, [LogEntry])
    case forward(Forward)
    case forwardAdmitted(ForwardAdmitted)
    case bootstrap(BootstrapMessage)

    /// The connection it travels on.
    package var channel: Frame.Channel {
        switch self {
        case .entries, .forward: .bulk
        case .message, .promise, .forwardAdmitted, .bootstrap: .control
        }
    }
}

/// Commands that a member hands to the leader (see ``Outbox``).
package struct Forward: Sendable, Equatable {
    /// The only term in whose leader's log the commands may go.
    package var term: Term
    /// The stream of the member that accepted the commands.
    package var stream: StreamID
    /// The place of this message among all that the stream sent in this term, from 1.
    package var position: UInt64
    /// How many commands there are.
    package var count: UInt32
    /// Command records, back to back.
    package var bytes: [UInt8]
}

/// "Your forwarded commands are in my log up to this position."
package struct ForwardAdmitted: Sendable, Equatable {
    package var term: Term
    package var stream: StreamID
    package var position: UInt64
}

/// What members say to found a cluster (see ``Bootstrap``).
package enum BootstrapMessage: Sendable, Equatable {
    /// "I am here and belong to no cluster; these are my flags."
    case hello(fingerprint: UInt64)
    /// "This is our cluster's id; write it down."
    case offer(ClusterID, fingerprint: UInt64)
    /// "I have written it down."
    case accepted(ClusterID)
    /// "All have written it down; begin."
    case begin(ClusterID)
    /// "My cluster exists already; a member without data has no place in it."
    case established(ClusterID)
}

/// What precedes every message in its frame.
package struct FrameHeader: Sendable, Equatable {
    /// The group the message is for.
    package var group: GroupID
    /// The sender's estimate of cluster time.
    package var clock: ClusterTime

    static let format: UInt8 = 1
    /// Bytes before the message.
    static let length = 20
}

extension WireMessage {
    private enum Kind: UInt8 {
        case preVoteRequest = 1
        case preVoteReply = 2
        case voteRequest = 3
        case voteGranted = 4
        case voteRefused = 5
        case entries = 6
        case appendAccepted = 7
        case appendRejected = 8
        case heartbeat = 9
        case heartbeatReply = 10
        case commitNotice = 11
        case readIndexRequest = 12
        case readIndexReply = 13
        case forward = 14
        case forwardAdmitted = 15
        case bootstrap = 16
        // 17 snapshot chunk, 18 its receipt, 19 leadership transfer: reserved.
    }

    /// Encodes the message with its header.
    package func encoded(_ header: FrameHeader) -> [UInt8] {
        var writer = ByteWriter(capacity: 96)
        switch self {
        case .message(let message): Self.write(message, header, to: &writer)
        case .promise(let promise): Self.write(promise, header, to: &writer)
        case .entries(let append, let entries):
            Self.write(append, entries[...], header, to: &writer)
        case .forward(let forward):
            Self.write(.forward, header, to: &writer)
            writer.write(forward.term.rawValue)
            writer.write(forward.stream.rawValue)
            writer.write(forward.position)
            writer.write(forward.count)
            writer.write(raw: forward.bytes)
        case .forwardAdmitted(let admitted):
            Self.write(.forwardAdmitted, header, to: &writer)
            writer.write(admitted.term.rawValue)
            writer.write(admitted.stream.rawValue)
            writer.write(admitted.position)
        case .bootstrap(let message):
            Self.write(.bootstrap, header, to: &writer)
            message.write(to: &writer)
        }
        return writer.bytes
    }

    /// Encodes an append message straight from a part of the log in memory.
    package static func encodedEntries(
        _ append: AppendHeader, _ entries: ArraySlice<LogEntry>, _ header: FrameHeader
    ) -> [UInt8] {
        let length = entries.reduce(FrameHeader.length + 36) { $0 + $1.bytes.count }
        var writer = ByteWriter(capacity: length)
        write(append, entries, header, to: &writer)
        return writer.bytes
    }

    private static func write(_ kind: Kind, _ header: FrameHeader, to writer: inout ByteWriter) {
        writer.write(FrameHeader.format)
        writer.write(kind.rawValue)
        writer.write(UInt16(0))
        writer.write(header.group.rawValue)
        writer.write(header.clock.milliseconds)
    }

    private static func write(
        _ append: AppendHeader, _ entries: ArraySlice<LogEntry>, _ header: FrameHeader,
        to writer: inout ByteWriter
    ) {
        write(.entries, header, to: &writer)
        writer.write(append.term.rawValue)
        append.previous.write(to: &writer)
        writer.write(append.commit.rawValue)
        writer.write(UInt32(entries.count))
        for entry in entries { writer.write(raw: entry.bytes) }
    }

    private static func write(
        _ promise: Promise, _ header: FrameHeader, to writer: inout ByteWriter
    ) {
        switch promise {
        case .voteRequest(let request):
            write(.voteRequest, header, to: &writer)
            writer.write(request.term.rawValue)
            request.logEnd.write(to: &writer)
        case .voteGranted(let grant):
            write(.voteGranted, header, to: &writer)
            writer.write(grant.term.rawValue)
        case .appendAccepted(let acceptance):
            write(.appendAccepted, header, to: &writer)
            writer.write(acceptance.term.rawValue)
            writer.write(acceptance.match.rawValue)
        }
    }

    private static func write(
        _ message: Message, _ header: FrameHeader, to writer: inout ByteWriter
    ) {
        switch message {
        case .preVoteRequest(let request):
            write(.preVoteRequest, header, to: &writer)
            writer.write(request.prospectiveTerm.rawValue)
            request.logEnd.write(to: &writer)
        case .preVoteReply(let reply):
            write(.preVoteReply, header, to: &writer)
            writer.write(reply.term.rawValue)
            reply.isGranted.write(to: &writer)
        case .voteRefused(let refusal):
            write(.voteRefused, header, to: &writer)
            writer.write(refusal.term.rawValue)
        case .appendRejected(let rejection):
            write(.appendRejected, header, to: &writer)
            writer.write(rejection.term.rawValue)
            writer.write(rejection.rejected.rawValue)
            rejection.hint.write(to: &writer)
        case .heartbeat(let heartbeat):
            write(.heartbeat, header, to: &writer)
            writer.write(heartbeat.term.rawValue)
            writer.write(heartbeat.commit.rawValue)
            writer.write(heartbeat.round)
        case .heartbeatReply(let reply):
            write(.heartbeatReply, header, to: &writer)
            writer.write(reply.term.rawValue)
            writer.write(reply.round)
            writer.write(reply.received.rawValue)
            writer.write(reply.durable.rawValue)
        case .commitNotice(let notice):
            write(.commitNotice, header, to: &writer)
            writer.write(notice.term.rawValue)
            writer.write(notice.commit.rawValue)
        case .readIndexRequest(let request):
            write(.readIndexRequest, header, to: &writer)
            writer.write(request.term.rawValue)
            writer.write(request.id)
        case .readIndexReply(let reply):
            write(.readIndexReply, header, to: &writer)
            writer.write(reply.term.rawValue)
            writer.write(reply.id)
            writer.write(reply.index.rawValue)
        }
    }
}

extension WireMessage {
    /// Decodes a frame.
    /// - Throws: If the bytes are of another format, of an unknown kind, cut short or too long, or hold an
    ///   entry that does not match its checksum.
    package static func decode(
        _ bytes: [UInt8]
    ) throws(DecodingFailure) -> (FrameHeader, WireMessage) {
        var reader = ByteReader(bytes)
        let format = try reader.read(UInt8.self)
        guard format == FrameHeader.format else {
            throw DecodingFailure("message format \(FrameHeader.format), not \(format)", at: 0)
        }
        let number = try reader.read(UInt8.self)
        guard let kind = Kind(rawValue: number) else {
            throw DecodingFailure("a known kind of message, not \(number)", at: 1)
        }
        _ = try reader.read(UInt16.self)
        let header = FrameHeader(
            group: GroupID(try reader.read()), clock: ClusterTime(milliseconds: try reader.read()))
        let message = try decode(kind, group: header.group, from: &reader)
        try reader.finish()
        return (header, message)
    }

    private static func decode(
        _ kind: Kind, group: GroupID, from r: inout ByteReader
    ) throws(DecodingFailure) -> WireMessage {
        switch kind {
        case .preVoteRequest:
            .message(
                .preVoteRequest(
                    PreVoteRequest(
                        prospectiveTerm: Term(try r.read()), logEnd: try LogEnd(from: &r))))
        case .preVoteReply:
            .message(
                .preVoteReply(
                    PreVoteReply(term: Term(try r.read()), isGranted: try Bool(from: &r))))
        case .voteRequest:
            .promise(
                .voteRequest(
                    VoteRequest(term: Term(try r.read()), logEnd: try LogEnd(from: &r))))
        case .voteGranted: .promise(.voteGranted(VoteGranted(term: Term(try r.read()))))
        case .voteRefused: .message(.voteRefused(VoteRefused(term: Term(try r.read()))))
        case .entries: try decodeEntries(group: group, from: &r)
        case .appendAccepted:
            .promise(
                .appendAccepted(
                    AppendAccepted(term: Term(try r.read()), match: LogIndex(try r.read()))))
        case .appendRejected:
            .message(
                .appendRejected(
                    AppendRejected(
                        term: Term(try r.read()), rejected: LogIndex(try r.read()),
                        hint: try LogEnd(from: &r))))
        case .heartbeat:
            .message(
                .heartbeat(
                    Heartbeat(
                        term: Term(try r.read()), commit: LogIndex(try r.read()),
                        round: try r.read())))
        case .heartbeatReply:
            .message(
                .heartbeatReply(
                    HeartbeatReply(
                        term: Term(try r.read()), round: try r.read(),
                        received: LogIndex(try r.read()), durable: LogIndex(try r.read()))))
        case .commitNotice:
            .message(
                .commitNotice(
                    CommitNotice(term: Term(try r.read()), commit: LogIndex(try r.read()))))
        case .readIndexRequest:
            .message(
                .readIndexRequest(
                    ReadIndexRequest(term: Term(try r.read()), id: try r.read())))
        case .readIndexReply:
            .message(
                .readIndexReply(
                    ReadIndexReply(
                        term: Term(try r.read()), id: try r.read(),
                        index: LogIndex(try r.read()))))
        case .forward:
            .forward(
                Forward(
                    term: Term(try r.read()), stream: StreamID(rawValue: try r.read()),
                    position: try r.read(), count: try r.read(),
                    bytes: try r.read(count: r.remaining)))
        case .forwardAdmitted:
            .forwardAdmitted(
                ForwardAdmitted(
                    term: Term(try r.read()), stream: StreamID(rawValue: try r.read()),
                    position: try r.read()))
        case .bootstrap: .bootstrap(try BootstrapMessage(from: &r))
        }
    }

    private static func decodeEntries(
        group: GroupID, from reader: inout ByteReader
    ) throws(DecodingFailure) -> WireMessage {
        let append = AppendHeader(
            term: Term(try reader.read()), previous: try LogEnd(from: &reader),
            commit: LogIndex(try reader.read()))
        let count = try reader.read(UInt32.self)
        var entries: [LogEntry] = []
        for position in 0..<count {
            let start = reader.position
            let entry = try LogEntry(from: &reader, group: group)
            let expected = append.previous.index + (Int(position) + 1)
            guard entry.index == expected, entry.term <= append.term,
                entry.term >= entries.last?.term ?? append.previous.term
            else {
                throw DecodingFailure(
                    "entry \(expected) of a term up to \(append.term), not \(entry.index) of "
                        + "\(entry.term)", at: start)
            }
            entries.append(entry)
        }
        return .entries(append, entries)
    }
}

extension LogEnd: WireCodable {
    package init(from reader: inout ByteReader) throws(DecodingFailure) {
        self.init(term: Term(try reader.read()), index: LogIndex(try reader.read()))
    }

    package func write(to writer: inout ByteWriter) {
        writer.write(term.rawValue)
        writer.write(index.rawValue)
    }
}

extension ClusterID: WireCodable {
    /// Reads 16 bytes.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        self.init(high: try reader.read(), low: try reader.read())
    }

    /// Writes 16 bytes.
    public func write(to writer: inout ByteWriter) {
        writer.write(high)
        writer.write(low)
    }
}

extension BootstrapMessage: WireCodable {
    package init(from reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.position
        switch try reader.read(UInt8.self) {
        case 0: self = .hello(fingerprint: try reader.read())
        case 1: self = .offer(try ClusterID(from: &reader), fingerprint: try reader.read())
        case 2: self = .accepted(try ClusterID(from: &reader))
        case 3: self = .begin(try ClusterID(from: &reader))
        case 4: self = .established(try ClusterID(from: &reader))
        case let kind: throw DecodingFailure("a bootstrap message, not \(kind)", at: offset)
        }
    }

    package func write(to writer: inout ByteWriter) {
        switch self {
        case .hello(let fingerprint):
            writer.write(UInt8(0))
            writer.write(fingerprint)
        case .offer(let cluster, let fingerprint):
            writer.write(UInt8(1))
            cluster.write(to: &writer)
            writer.write(fingerprint)
        case .accepted(let cluster):
            writer.write(UInt8(2))
            cluster.write(to: &writer)
        case .begin(let cluster):
            writer.write(UInt8(3))
            cluster.write(to: &writer)
        case .established(let cluster):
            writer.write(UInt8(4))
            cluster.write(to: &writer)
        }
    }
}
