// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Storage: damage is not a torn write` {
    /// A log of three segments: one ended by a restart, one full, one in use with a block left.
    private static func rig(isMarked: Bool = true) throws -> StorageRig {
        var rig = StorageRig()
        rig.options.segmentBytes = 2048
        rig.options.firstSegmentBytes = 1536
        try rig.start()
        try rig.perform([rig.job(term: 1, vote: 3, appending: [30, 50])])
        try rig.log.mark()
        rig.disk.kill()
        try rig.start()
        try rig.perform([rig.job(term: 2, truncateFrom: 2, appending: [20, 30])])
        try rig.perform(rig.jobs(appending: [20, 300]))
        if isMarked { try rig.log.mark() }
        rig.disk.kill()
        return rig
    }

    private static func paths(_ rig: StorageRig) throws -> [String] {
        try rig.disk.list("wal").map { "wal/\($0)" }
    }

    /// What becomes of a start after something was done to a file.
    private enum Outcome: Equatable {
        case whole
        /// A state allowed after the last mark.
        case shorter
        /// Refused; at which byte.
        case refused(at: Int)
    }

    private static func outcome(
        _ rig: StorageRig, _ path: String, _ harm: (StorageDisk) -> Void
    ) throws -> Outcome {
        var copy = rig.cloned()
        harm(copy.disk)
        let before = try contents(copy.disk)
        do {
            let recovered = try copy.recoverUnchecked()
            let found = try copy.model(of: recovered)
            guard found != rig.model else { return .whole }
            guard rig.states.contains(found) else { throw Violation("\(path): never a state") }
            return .shorter
        } catch let error as RaftError {
            guard error.code == .logDamaged, error.message.hasPrefix(path) else {
                throw Violation("\(path): \(error)")
            }
            guard try contents(copy.disk) == before else {
                throw Violation("\(path): refused, and yet changed something")
            }
            let digits = error.message.dropFirst("\(path) is damaged at byte ".count)
                .prefix { $0.isNumber }
            guard let offset = Int(digits) else { throw Violation("no offset in \(error)") }
            return .refused(at: offset)
        }
    }

    private static func contents(_ disk: StorageDisk) throws -> [[UInt8]] {
        try disk.list("wal").map { disk.visibleImage("wal/\($0)") ?? [] }
    }

    @Test func `any flipped bit before the last mark is refused or harmless`() throws {
        let rig = try Self.rig()
        var refused = 0
        for path in try Self.paths(rig) {
            for offset in 0..<(rig.disk.visibleImage(path)?.count ?? 0) {
                let outcome = try Self.outcome(rig, path) {
                    $0.flipBit(path, at: offset, bit: offset % 8)
                }
                switch outcome {
                case .whole: break
                case .shorter: throw Violation("\(path): byte \(offset) flipped, and entries lost")
                case .refused(let found):
                    // The group is named, or the field of the segment's header.
                    #expect(found <= offset || offset < 512, "\(path): byte \(offset)")
                    refused += 1
                }
            }
        }
        #expect(refused > 2400)
    }

    @Test func `a flipped bit after the last mark is a torn tail`() throws {
        let rig = try Self.rig(isMarked: false)
        let path = try #require(try Self.paths(rig).last)
        // The last call's two jobs take a block each.
        var outcomes: [Outcome] = []
        for offset in 512..<1536 {
            outcomes.append(
                try Self.outcome(rig, path) { $0.flipBit(path, at: offset, bit: offset % 8) })
        }
        #expect(outcomes[0] == .shorter)
        #expect(outcomes[512] == .shorter)
        #expect(outcomes.allSatisfy { $0 == .shorter || $0 == .whole })
    }

    @Test func `what a start has copied is known to be durable from then on`() throws {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 1, appending: [30])])
        rig.disk.kill()
        try rig.start()
        rig.disk.kill()
        let path = try #require(try Self.paths(rig).last)
        for offset in 512..<600 {
            let outcome = try Self.outcome(rig, path) { $0.flipBit(path, at: offset) }
            #expect(outcome == .refused(at: 512))
        }
    }

    @Test func `a file cut short is refused wherever it was cut`() throws {
        let rig = try Self.rig()
        let paths = try Self.paths(rig)
        for path in paths {
            let size = rig.disk.visibleImage(path)?.count ?? 0
            for cut in 0..<size {
                let outcome = try Self.outcome(rig, path) { $0.cut(path, to: cut) }
                if outcome == .whole, cut >= 1024, path != paths.last { continue }
                guard outcome != .refused(at: cut) else { continue }
                throw Violation("\(path) cut to \(cut) of \(size): \(outcome)")
            }
        }
    }

    @Test func `a block that was never written, or written elsewhere, is refused`() throws {
        let rig = try Self.rig()
        let paths = try Self.paths(rig)
        for path in paths {
            let image = try #require(rig.disk.visibleImage(path))
            for block in stride(from: 0, to: image.count, by: 512) {
                let isEmpty = image[block..<block + 512].allSatisfy { $0 == 0 }
                let zeros = [UInt8](repeating: 0, count: 512)
                let lost = try Self.outcome(rig, path) {
                    $0.overwrite(path, at: block, with: zeros)
                }
                #expect(lost != .shorter, "\(path): block \(block)")
                #expect(
                    lost != .whole || isEmpty || path == paths.last && block == 1536,
                    "\(path): block \(block)")
                for other in stride(from: 512, to: image.count, by: 512) where other != block {
                    let moved = try Self.outcome(rig, path) {
                        $0.overwrite(path, at: block, with: Array(image[other..<other + 512]))
                    }
                    #expect(moved != .shorter, "\(path): block \(other) over block \(block)")
                }
            }
        }
    }

    @Test func `a missing segment is refused, and named`() throws {
        let rig = try Self.rig()
        let paths = try Self.paths(rig)
        #expect(paths.count == 3)
        for path in paths.dropLast() {
            var copy = rig.cloned()
            try copy.disk.remove(path)
            let error = #expect(throws: RaftError.self) { try copy.start() }
            #expect(error?.code == .logDamaged)
            #expect(error?.message.hasPrefix("\(path) is damaged at byte 0: it is missing") == true)
        }
    }

    @Test func `bytes of an earlier use of a file never come back`() throws {
        var old = StorageRig()
        old.options.firstSegmentBytes = 4096
        try old.start()
        for _ in 0..<4 { try old.perform([old.job(term: 1, appending: [40])]) }
        var new = StorageRig()
        new.options = old.options
        new.skipSalt()
        try new.start()
        try new.perform([new.job(term: 1, appending: [40])])
        new.disk.kill()
        let path = "wal/0000000000000001.log"
        let stale = try #require(old.disk.visibleImage(path))
        // Same member, same segment, same place, the next sequence: only the salt differs.
        new.disk.overwrite(path, at: 1024, with: Array(stale[1024...]))
        let recovered = try new.start()
        #expect(recovered.lastIndex == LogIndex(1))
        // The other way round: with the same salt they would have come back.
        var same = StorageRig()
        same.options = old.options
        try same.start()
        same.disk.kill()
        same.disk.overwrite(path, at: 512, with: Array(stale[512...]))
        #expect(try same.recoverUnchecked().lastIndex == LogIndex(4))
    }

    @Test func `garbage after the end is not looked at`() throws {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 1, appending: [40])])
        rig.disk.kill()
        rig.disk.overwrite(
            "wal/0000000000000001.log", at: 1024, with: [UInt8](repeating: 0xA5, count: 512))
        #expect(try rig.start().lastIndex == LogIndex(1))
    }

    @Test func `another member's or cluster's or life's segment is refused as foreign`() throws {
        var rig = try Self.rig()
        var others = [StorageRig.identity, StorageRig.identity, StorageRig.identity]
        others[0].cluster = ClusterID(high: 7, low: 9)
        others[1].member = StorageRig.member(4)
        others[2].incarnation = 2
        for identity in others {
            rig.identity = identity
            let error = #expect(throws: RaftError.self) { try rig.start() }
            #expect(error?.code == .foreignCluster)
            #expect(error?.message.contains("wal/0000000000000001.log") == true)
        }
    }

    @Test func `a segment of another format version is refused, and not called damaged`() throws {
        var rig = try Self.rig()
        let path = "wal/0000000000000001.log"
        var block = Array(try #require(rig.disk.visibleImage(path))[..<512])
        block[12] = 9
        let checksum = CRC32C.checksum(block, in: 12..<512)
        for byte in 0..<4 { block[8 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * byte)) }
        rig.disk.overwrite(path, at: 0, with: block)
        let error = #expect(throws: RaftError.self) { try rig.start() }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.hasPrefix("\(path) has format version 9") == true)
    }
}
