// SPDX-License-Identifier: Apache-2.0

/// The first block of a segment: whose it is, which life of which segment, and what came before.
///
/// It is durable, like the file's name, before any group is written after it: a header that does not
/// match its checksum is damage, always. Little endian:
///
/// | offset | bytes | |
/// | --- | --- | --- |
/// | 0 | 8 | `RaftSegm` |
/// | 8 | 4 | CRC32C of the rest of the block |
/// | 12 | 4 | format version, 1 |
/// | 16 | 16 | cluster |
/// | 32 | 8 | member |
/// | 40 | 8 | incarnation |
/// | 48 | 8 | number of the segment |
/// | 56 | 8 | salt of this life of it |
/// | 64 | 8 | size of the file in bytes, zero-filled and durable before its first group |
/// | 72 | 8 | number of the previous segment; 0 for none |
/// | 80 | 8 | where the previous segment's groups end |
/// | 88 | 4 | checksum of the last of them, see ``LogMark`` |
/// | 92 | 4 | checksum of the last group that was durable before the file had its name |
/// | 96 | 8 | where that group ends |
/// | 104 | 48 | what the log amounts to before the segment, see ``LogState`` |
/// | 152 | 360 | zero |
struct SegmentHeader: Hashable, Sendable {
    /// The size of the block, and what every group is aligned to: a torn sector of one group can then
    /// never damage another.
    static let blockLength = 512
    static let version: UInt32 = 1
    private static let magic: UInt64 = 0x6D67_6553_7466_6152

    let cluster: ClusterID
    let member: MemberID
    let incarnation: UInt64
    let life: SegmentLife
    /// The size of the file in bytes.
    let capacity: Int
    /// Where the groups of the previous segment end; nothing after it counts.
    let previous: LogMark
    /// Up to here the segment was durable before it had its name.
    let sealed: LogMark
    /// What the log amounts to before the segment.
    let base: LogState

    init(
        identity: Identity, life: SegmentLife, capacity: Int, previous: LogMark, sealed: LogMark,
        base: LogState
    ) {
        cluster = identity.cluster
        member = identity.member
        incarnation = identity.incarnation
        self.life = life
        self.capacity = capacity
        self.previous = previous
        self.sealed = sealed
        self.base = base
    }

    /// The block.
    var block: [UInt8] {
        var writer = ByteWriter(capacity: Self.blockLength)
        writer.write(Self.magic)
        writer.write(UInt32(0))
        writer.write(Self.version)
        writer.write(cluster.high)
        writer.write(cluster.low)
        writer.write(UInt64(member.rawValue))
        writer.write(incarnation)
        writer.write(life.number)
        writer.write(life.salt)
        writer.write(UInt64(capacity))
        writer.write(previous.position.segment)
        writer.write(UInt64(previous.position.offset))
        writer.write(previous.checksum)
        writer.write(sealed.checksum)
        writer.write(UInt64(sealed.position.offset))
        base.write(to: &writer)
        writer.write(raw: [UInt8](repeating: 0, count: Self.blockLength - writer.bytes.count))
        let checksum = CRC32C.checksum(writer.bytes, in: 12..<Self.blockLength)
        writer.overwrite(checksum, at: 8)
        return writer.bytes
    }

