// SPDX-License-Identifier: Apache-2.0

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
        case 0:
            self = .hello(
                fingerprint: try reader.read(),
                versions: try ClosedRange<MachineVersion>(from: &reader))
        case 1:
            self = .offer(
                try ClusterID(from: &reader), fingerprint: try reader.read(),
                version: try MachineVersion(from: &reader))
        case 2: self = .accepted(try ClusterID(from: &reader))
        case 3: self = .begin(try ClusterID(from: &reader))
        case 4: self = .established(try ClusterID(from: &reader))
        case let kind: throw DecodingFailure("a bootstrap message, not \(kind)", at: offset)
        }
    }

    package func write(to writer: inout ByteWriter) {
        switch self {
        case .hello(let fingerprint, let versions):
            writer.write(UInt8(0))
            writer.write(fingerprint)
            versions.write(to: &writer)
        case .offer(let cluster, let fingerprint, let version):
            writer.write(UInt8(1))
            cluster.write(to: &writer)
            writer.write(fingerprint)
            version.write(to: &writer)
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
