// SPDX-License-Identifier: Apache-2.0

package import Raft

/// The first record a dialer sends: who it is, and whom it believes to have reached.
package struct Hello: Hashable, Sendable {
    /// What the connection is for.
    package let channel: Frame.Channel
    /// Who dials.
    package let sender: Introduction
    /// Whom it wants to talk to; the address may by now be another's.
    package let receiver: MemberID

    /// Creates a record.
    package init(channel: Frame.Channel, sender: Introduction, receiver: MemberID) {
        self.channel = channel
        self.sender = sender
        self.receiver = receiver
    }
}

/// The only record an acceptor ever sends.
package enum Answer: Hashable, Sendable {
    /// Frames may follow.
    case accepted(by: Introduction)
    /// The acceptor closes the connection; the text says why, for a person.
    case refused(by: Introduction, reason: String)
}

/// The byte form of the two records of a handshake.
///
/// Little endian: 8 bytes of magic, kind (8 bits), transport format version (16), length of the
/// body (16), the body, CRC-32C of everything before it (32). Whatever a later version changes, it is
/// the body: so that members of different versions can still tell each other why they part.
package enum Handshake {
    /// The transport format that this code speaks.
    package static let version: UInt16 = 1

    /// The bytes a reader must be able to hold: the longest record.
    package static let maximumLength = headerLength + maximumBodyLength + checksumLength

    /// The first bytes of every record; no line of text starts like this.
    static let magic: [UInt8] = [0xB7, 0x52, 0x61, 0x66, 0x74, 0x0D, 0x0A, 0x1A]
    static let headerLength = 13
    static let checksumLength = 4
    static let maximumBodyLength = 2048
    static let maximumReasonLength = 1024

    enum Kind: UInt8 {
        case hello = 1
        case answer = 2
    }

    /// The bytes of a dialer's record.
    /// - Parameter version: Other than our own only to test how other versions are met.
    package static func encode(_ hello: Hello, version: UInt16 = version) -> [UInt8] {
        var body = ByteWriter()
        body.write(hello.channel.rawValue)
        write(hello.sender, to: &body)
        body.write(hello.receiver.rawValue)
        return record(.hello, version: version, body: body.bytes)
    }

    /// The bytes of an acceptor's record; a very long reason is cut.
    package static func encode(_ answer: Answer) -> [UInt8] {
        var body = ByteWriter()
        switch answer {
        case .accepted(let introduction):
            true.write(to: &body)
            write(introduction, to: &body)
        case .refused(let introduction, let reason):
            false.write(to: &body)
            write(introduction, to: &body)
            // Cutting may split a character: decoding repairs that.
            let text = String(decoding: reason.utf8.prefix(maximumReasonLength), as: UTF8.self)
            text.write(to: &body)
        }
        return record(.answer, version: version, body: body.bytes)
    }

    private static func write(_ introduction: Introduction, to writer: inout ByteWriter) {
        (introduction.cluster != nil).write(to: &writer)
        if let cluster = introduction.cluster {
            writer.write(cluster.high)
            writer.write(cluster.low)
        }
        writer.write(introduction.member.rawValue)
        writer.write(introduction.incarnation)
    }

    private static func record(_ kind: Kind, version: UInt16, body: [UInt8]) -> [UInt8] {
        precondition(
            body.count <= maximumBodyLength,
            "a handshake body of \(body.count) bytes, at most \(maximumBodyLength) are allowed")
        var writer = ByteWriter(capacity: headerLength + body.count + checksumLength)
        writer.write(raw: magic)
        writer.write(kind.rawValue)
        writer.write(version)
        writer.write(UInt16(body.count))
        writer.write(raw: body)
        writer.write(CRC32C.checksum(writer.bytes, in: 0..<writer.bytes.count))
        return writer.bytes
    }
}
