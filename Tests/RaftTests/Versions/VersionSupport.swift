// SPDX-License-Identifier: Apache-2.0

@testable import Raft

/// A machine of two versions: the second adds ten times as much, and notes when it began.
struct VersionedCounter: StateMachine {
    static let machineVersions: ClosedRange<MachineVersion> = 1...2
    var total: Int64 = 0
    /// The versions adopted, in order, each with the total at that time.
    var adopted: [[Int64]] = []

    init(_: Void) {}
    init(restoring reader: inout ByteReader, _: Void) throws(DecodingFailure) {
        total = try reader.read()
    }
    mutating func adopt(_ version: MachineVersion) {
        adopted.append([Int64(version.rawValue), total])
    }
    mutating func apply(_ command: Int64, _ context: ApplyContext) -> Int64 {
        total += context.version >= 2 ? 10 * command : command
        return total
    }
    static func write(_ capture: VersionedCounter, to writer: inout ByteWriter) {
        writer.write(capture.total)
    }
    var stateHash: UInt64? { UInt64(bitPattern: total) }
}

extension Applier where Machine == VersionedCounter {
    /// Applies an entry that adds a number.
    mutating func add(_ number: Int64) throws(RaftError) {
        var batch = ProposalBatch()
        batch.append(number)
        let stream = StreamID(rawValue: 1 << 63 | 1 << 47 | index.rawValue)
        let chunk = batch.stamped(stream: stream, first: 1)[0]
        try apply(.commands, [chunk.bytes[...]], count: 1)
    }

    /// Applies an entry that raises the version.
    mutating func raise(to version: UInt32) throws(RaftError) {
        var writer = ByteWriter()
        writer.write(version)
        try apply(.machineVersion, [writer.bytes[...]], count: 0)
    }

    mutating func apply(
        _ kind: LogEntry.Kind, _ body: [ArraySlice<UInt8>], count: UInt32
    ) throws(RaftError) {
        let entry = LogEntry(
            kind: kind, group: .first, term: Term(1), index: index.next,
            time: ClusterTime(milliseconds: 1000), commandCount: count, commands: body)
        _ = try apply(entry, awaiting: nil)
    }
}

/// What a call throws.
func failure(of body: () throws(RaftError) -> Void) -> RaftError? {
    do throws(RaftError) {
        try body()
        return nil
    } catch {
        return error
    }
}
