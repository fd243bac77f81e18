// SPDX-License-Identifier: Apache-2.0

// The table as bytes; equal tables give equal bytes.
extension SessionTable {
    private static var format: UInt8 { 2 }

    /// Writes everything a member that has not seen the log needs to go on as the others do.
    package func write(to writer: inout ByteWriter) {
        writer.write(Self.format)
        writer.write(nextSession)
        writer.write(graceEnd.milliseconds)
        writer.write(lastSweep.milliseconds)
        writer.write(time.milliseconds)
        streams.write(to: &writer)
        let ended = ended.all
        writer.write(UInt32(ended.count))
        for (session, highest) in ended {
            writer.write(session.rawValue)
            writer.write(highest)
        }
        let sessions = sessions
        writer.write(UInt32(sessions.count))
        for session in sessions { session.write(to: &writer) }
        tokens.write(to: &writer)
    }

    /// Reads what ``write(to:)`` wrote.
    /// - Throws: If the bytes are not those of a table, or of one within these limits.
    package init(
        from reader: inout ByteReader, _ limits: SessionLimits = SessionLimits()
    ) throws(DecodingFailure) {
        self.init(limits)
        let offset = reader.position
        let format = try reader.read(UInt8.self)
        guard format == Self.format else {
            throw DecodingFailure("sessions in format \(Self.format), not \(format)", at: offset)
        }
        restore(
            nextSession: try reader.read(),
            graceEnd: ClusterTime(milliseconds: try reader.read()),
            lastSweep: ClusterTime(milliseconds: try reader.read()),
            time: ClusterTime(milliseconds: try reader.read()))
        streams = try GatewayStreams(from: &reader)
        for _ in 0..<(try reader.read(UInt32.self)) {
            try restore(ended: SessionID(try reader.read()), highest: try reader.read(), offset)
        }
        for _ in 0..<(try reader.read(UInt32.self)) {
            try restore(try Session(from: &reader), offset)
        }
        tokens = try TokenTable(from: &reader, limits)
    }
}

extension SessionTable.Session {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.write(id.rawValue)
        writer.write(lifetime)
        writer.write(lastUse.milliseconds)
        writer.write(acknowledgedThrough)
        writer.write(highest)
        writer.write(UInt32(replies.count))
        for reply in replies {
            writer.write(reply.sequence)
            writer.write(reply.index.rawValue)
            reply.bytes.write(to: &writer)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingFailure) {
        let id = SessionID(try reader.read())
        let lifetime = try reader.read(Int64.self)
        self.init(
            id: id, lifetime: lifetime, lastUse: ClusterTime(milliseconds: try reader.read()))
        acknowledgedThrough = try reader.read()
        highest = try reader.read()
        for _ in 0..<(try reader.read(UInt32.self)) {
            let offset = reader.position
            let reply = SessionTable.Reply(
                sequence: try reader.read(), index: LogIndex(try reader.read()),
                bytes: try Optional<[UInt8]>(from: &reader))
            let last = replies.last?.sequence ?? acknowledgedThrough
            guard reply.sequence > last, reply.sequence <= highest else {
                throw DecodingFailure("replies in order", at: offset)
            }
            replies.append(reply)
        }
    }
}
