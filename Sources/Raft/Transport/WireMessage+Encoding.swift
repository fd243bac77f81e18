// SPDX-License-Identifier: Apache-2.0

extension WireMessage {
    /// What a frame says it holds.
    package enum Kind: UInt8 {
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
        case versionQuestion = 20
        case versionAnswer = 21
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
        case .versionQuestion(let question):
            Self.write(.versionQuestion, header, to: &writer)
            writer.write(question.term.rawValue)
            writer.write(question.number)
        case .versionAnswer(let answer):
            Self.write(.versionAnswer, header, to: &writer)
            writer.write(answer.term.rawValue)
            writer.write(answer.number)
            answer.versions.write(to: &writer)
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
        writer.write(header.clock?.milliseconds ?? FrameHeader.unknownClock)
        writer.write(header.wall.milliseconds)
    }

    private static func write(
        _ append: AppendHeader, _ entries: ArraySlice<LogEntry>, _ header: FrameHeader,
        to writer: inout ByteWriter
    ) {
        write(.entries, header, to: &writer)
        writer.write(append.term.rawValue)
        append.previous.write(to: &writer)
        writer.write(append.commit.rawValue)
        writer.write(append.attempt)
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
            writer.write(rejection.attempt)
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
