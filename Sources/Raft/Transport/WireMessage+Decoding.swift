// SPDX-License-Identifier: Apache-2.0

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
        let group = GroupID(try reader.read())
        let clock = try readClock(from: &reader)
        guard let wall = try readClock(from: &reader) else {
            throw DecodingFailure("a wall clock", at: reader.position - 8)
        }
        let header = FrameHeader(group: group, clock: clock, wall: wall)
        let message = try decode(kind, group: header.group, from: &reader)
        try reader.finish()
        return (header, message)
    }

    private static func readClock(
        from reader: inout ByteReader
    ) throws(DecodingFailure) -> ClusterTime? {
        let offset = reader.position
        let milliseconds = try reader.read(Int64.self)
        if milliseconds == FrameHeader.unknownClock { return nil }
        guard FrameHeader.clockRange.contains(milliseconds) else {
            throw DecodingFailure("a clock of this era, not \(milliseconds)", at: offset)
        }
        return ClusterTime(milliseconds: milliseconds)
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
                        hint: try LogEnd(from: &r), attempt: try r.read())))
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
        case .versionQuestion:
            .versionQuestion(
                VersionQuestion(term: Term(try r.read()), number: try r.read()))
        case .versionAnswer:
            .versionAnswer(
                VersionAnswer(
                    term: Term(try r.read()), number: try r.read(),
                    versions: try ClosedRange<MachineVersion>(from: &r)))
        }
    }

    private static func decodeEntries(
        group: GroupID, from reader: inout ByteReader
    ) throws(DecodingFailure) -> WireMessage {
        let append = AppendHeader(
            term: Term(try reader.read()), previous: try LogEnd(from: &reader),
            commit: LogIndex(try reader.read()), attempt: try reader.read())
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
