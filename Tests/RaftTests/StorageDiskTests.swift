// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Storage: the simulated disk` {
    /// A synced file `a` of 1024 times 1, with 2048 times 2 written over and after it, not synced.
    private func disk() throws -> (StorageDisk, FileHandle) {
        let disk = StorageDisk()
        let file = try disk.open("a", .create)
        try disk.write(file, at: 0, [UInt8](repeating: 1, count: 1024))
        try disk.sync(file)
        try disk.syncDirectory("")
        try disk.write(file, at: 512, [UInt8](repeating: 2, count: 1024))
        try disk.write(file, at: 1536, [UInt8](repeating: 2, count: 1024))
        return (disk, file)
    }

    private func blocks(_ image: [UInt8]?) -> [UInt8] {
        stride(from: 0, to: image?.count ?? 0, by: 512).map { image?[$0] ?? 0 }
    }

    @Test func `reads see what is not durable; a kill keeps it, a power cut does not`() throws {
        let (disk, file) = try disk()
        var bytes: [UInt8] = []
        #expect(try disk.read(file, at: 500, count: 9000, into: &bytes) == 2060)
        #expect(bytes == [UInt8](repeating: 1, count: 12) + [UInt8](repeating: 2, count: 2048))
        #expect(blocks(disk.durableImage("a")) == [1, 1])
        disk.kill()
        #expect(throws: FileError("read", "handle 1", .other(9))) {
            try disk.read(file, at: 0, count: 1, into: &bytes)
        }
        #expect(blocks(disk.visibleImage("a")) == [1, 2, 2, 2, 2])
        var random = SplitMix64(seed: 1)
        disk.crash(CrashPolicy(.nothing), random: &random)
        #expect(blocks(disk.visibleImage("a")) == [1, 1])
    }

    /// The images that a policy can leave.
    private func images(_ policy: CrashPolicy) throws -> Set<[UInt8]> {
        let (disk, _) = try disk()
        var random = SplitMix64(seed: 7)
        var images: Set<[UInt8]> = []
        for _ in 0..<200 {
            let copy = disk.clone()
            copy.crash(policy, random: &random)
            images.insert(blocks(copy.visibleImage("a")))
        }
        return images
    }

    @Test func `a power cut keeps what its policy says`() throws {
        #expect(try images(CrashPolicy(.everything)) == [[1, 2, 2, 2, 2]])
        #expect(try images(CrashPolicy(.prefix)) == [[1, 1], [1, 2, 2], [1, 2, 2, 2, 2]])
        #expect(
            try images(CrashPolicy(.anySubset))
                == [[1, 1], [1, 2, 2], [1, 1, 0, 2, 2], [1, 2, 2, 2, 2]])
        #expect(
            try images(CrashPolicy(.nothing, growsLengths: true)) == [[1, 1], [1, 1, 0, 0, 0]])
        let torn = try images(CrashPolicy(.prefix, tornSectors: .old))
        #expect(torn.contains([1, 1, 2]) && torn.contains([1, 2, 2, 0, 2]))
        #expect(!torn.contains([1, 1, 0, 2, 2]), "the second write follows the first")
        #expect(try images(CrashPolicy(.prefix, tornSectors: .garbage)).count > 20)
    }

    @Test func `a failed sync drops what it was for, and the next one says all is well`() throws {
        let (disk, file) = try disk()
        disk.fail(.sync, with: .inputOutput)
        #expect(throws: FileError("sync", "a", .inputOutput)) { try disk.sync(file) }
        try disk.sync(file)
        #expect(blocks(disk.visibleImage("a")) == [1, 2, 2, 2, 2])
        #expect(blocks(disk.durableImage("a")) == [1, 1])
        disk.dropCaches()
        #expect(blocks(disk.visibleImage("a")) == [1, 1])
    }

    @Test func `a full disk takes part of a write`() throws {
        let (disk, file) = try disk()
        disk.fail(.write, number: 2, with: .noSpace, partial: 512)
        try disk.write(file, at: 0, [3])
        #expect(throws: FileError("write", "a", .noSpace)) {
            try disk.write(file, at: 512, [UInt8](repeating: 4, count: 1024))
        }
        #expect(blocks(disk.visibleImage("a")) == [3, 4, 2, 2, 2])
    }

    @Test func `names are durable once their directory is synced, in the order they changed`()
        throws
    {
        let disk = StorageDisk()
        try disk.createDirectory("d")
        try disk.syncDirectory("")
        disk.close(try disk.open("d/a", .create))
        try disk.rename("d/a", to: "d/b")
        disk.close(try disk.open("d/c", .create))
        #expect(try disk.list("d") == ["b", "c"])
        var seen: Set<[String]> = []
        var random = SplitMix64(seed: 3)
        for _ in 0..<100 {
            let copy = disk.clone()
            copy.crash(CrashPolicy(.prefix), random: &random)
            seen.insert(try copy.list("d"))
        }
        #expect(seen == [[], ["a"], ["b"], ["b", "c"]])
        try disk.syncDirectory("d")
        try disk.remove("d/b")
        disk.crash(CrashPolicy(.nothing), random: &random)
        #expect(try disk.list("d") == ["b", "c"])
    }

    @Test func `a directory whose name was lost is gone with its files`() throws {
        let disk = StorageDisk()
        try disk.createDirectory("d")
        disk.close(try disk.open("d/a", .create))
        try disk.syncDirectory("d")
        var random = SplitMix64(seed: 1)
        disk.crash(CrashPolicy(.nothing), random: &random)
        #expect(throws: FileError("open", "d/a", .notFound)) { try disk.open("d/a", .read) }
        #expect(throws: FileError("list", "d", .notFound)) { try disk.list("d") }
    }

    @Test func `nothing works once the machine has stopped`() throws {
        let (disk, file) = try disk()
        disk.stop(after: disk.operationCount + 1)
        try disk.write(file, at: 0, [9])
        #expect(disk.isStopped)
        #expect(throws: FileError("sync", "a", StorageDisk.stopped)) { try disk.sync(file) }
        #expect(disk.durableImage("a")?.first == 1)
        disk.kill()
        #expect(disk.visibleImage("a")?.first == 9, "what was written before is in the cache")
    }

    @Test func `files open as their modes say`() throws {
        let (disk, _) = try disk()
        #expect(throws: FileError("open", "a", .alreadyExists)) {
            try disk.open("a", .create)
        }
        #expect(throws: FileError("open", "b", .notFound)) { try disk.open("b", .update) }
        let reader = try disk.open("a", .read)
        #expect(throws: FileError("write", "a", .permissionDenied)) {
            try disk.write(reader, at: 0, [1])
        }
        try disk.truncate(try disk.open("a", .update), to: 3000)
        #expect(blocks(disk.visibleImage("a")) == [1, 2, 2, 2, 2, 0])
    }

    @Test func `the same crash leaves the same bytes`() throws {
        let (disk, _) = try disk()
        var images: Set<[UInt8]?> = []
        for _ in 0..<5 {
            let copy = disk.clone()
            var random = SplitMix64(seed: 5)
            copy.crash(CrashPolicy(.anySubset, tornSectors: .garbage), random: &random)
            images.insert(copy.visibleImage("a"))
        }
        #expect(images.count == 1)
    }
}
