// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@Suite struct `The file system` {
    private func failure(_ body: () throws(SystemError) -> Void) -> SystemError? {
        do throws(SystemError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func `what is written at a position is read there`() throws {
        try withTemporaryDirectory { directory in
            let fd = try Files.open("\(directory)/log", [.write, .create, .exclusive])
            defer { fd.close() }
            try Files.pwrite(fd, [1, 2, 3, 4], at: 0)
            try Files.pwrite(fd, [9, 9], at: 6)
            try Files.fdatasync(fd)
            try Files.fsync(fd)
            #expect(try Files.size(fd) == 8)
            #expect(try Files.pread(fd, count: 100, at: 2) == [3, 4, 0, 0, 9, 9])
            #expect(try Files.pread(fd, count: 2, at: 0) == [1, 2])
            #expect(try Files.pread(fd, count: 2, at: 8) == [])
            try Files.ftruncate(fd, size: 3)
            #expect(try Files.readAll("\(directory)/log", limit: 3) == [1, 2, 3])
        }
    }

    @Test func `pieces of any size land one after the other`() throws {
        try withTemporaryDirectory { directory in
            let fd = try Files.open("\(directory)/log", [.write, .create])
            defer { fd.close() }
            var random = SeededGenerator(state: 7)
            let sizes = [0, 1, 100_000, 200_000, 300_000, 262_144, 5, 262_143, 2, 0]
            let pieces = sizes.map { size in
                (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            let expected = Array(pieces.joined())
            #expect(try Files.pwrite(fd, pieces: pieces, at: 3) == expected.count)
            #expect(try Files.pread(fd, count: expected.count + 10, at: 3) == expected)
            #expect(try Files.pwrite(fd, pieces: [], at: 0) == 0)
        }
    }

    @Test func `allocated space is there and reads as zeros`() throws {
        try withTemporaryDirectory { directory in
            let fd = try Files.open("\(directory)/log", [.write, .create])
            defer { fd.close() }
            do throws(SystemError) {
                try Files.fallocate(fd, offset: 0, count: 8192)
            } catch {
                #expect(SystemError.name(of: error.errno) == "EOPNOTSUPP")
                return
            }
            #expect(try Files.size(fd) == 8192)
            #expect(try Files.pread(fd, count: 8192, at: 0).allSatisfy { $0 == 0 })
        }
    }

    @Test func `names are listed sorted, renamed over others, and removed`() throws {
        try withTemporaryDirectory { directory in
            for name in ["b", "a", "Z", "ä"] {
                try Files.open("\(directory)/\(name)", [.write, .create]).close()
            }
            #expect(try Files.list(directory) == ["Z", "a", "b", "ä"])
            try Files.rename("\(directory)/a", to: "\(directory)/b")
            try Files.unlink("\(directory)/Z")
            try Files.syncDirectory(directory)
            #expect(try Files.list(directory) == ["b", "ä"])
            #expect(Files.exists("\(directory)/b"))
            #expect(!Files.exists("\(directory)/a"))
        }
    }

    @Test func `directories are made with those above them if wanted`() throws {
        try withTemporaryDirectory { directory in
            let deep = "\(directory)/x/y//z/"
            #expect(
                failure { () throws(SystemError) in try Files.makeDirectory(deep) }?.isNotFound
                    == true)
            try Files.makeDirectory(deep, intermediates: true)
            #expect(Files.isDirectory("\(directory)/x/y/z"))
            try Files.makeDirectory(deep, intermediates: true)
            try Files.open("\(directory)/file", [.write, .create]).close()
            let error = failure { () throws(SystemError) in
                try Files.makeDirectory("\(directory)/file", intermediates: true)
            }
            #expect(error?.description.contains("ENOTDIR") == true)
        }
    }

    @Test func `an error names the path, even when only the descriptor is known`() throws {
        try withTemporaryDirectory { directory in
            let missing = "\(directory)/missing"
            let error = failure { () throws(SystemError) in try Files.open(missing).close() }
            #expect(error?.isNotFound == true)
            #expect(error?.subject == missing)
            let path = "\(directory)/log"
            try Files.open(path, [.write, .create]).close()
            let fd = try Files.open(path)
            defer { fd.close() }
            let write = failure { () throws(SystemError) in try Files.pwrite(fd, [1], at: 0) }
            #expect(write?.description == "pwrite \(path): Bad file descriptor (EBADF)")
            let exclusive = failure { () throws(SystemError) in
                try Files.open(path, [.write, .create, .exclusive]).close()
            }
            #expect(exclusive?.isAlreadyPresent == true)
        }
    }

    @Test func `a locked file cannot be locked again until it is closed`() async throws {
        try await onThread { try lockTwice() }
    }

    private func lockTwice() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/LOCK"
            let first = try Files.open(path, [.write, .create])
            let second = try Files.open(path, [.write])
            defer { second.close() }
            #expect(try Files.tryLock(first))
            #expect(try !Files.tryLock(second))
            first.close()
            #expect(try eventually { try Files.tryLock(second) })
        }
    }

    @Test func `a file above the limit is refused`() throws {
        try withTemporaryDirectory { directory in
            let fd = try Files.open("\(directory)/big", [.write, .create])
            defer { fd.close() }
            try Files.pwrite(fd, [UInt8](repeating: 1, count: 200_000), at: 0)
            #expect(try Files.readAll("\(directory)/big", limit: 200_000).count == 200_000)
            #expect(throws: SystemError.self) {
                try Files.readAll("\(directory)/big", limit: 199_999)
            }
        }
    }

    @Test func `free space is known where there is a file system`() throws {
        #expect(try Files.freeSpace("/tmp") > 0)
        #expect(throws: SystemError.self) { try Files.freeSpace("/nowhere/at/all") }
    }
}
