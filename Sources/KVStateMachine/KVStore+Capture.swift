// SPDX-License-Identifier: Apache-2.0

public import Raft

extension KVStore {
    /// A frozen view of the store: at present its bytes, written at once.
    ///
    /// To become copy-on-write in pieces with snapshots.
    public struct Capture: Sendable {
        fileprivate let bytes: [UInt8]
    }

    private static var format: UInt8 { 1 }
    /// What a key takes at least: two lengths and a flag.
    private static var leastBytesPerKey: Int { 9 }

    /// Freezes the state.
    /// - Complexity: O(bytes of all keys and values).
    public mutating func capture() -> Capture {
        let statistics = statistics
        var writer = ByteWriter(
            capacity: 32 + statistics.keys * 17 + statistics.payloadBytes)
        writer.write(Self.format)
        writer.write(clusterTime.milliseconds)
        writer.write(UInt64(statistics.keys))
        for shard in shards.indices {
            shards[shard].table.forEach { _, entry in
                writer.write(UInt8(entry.hasDeadline ? 1 : 0))
                if entry.hasDeadline { writer.write(entry.deadline) }
                unsafe writer.write(counted: entry.key.buffer)
                unsafe writer.write(counted: entry.value.buffer)
            }
        }
        writer.write(stateHash ?? 0)
        return Capture(bytes: writer.bytes)
    }

    /// Writes a capture's bytes.
    ///
    /// | bytes | |
    /// | --- | --- |
    /// | 1 | format, 1 |
    /// | 8 | cluster time |
    /// | 8 | number of keys |
    /// | … | for each, in the order of (hash, key): 1 and the deadline in 8, or 0; key; value |
    /// | 8 | the state's hash |
    public static func write(_ capture: Capture, to writer: inout ByteWriter) {
        writer.write(raw: capture.bytes)
    }

    /// Creates the store that a capture was made of.
    /// - Throws: If the bytes are not those of a capture, down to the order of the keys and the
    ///   hash.
    public init(
        restoring reader: inout ByteReader, _ options: Options
    ) throws(DecodingFailure) {
        self.init(options)
        let count = try restoreHeader(from: &reader)
        shards = Shards(expecting: count)
        var last: RestoredKey?
        for _ in 0..<count { last = try restoreKey(from: &reader, after: last) }
        let hash = try reader.read(UInt64.self)
        guard hash == stateHash else {
            throw DecodingFailure("a state with hash \(hash)", at: reader.position - 8)
        }
    }

    /// Takes over the cluster time and gives the number of keys that follow.
    private mutating func restoreHeader(
        from reader: inout ByteReader
    ) throws(DecodingFailure) -> Int {
        let start = reader.position
        let format = try reader.read(UInt8.self)
        guard format == Self.format else {
            throw DecodingFailure("capture format \(Self.format), not \(format)", at: start)
        }
        let time = try reader.read(Int64.self)
        guard time >= 0 else { throw DecodingFailure("a cluster time, not \(time)", at: start + 1) }
        clusterTime = ClusterTime(milliseconds: time)
        let count = try reader.read(UInt64.self)
        guard count <= UInt64(reader.remaining / Self.leastBytesPerKey) else {
            throw DecodingFailure("fewer than \(count) keys", at: start + 9)
        }
        return Int(count)
    }

    private struct RestoredKey {
        let hash: KeyHash
        let range: Range<Int>
    }

    /// Adds one key, which must come after `last`.
    private mutating func restoreKey(
        from reader: inout ByteReader, after last: RestoredKey?
    ) throws(DecodingFailure) -> RestoredKey {
        let start = reader.position
        let deadline = try Int64?(from: &reader)
        let key = try reader.readCountedRange()
        let value = try reader.readCountedRange()
        guard key.count <= Options.largestKeyBytes, value.count <= Options.largestValueBytes else {
            throw DecodingFailure(
                "a key and a value, not \(key.count) and \(value.count) bytes", at: start)
        }
        let first = last?.range.lowerBound ?? start
        let hash: KeyHash? = unsafe reader.withBytes(in: first..<reader.position) { bytes in
            let bytes = unsafe ByteView(bytes)
            let new = Key(bytes[key.lowerBound - first..<key.upperBound - first])
            if let last {
                let old = bytes[0..<last.range.count]
                guard last.hash < new.hash || last.hash == new.hash && old < new.bytes else {
                    return nil
                }
            }
            let value = bytes[value.lowerBound - first..<value.upperBound - first]
            shards[new.hash].insert(new, value: value, deadline: deadline)
            return new.hash
        }
        guard let hash else { throw DecodingFailure("keys in their order", at: start) }
        return RestoredKey(hash: hash, range: key)
    }
}
