// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Storage: a simulated disk that is out of order` {
    /// A file of blocks of 512 bytes, each full of one number, all of it durable.
    private func disk(_ blocks: [UInt8]) throws -> (StorageDisk, FileHandle) {
        let disk = StorageDisk()
        let file = try disk.open("a", .create)
        try disk.write(file, at: 0, bytes(blocks))
        try disk.sync(file)
        try disk.syncDirectory("")
        return (disk, file)
    }

    private func bytes(_ blocks: [UInt8]) -> [UInt8] {
        blocks.flatMap { [UInt8](repeating: $0, count: 512) }
    }

    private func blocks(_ image: [UInt8]?) -> [UInt8] {
        stride(from: 0, to: image?.count ?? 0, by: 512).map { image?[$0] ?? 0 }
    }

    @Test func `a lost write is seen until the cache is dropped, and then never was`() throws {
        let (disk, file) = try disk([1, 2, 3])
        disk.loseWrite("a", 512..<1024)
        #expect(blocks(disk.visibleImage("a")) == [1, 2, 3])
        try disk.sync(file)
        disk.kill()
        #expect(blocks(disk.visibleImage("a")) == [1, 2, 3])
        disk.dropCaches()
        #expect(blocks(disk.visibleImage("a")) == [1, 0, 3])
    }

    @Test func `a misdirected write destroys one place and is missing in another`() throws {
        let (disk, _) = try disk([1, 2, 3, 4])
        disk.misdirectWrite("a", 512..<1024, to: ("a", 1536))
        #expect(blocks(disk.visibleImage("a")) == [1, 2, 3, 4])
        var random = SplitMix64(seed: 1)
        disk.crash(CrashPolicy(.everything), random: &random)
        #expect(blocks(disk.visibleImage("a")) == [1, 0, 3, 2])
    }

    @Test func `what cannot be read is readable once it is written again`() throws {
        let (disk, file) = try disk([1, 2, 3])
        disk.makeUnreadable("a", 512..<1024)
        var buffer: [UInt8] = []
        #expect(try disk.read(file, at: 0, count: 512, into: &buffer) == 512)
        #expect(throws: FileError("read", "a", .inputOutput)) {
            try disk.read(file, at: 500, count: 20, into: &buffer)
        }
        #expect(disk.incidents.failedReads == 1)
        disk.kill()
        let again = try disk.open("a", .update)
        #expect(throws: FileError("read", "a", .inputOutput)) {
            try disk.read(again, at: 1000, count: 1, into: &buffer)
        }
        try disk.write(again, at: 512, bytes([9]))
        #expect(try disk.read(again, at: 0, count: 1536, into: &buffer) == 1536)
    }

    @Test func `a full disk lets no file grow, and takes what of a write fits`() throws {
        let (disk, file) = try disk([1, 2])
        disk.fill(.growth)
        try disk.write(file, at: 0, bytes([7]))
        #expect(throws: FileError("write", "a", .noSpace)) {
            try disk.write(file, at: 512, bytes([8, 9]))
        }
        #expect(blocks(disk.visibleImage("a")) == [7, 8])
        disk.close(try disk.open("b", .create))
        disk.fill(.everything)
        #expect(throws: FileError("write", "a", .noSpace)) {
            try disk.write(file, at: 0, [1])
        }
        #expect(throws: FileError("open", "c", .noSpace)) { try disk.open("c", .create) }
        #expect(disk.incidents.refusedForSpace == 3)
        disk.fill(nil)
        try disk.write(file, at: 1024, bytes([9]))
        #expect(blocks(disk.visibleImage("a")) == [7, 8, 9])
    }

    @Test func `a torn sector of 4096 bytes is torn as a whole, and spares what was not written`()
        throws
    {
        let (disk, file) = try disk([1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
        try disk.write(file, at: 1024, bytes([2, 2, 2, 2, 2, 2, 2]))
        var random = SplitMix64(seed: 5)
        var seen: Set<[UInt8]> = []
        for _ in 0..<100 {
            let copy = disk.clone()
            copy.crash(
                CrashPolicy(.nothing, tornSectors: .old, sectorLength: 4096), random: &random)
            seen.insert(blocks(copy.visibleImage("a")))
        }
        #expect(
            seen == [
                [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 2, 2, 2, 2, 2, 2, 1, 1],
                [1, 1, 1, 1, 1, 1, 1, 1, 2, 1], [1, 1, 2, 2, 2, 2, 2, 2, 2, 1],
            ])
        for _ in 0..<100 {
            let copy = disk.clone()
            copy.crash(
                CrashPolicy(.nothing, tornSectors: .garbage, sectorLength: 4096),
                random: &random)
            let image = try #require(copy.visibleImage("a"))
            #expect(Array(image[..<1024]) == bytes([1, 1]))
            #expect(Array(image[4608...]) == bytes([1]))
        }
    }

    @Test func `any subset of the names that changed may be there after a power cut`() throws {
        let disk = StorageDisk()
        disk.close(try disk.open("old", .create))
        disk.close(try disk.open("kept", .create))
        try disk.syncDirectory("")
        try disk.rename("old", to: "new")
        try disk.remove("kept")
        disk.close(try disk.open("last", .create))
        var random = SplitMix64(seed: 1)
        var seen: Set<[String]> = []
        for _ in 0..<400 {
            let copy = disk.clone()
            copy.crash(CrashPolicy(.anySubset), random: &random)
            seen.insert(try copy.list(""))
        }
        #expect(seen.count == 16)
        #expect(seen.contains(["kept", "last", "new", "old"]) && seen.contains([]))
    }

    @Test func `a name that is replaced is the old file or the new one, never gone`() throws {
        let disk = StorageDisk()
        for (name, byte) in [("a", UInt8(1)), ("b", 2)] {
            let file = try disk.open(name, .create)
            try disk.write(file, at: 0, [byte])
            try disk.sync(file)
        }
        try disk.syncDirectory("")
        try disk.rename("b", to: "a")
        var random = SplitMix64(seed: 1)
        var seen: Set<[UInt8]?> = []
        for policy in CrashPolicy.all {
            for _ in 0..<20 {
                let copy = disk.clone()
                copy.crash(policy, random: &random)
                seen.insert(copy.visibleImage("a"))
            }
        }
        #expect(seen == [[1], [2]])
    }

    @Test
    func `a file that no name leads to is gone for good, and one whose name may come back is not`()
        throws
    {
        let (disk, _) = try disk([1, 2])
        try disk.remove("a")
        disk.kill()
        var random = SplitMix64(seed: 1)
        let copy = disk.clone()
        copy.crash(CrashPolicy(.nothing), random: &random)
        #expect(blocks(copy.visibleImage("a")) == [1, 2])
        try disk.syncDirectory("")
        disk.crash(CrashPolicy(.nothing), random: &random)
        #expect(try disk.list("") == [])
    }
}