    /// Reads and checks a block.
    /// - Parameters:
    ///   - block: The first bytes of the file; fewer than a block if the file is shorter.
    ///   - number: The segment that the file's name says it is.
    ///   - identity: Whose segment it has to be.
    init(_ block: [UInt8], number: UInt64, identity: Identity) throws(RaftError) {
        let path = Storage.segmentPath(number)
        var version = Self.version
        do throws(DecodingFailure) {
            guard block.count == Self.blockLength else {
                throw DecodingFailure("the segment's header of 512 bytes", at: block.count)
            }
            var reader = ByteReader(block)
            guard try reader.read(UInt64.self) == Self.magic else {
                throw DecodingFailure("the mark of a log segment", at: 0)
            }
            let checksum = try reader.read(UInt32.self)
            guard CRC32C.checksum(block, in: 12..<Self.blockLength) == checksum else {
                throw DecodingFailure("a segment header with checksum \(checksum)", at: 8)
            }
            version = try reader.read()
            if version == Self.version {
                try self.init(afterVersion: &reader)
                guard life.number == number else {
                    throw DecodingFailure("segment \(number), not \(life.number)", at: 48)
                }
            } else {
                // Fields of another version mean nothing here; the error below is thrown.
                self.init(
                    identity: identity, life: SegmentLife(identity: identity, number: 0, salt: 0),
                    capacity: 0, previous: .none, sealed: .none, base: LogState())
            }
        } catch {
            throw .damaged(path, at: error.offset, "expected \(error.expected)")
        }
        guard version == Self.version else {
            throw .unknownFormat(path, version, known: Self.version)
        }
        try requireOwner(identity, path: path)
    }

    private init(afterVersion reader: inout ByteReader) throws(DecodingFailure) {
        cluster = ClusterID(high: try reader.read(), low: try reader.read())
        let memberNumber = try reader.read(UInt64.self)
        guard let member = MemberID(memberNumber) else {
            throw DecodingFailure("a member id, not \(memberNumber)", at: 32)
        }
        self.member = member
        incarnation = try reader.read()
        life = SegmentLife(
            cluster: cluster, member: member, incarnation: incarnation,
            number: try reader.read(), salt: try reader.read())
        capacity = Int(truncatingIfNeeded: try reader.read(UInt64.self))
        let previousSegment = try reader.read(UInt64.self)
        let previousEnd = Int(truncatingIfNeeded: try reader.read(UInt64.self))
        previous = LogMark(
            LogPosition(segment: previousSegment, offset: previousEnd),
            checksum: try reader.read())
        let sealedChecksum = try reader.read(UInt32.self)
        let sealedEnd = Int(truncatingIfNeeded: try reader.read(UInt64.self))
        sealed = LogMark(
            LogPosition(segment: life.number, offset: sealedEnd), checksum: sealedChecksum)
        base = try LogState(from: &reader)
    }

    private func requireOwner(_ identity: Identity, path: String) throws(RaftError) {
        let owner = (cluster, member.rawValue, incarnation)
        guard owner != (identity.cluster, identity.member.rawValue, identity.incarnation) else {
            return
        }
        throw RaftError(
            .foreignCluster,
            "\(path) belongs to member \(member) of cluster \(cluster) (incarnation \(incarnation)), "
                + "not to member \(identity.member) of cluster \(identity.cluster) (incarnation "
                + "\(identity.incarnation)): the data directory holds files of two members; put "
                + "back the one that belongs here")
    }
}

/// One use of one segment file; what its checksums are salted with.
///
/// Bytes that a file or a disk block holds from an earlier use were summed up with another salt, and
/// never pass for bytes of this one.
struct SegmentLife: Hashable, Sendable {
    let number: UInt64
    let salt: UInt64
    /// What every checksum in the segment continues.
    let seed: UInt32

    init(cluster: ClusterID, member: MemberID, incarnation: UInt64, number: UInt64, salt: UInt64) {
        self.number = number
        self.salt = salt
        var writer = ByteWriter(capacity: 48)
        writer.write(cluster.high)
        writer.write(cluster.low)
        writer.write(UInt64(member.rawValue))
        writer.write(incarnation)
        writer.write(number)
        writer.write(salt)
        seed = CRC32C.checksum(writer.bytes, in: 0..<writer.bytes.count)
    }

    init(identity: Identity, number: UInt64, salt: UInt64) {
        self.init(
            cluster: identity.cluster, member: identity.member, incarnation: identity.incarnation,
            number: number, salt: salt)
    }

    /// The place before the first group.
    var start: LogMark {
        LogMark(
            LogPosition(segment: number, offset: SegmentHeader.blockLength), checksum: seed)
    }
}
