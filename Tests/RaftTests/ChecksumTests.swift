// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

@Suite struct `A checksum` {
    @Test func `is CRC32C, by the examples of RFC 3720`() {
        func checksum(_ bytes: [UInt8]) -> UInt32 { CRC32C.checksum(bytes, in: 0..<bytes.count) }
        #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(checksum(Array(repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(checksum(Array(repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(checksum([]) == 0)
    }

    /// A log written on one processor is read on another.
    @Test func `is the same with and without the instruction, of any part of any bytes`() {
        var random = SplitMix64(seed: 1)
        let bytes = (0..<300).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for _ in 0..<1000 {
            let start = Int(random.next(below: 300))
            let range = start..<start + Int(random.next(below: UInt64(301 - start)))
            let previous = UInt32(truncatingIfNeeded: random.next())
            let byTables = bytes.withUnsafeBytes {
                CRC32C.byTables(.init(rebasing: $0[range]), continuing: previous)
            }
            #expect(CRC32C.checksum(bytes, in: range, continuing: previous) == byTables)
        }
    }
}
