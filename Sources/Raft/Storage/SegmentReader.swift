// SPDX-License-Identifier: Apache-2.0

/// Reads the groups of one segment, through a handle and a buffer of its own.
struct SegmentReader {
    /// One group that is as it was written.
    struct Group {
        let header: GroupHeader
        /// Where in the segment it starts.
        let offset: Int
        /// Where the next one starts.
        var end: Int { offset + GroupHeader.groupLength(payload: header.payloadLength) }
        /// Its records, within the reader's buffer.
        fileprivate let payload: Range<Int>
    }

    let header: SegmentHeader
    let path: String
    /// The length of the file in bytes.
    let size: Int
    /// How many bytes are read at a time; a longer group is read whole.
    var chunkLength = 1 << 20
    private let fileSystem: any FileSystem
    private let file: FileHandle
    private var buffer: [UInt8] = []
    /// Where in the file the buffer's first byte is.
    private var bufferStart = 0

    /// Opens a segment and checks its header; nil if there is no such segment.
    /// - Throws: `.logDamaged`, `.foreignCluster`, `.invalidConfiguration` or `.inputOutput`.
    init?(
        segment number: UInt64, in fileSystem: any FileSystem, identity: Identity
    ) throws(RaftError) {
        let path = Storage.segmentPath(number)
        let file: FileHandle
        do throws(FileError) {
            file = try fileSystem.open(path, .read)
        } catch {
            if error.reason == .notFound { return nil }
            throw RaftError(error)
        }
        do throws(RaftError) {
            var block: [UInt8] = []
            size = try reporting { () throws(FileError) in
                _ = try fileSystem.read(
                    file, at: 0, count: SegmentHeader.blockLength, into: &block)
                return try fileSystem.size(of: file)
            }
            header = try SegmentHeader(block, number: number, identity: identity)
        } catch {
            fileSystem.close(file)
            throw error
        }
        self.fileSystem = fileSystem
        self.file = file
        self.path = path
    }

    /// Opens a segment that must be there.
    /// - Throws: As above, and `.logDamaged` if it is missing.
    static func open(
        _ number: UInt64, in fileSystem: any FileSystem, identity: Identity
    ) throws(RaftError) -> SegmentReader {
        guard
            let reader = try SegmentReader(segment: number, in: fileSystem, identity: identity)
        else { throw .damaged(Storage.segmentPath(number), at: 0, "it is missing") }
        return reader
    }

    /// Closes the file; the reader must not be used again.
    func close() { fileSystem.close(file) }

    /// Reads the group that starts at `offset`; nil if none stands there, whole and of this life.
    ///
    /// Whether it belongs after the group before it is the caller's question.
    mutating func group(at offset: Int) throws(RaftError) -> Group? {
        guard let header = try groupHeader(at: offset) else { return nil }
        let length = header.payloadLength
        guard length >= 0, length <= size,
            offset + GroupHeader.groupLength(payload: length) <= size
        else { return nil }
        let start = try load(offset..<offset + GroupHeader.length + length)
        let payload = start + GroupHeader.length..<start + GroupHeader.length + length
        let checksum = CRC32C.checksum(buffer, in: payload, continuing: self.header.life.seed)
        guard checksum == header.payloadChecksum else { return nil }
        return Group(header: header, offset: offset, payload: payload)
    }

    /// Reads the header of a group, whatever may have become of its records.
    mutating func groupHeader(at offset: Int) throws(RaftError) -> GroupHeader? {
        guard offset + GroupHeader.length <= size else { return nil }
        let start = try load(offset..<offset + GroupHeader.length)
        return GroupHeader(
            buffer, in: start..<start + GroupHeader.length, offset: offset, life: header.life)
    }

    /// The records of the group that was read last.
    func records(of group: Group) -> ByteReader { ByteReader(buffer, in: group.payload) }

    /// Makes part of the file available in the buffer.
    /// - Returns: Where in the buffer it starts.
    private mutating func load(_ range: Range<Int>) throws(RaftError) -> Int {
        if range.lowerBound >= bufferStart, range.upperBound <= bufferStart + buffer.count {
            return range.lowerBound - bufferStart
        }
        buffer.removeAll(keepingCapacity: true)
        bufferStart = range.lowerBound
        let count = min(max(range.count, chunkLength), size - range.lowerBound)
        do throws(FileError) {
            let read = try fileSystem.read(file, at: bufferStart, count: count, into: &buffer)
            guard read >= range.count else {
                throw FileError("read", path, .inputOutput)
            }
        } catch {
            throw RaftError(error)
        }
        return 0
    }
}
