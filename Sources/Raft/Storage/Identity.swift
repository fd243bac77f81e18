// SPDX-License-Identifier: Apache-2.0

/// Who a member is: drawn or given once, kept in the file `identity`, checked ever after.
///
/// Little endian:
///
/// | offset | bytes | |
/// | --- | --- | --- |
/// | 0 | 8 | `RaftIden` |
/// | 8 | 4 | CRC32C of everything after it |
/// | 12 | 4 | format version, 2 |
/// | 16 | 16 | cluster |
/// | 32 | 8 | member |
/// | 40 | 8 | incarnation |
/// | 48 | 1 | established |
/// | 49 | 4 | the machine version the cluster was founded in |
/// | 53 | 4 | number of initial members |
/// | 57 | … | the members: id 8, length of address 4, address |
package struct Identity: Hashable, Sendable {
    /// The cluster the member belongs to.
    package var cluster: ClusterID
    /// The member.
    package var member: MemberID
    /// Which life of its data directory this is.
    package var incarnation: UInt64
    /// Whether the whole cluster is known to have agreed on the identity, so that bootstrap is over.
    package var isEstablished: Bool
    /// The members the cluster began with; later ones stand in the log.
    package var members: [Peer]
    /// The machine version the cluster began in; later ones stand in the log.
    package var foundingVersion: MachineVersion

    /// Creates an identity.
    package init(
        cluster: ClusterID, member: MemberID, incarnation: UInt64, isEstablished: Bool,
        members: [Peer], foundingVersion: MachineVersion = .first
    ) {
        self.cluster = cluster
        self.member = member
        self.incarnation = incarnation
        self.isEstablished = isEstablished
        self.members = members
        self.foundingVersion = foundingVersion
    }

    static let path = "identity"
    private static let temporaryPath = "identity.tmp"
    private static let magic: UInt64 = 0x6E65_6449_7466_6152
    private static let version: UInt32 = 2
    /// Far more than a cluster's addresses need.
    private static let maximumLength = 1 << 20

    /// Reads the identity of a directory.
    /// - Returns: Nil if the directory was never used.
    /// - Throws: `.logDamaged` if the file is not as it was written, or is missing beside a log;
    ///   `.invalidConfiguration` if another version wrote it; `.directoryUnusable`; `.inputOutput`.
    package static func load(from fileSystem: any FileSystem) throws(RaftError) -> Identity? {
        guard let bytes = try contents(in: fileSystem) else {
            try requireUnused(fileSystem)
            return nil
        }
        let identity = try decode(bytes)
        // After a kill the name may be there and yet not be on disk.
        try reporting { () throws(FileError) in try fileSystem.syncDirectory("") }
        return identity
    }

    /// Makes the identity durable, in place of an earlier one: all of it or nothing.
    /// - Throws: `.inputOutput`; which of the two is then stored only ``load(from:)`` can tell.
    package func store(in fileSystem: any FileSystem) throws(RaftError) {
        let bytes = encoded()
        try reporting { () throws(FileError) in
            let file = try fileSystem.replace(Self.temporaryPath)
            defer { fileSystem.close(file) }
            try fileSystem.write(file, at: 0, bytes)
            try fileSystem.sync(file)
            try fileSystem.rename(Self.temporaryPath, to: Self.path)
            try fileSystem.syncDirectory("")
        }
    }

    private static func contents(in fileSystem: any FileSystem) throws(RaftError) -> [UInt8]? {
        do throws(FileError) {
            let file = try fileSystem.open(path, .read)
            defer { fileSystem.close(file) }
            var bytes: [UInt8] = []
            _ = try fileSystem.read(file, at: 0, count: maximumLength + 1, into: &bytes)
            return bytes
        } catch {
            if error.reason == .notFound { return nil }
            throw RaftError(error)
        }
    }

    /// A log without an identity holds votes of somebody: to start afresh would be to forget them.
    private static func requireUnused(_ fileSystem: any FileSystem) throws(RaftError) {
        let numbers: [UInt64]
        do throws(FileError) {
            numbers = try Storage.segmentNumbers(in: fileSystem)
        } catch {
            if error.reason == .notFound { return }
            throw RaftError(error)
        }
        guard let first = numbers.first else { return }
        throw .damaged(
            path, at: 0, "it is missing, although there is a log (\(Storage.segmentPath(first)))")
    }

    private func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(UInt32(0))
        writer.write(Self.version)
        writer.write(cluster.high)
        writer.write(cluster.low)
        writer.write(UInt64(member.rawValue))
        writer.write(incarnation)
        isEstablished.write(to: &writer)
        foundingVersion.write(to: &writer)
        writer.write(UInt32(members.count))
        for peer in members {
            writer.write(UInt64(peer.id.rawValue))
            peer.address.write(to: &writer)
        }
        let length = writer.bytes.count
        precondition(length <= Self.maximumLength, "an identity of \(length) bytes")
        writer.overwrite(CRC32C.checksum(writer.bytes, in: 12..<length), at: 8)
        return writer.bytes
    }

    private static func decode(_ bytes: [UInt8]) throws(RaftError) -> Identity {
        var version = Self.version
        do throws(DecodingFailure) {
            var reader = ByteReader(bytes)
            guard try reader.read(UInt64.self) == magic else {
                throw DecodingFailure("the mark of an identity file", at: 0)
            }
            let checksum = try reader.read(UInt32.self)
            guard CRC32C.checksum(bytes, in: 12..<bytes.count) == checksum else {
                throw DecodingFailure("bytes with checksum \(checksum)", at: 8)
            }
            version = try reader.read()
            if version == Self.version {
                let identity = try Identity(afterVersion: &reader)
                try reader.finish()
                return identity
            }
        } catch {
            throw .damaged(path, at: error.offset, "expected \(error.expected)")
        }
        throw .unknownFormat(path, version, known: Self.version)
    }

    private init(afterVersion reader: inout ByteReader) throws(DecodingFailure) {
        cluster = ClusterID(high: try reader.read(), low: try reader.read())
        member = try Self.member(from: &reader)
        incarnation = try reader.read()
        isEstablished = try Bool(from: &reader)
        foundingVersion = try MachineVersion(from: &reader)
        members = []
        for _ in 0..<(try reader.read(UInt32.self)) {
            let id = try Self.member(from: &reader)
            members.append(Peer(id: id, address: try String(from: &reader)))
        }
    }

    private static func member(from reader: inout ByteReader) throws(DecodingFailure) -> MemberID {
        let offset = reader.position
        let number = try reader.read(UInt64.self)
        guard let member = MemberID(number) else {
            throw DecodingFailure("a member id, not \(number)", at: offset)
        }
        return member
    }
}
