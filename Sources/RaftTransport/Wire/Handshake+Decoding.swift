// SPDX-License-Identifier: Apache-2.0

package import Raft

extension Handshake {
    /// A record, and how many bytes of the stream it took.
    package struct Decoded<Record: Sendable>: Sendable {
        /// What the record says.
        package let record: Record
        /// Where in the stream the next thing starts.
        package let length: Int
    }

    /// Reads a dialer's record from the front of a stream; nil as long as it is incomplete.
    /// - Throws: As soon as the bytes cannot be the start of one.
    package static func decodeHello(
        _ stream: RawSpan
    ) throws(HandshakeFailure) -> Decoded<Hello>? {
        guard let envelope = try envelope(.hello, stream) else { return nil }
        var reader = envelope.body
        do throws(DecodingFailure) {
            let offset = reader.position
            guard let channel = Frame.Channel(rawValue: try reader.read()) else {
                throw DecodingFailure("a channel", at: offset)
            }
            let sender = try introduction(from: &reader)
            let receiver = try member(from: &reader)
            try reader.finish()
            let hello = Hello(channel: channel, sender: sender, receiver: receiver)
            return Decoded(record: hello, length: envelope.length)
        } catch {
            throw .malformed(error)
        }
    }

    /// Reads an acceptor's record from the front of a stream; nil as long as it is incomplete.
    /// - Throws: As soon as the bytes cannot be the start of one.
    package static func decodeAnswer(
        _ stream: RawSpan
    ) throws(HandshakeFailure) -> Decoded<Answer>? {
        guard let envelope = try envelope(.answer, stream) else { return nil }
        var reader = envelope.body
        do throws(DecodingFailure) {
            let isAccepted = try Bool(from: &reader)
            let sender = try introduction(from: &reader)
            let answer: Answer =
                isAccepted
                ? .accepted(by: sender)
                : .refused(by: sender, reason: try String(from: &reader))
            try reader.finish()
            return Decoded(record: answer, length: envelope.length)
        } catch {
            throw .malformed(error)
        }
    }

    /// What every version of a record has in common; nil as long as the record is incomplete.
    private static func envelope(
        _ kind: Kind, _ stream: RawSpan
    ) throws(HandshakeFailure) -> (body: ByteReader, length: Int)? {
        let head = copy(stream, 0..<min(stream.byteCount, headerLength))
        // Whoever speaks something else may wait for an answer to less than a whole header.
        guard head.prefix(magic.count).elementsEqual(magic.prefix(head.count)) else {
            throw .notRaft
        }
        guard head.count == headerLength else { return nil }
        let theirVersion: UInt16
        let bytes: [UInt8]
        do throws(DecodingFailure) {
            var reader = ByteReader(head, in: magic.count..<headerLength)
            let actualKind = try reader.read(UInt8.self)
            guard actualKind == kind.rawValue else {
                throw DecodingFailure("kind \(kind.rawValue), not \(actualKind)", at: magic.count)
            }
            theirVersion = try reader.read()
            let length = Int(try reader.read(UInt16.self))
            guard length <= maximumBodyLength else {
                throw DecodingFailure("a length up to \(maximumBodyLength), not \(length)", at: 11)
            }
            let end = headerLength + length + checksumLength
            guard stream.byteCount >= end else { return nil }
            bytes = copy(stream, 0..<end)
            var trailer = ByteReader(bytes, in: end - checksumLength..<end)
            guard try trailer.read() == CRC32C.checksum(bytes, in: 0..<end - checksumLength) else {
                throw DecodingFailure("a matching checksum", at: end - checksumLength)
            }
        } catch {
            throw .malformed(error)
        }
        guard theirVersion == version else { throw .version(theirVersion) }
        return (ByteReader(bytes, in: headerLength..<bytes.count - checksumLength), bytes.count)
    }

    private static func introduction(
        from reader: inout ByteReader
    ) throws(DecodingFailure) -> Introduction {
        var cluster: ClusterID?
        if try Bool(from: &reader) {
            cluster = ClusterID(high: try reader.read(), low: try reader.read())
        }
        let member = try member(from: &reader)
        return Introduction(cluster: cluster, member: member, incarnation: try reader.read())
    }

    private static func member(from reader: inout ByteReader) throws(DecodingFailure) -> MemberID {
        let offset = reader.position
        guard let id = MemberID(UInt64(try reader.read(UInt16.self))) else {
            throw DecodingFailure("a member id, not 0", at: offset)
        }
        return id
    }

    private static func copy(_ stream: RawSpan, _ range: Range<Int>) -> [UInt8] {
        unsafe stream.extracting(range).withUnsafeBytes { unsafe [UInt8]($0) }
    }
}

/// Why bytes are not the record of a handshake that was expected.
package enum HandshakeFailure: Error, Hashable, Sendable {
    /// The other end speaks some other protocol.
    case notRaft
    /// The other end speaks another version of this one.
    case version(UInt16)
    /// The record is damaged, or was not written by this code.
    case malformed(DecodingFailure)
}
