// SPDX-License-Identifier: Apache-2.0

/// Which of its behaviours a state machine shows.
///
/// A program that carries out commands in another way than the one before declares one version more
/// (see ``StateMachine/machineVersions``), and behaves in the old way until that version is *in force*. The version
/// in force is part of the replicated state. The members found their cluster in the highest version that all of
/// them can run; from then on it rises by an entry of the log, when all members can run more, and never falls.
/// So behaviour changes at one index on all members, whenever their programs were replaced.
public struct MachineVersion: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral,
    CustomStringConvertible
{
    /// 1 or more.
    public let rawValue: UInt32

    /// Creates a version from its number.
    /// - Precondition: The number is not zero.
    public init(_ rawValue: UInt32) {
        precondition(rawValue > 0, "machine version 0")
        self.rawValue = rawValue
    }

    /// Creates a version from its number, 1 or more.
    public init(integerLiteral value: UInt32) { self.init(value) }

    /// That of a machine which does not speak of versions.
    public static let first = MachineVersion(1)

    /// Orders versions by number.
    public static func < (a: MachineVersion, b: MachineVersion) -> Bool {
        a.rawValue < b.rawValue
    }

    /// The number alone.
    public var description: String { "\(rawValue)" }
}

extension MachineVersion: WireCodable {
    /// Reads 4 bytes.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.position
        let number = try reader.read(UInt32.self)
        guard number > 0 else { throw DecodingFailure("a machine version, not 0", at: offset) }
        self.init(number)
    }

    /// Writes 4 bytes.
    public func write(to writer: inout ByteWriter) { writer.write(rawValue) }
}

extension ClosedRange<MachineVersion> {
    package init(from reader: inout ByteReader) throws(DecodingFailure) {
        let lowest = try MachineVersion(from: &reader)
        let offset = reader.position
        let highest = try MachineVersion(from: &reader)
        guard lowest <= highest else {
            throw DecodingFailure("a version from \(lowest) on, not \(highest)", at: offset)
        }
        self = lowest...highest
    }

    package func write(to writer: inout ByteWriter) {
        lowerBound.write(to: &writer)
        upperBound.write(to: &writer)
    }

    /// As a part of a sentence.
    package var words: String {
        lowerBound == upperBound ? "\(lowerBound) alone" : "\(lowerBound) to \(upperBound)"
    }
}

extension LogEntry {
    /// What a ``Kind/machineVersion`` entry raises the version to.
    /// - Throws: If it does not hold a version and nothing else.
    package func machineVersion() throws(DecodingFailure) -> MachineVersion {
        var reader = ByteReader(bytes, in: Self.headerLength..<bytes.count)
        let version = try MachineVersion(from: &reader)
        try reader.finish()
        return version
    }
}
