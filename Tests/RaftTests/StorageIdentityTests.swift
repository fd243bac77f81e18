// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Storage: identity and lock` {
    @Test func `an identity comes back as it was stored`() throws {
        let disk = StorageDisk()
        #expect(try Identity.load(from: disk) == nil)
        try StorageRig.identity.store(in: disk)
        #expect(try Identity.load(from: disk) == StorageRig.identity)
        var random = SplitMix64(seed: 1)
        disk.crash(CrashPolicy(.nothing), random: &random)
        #expect(try Identity.load(from: disk) == StorageRig.identity)
    }

    @Test func `an interrupted change leaves the old identity or the new one`() throws {
        var changed = StorageRig.identity
        changed.isEstablished.toggle()
        changed.members.append(Peer(id: StorageRig.member(9), address: "[::1]:80"))
        var seen: Set<Identity> = []
        for step in 0..<12 {
            for (number, policy) in CrashPolicy.all.enumerated() {
                let disk = StorageDisk()
                try StorageRig.identity.store(in: disk)
                disk.stop(after: disk.operationCount + step)
                try? changed.store(in: disk)
                var random = SplitMix64(seed: UInt64(step * 100 + number))
                disk.crash(policy, random: &random)
                let found = try #require(try Identity.load(from: disk))
                #expect(found == changed || found == StorageRig.identity)
                seen.insert(found)
                try changed.store(in: disk)
                #expect(try Identity.load(from: disk) == changed)
            }
        }
        #expect(seen.count == 2)
    }

    @Test func `an identity seen after a kill is on disk before it is used`() throws {
        let disk = StorageDisk()
        disk.stop(after: 4)
        try? StorageRig.identity.store(in: disk)
        disk.kill()
        let seen = try Identity.load(from: disk)
        #expect(seen == StorageRig.identity)
        var random = SplitMix64(seed: 1)
        disk.crash(CrashPolicy(.nothing), random: &random)
        #expect(try Identity.load(from: disk) == seen)
    }

    @Test func `any flipped or missing byte is damage`() throws {
        let disk = StorageDisk()
        try StorageRig.identity.store(in: disk)
        let count = try #require(disk.visibleImage("identity")?.count)
        for offset in 0..<count {
            for isCut in [false, true] {
                let copy = disk.clone()
                if isCut {
                    copy.cut("identity", to: offset)
                } else {
                    copy.flipBit("identity", at: offset, bit: offset % 8)
                }
                let error = #expect(throws: RaftError.self) { try Identity.load(from: copy) }
                #expect(error?.code == .logDamaged)
                #expect(error?.message.hasPrefix("identity is damaged at byte ") == true)
            }
        }
    }

    @Test func `another format version is refused, and not called damaged`() throws {
        let disk = StorageDisk()
        try StorageRig.identity.store(in: disk)
        var bytes = try #require(disk.visibleImage("identity"))
        bytes[12] = 1
        let checksum = CRC32C.checksum(bytes, in: 12..<bytes.count)
        for byte in 0..<4 { bytes[8 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * byte)) }
        disk.overwrite("identity", at: 0, with: bytes)
        let error = #expect(throws: RaftError.self) { try Identity.load(from: disk) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("format version 1") == true)
    }

    @Test func `a log without an identity is not taken for a new directory`() throws {
        var rig = StorageRig()
        try rig.start()
        let error = #expect(throws: RaftError.self) { try Identity.load(from: rig.disk) }
        #expect(error?.code == .logDamaged)
        #expect(error?.message.contains("wal/0000000000000001.log") == true)
    }

    @Test func `a second process is kept out, until the first lets go or ends`() throws {
        let disk = StorageDisk()
        try Storage.lock(disk)
        let error = #expect(throws: RaftError.self) { try Storage.lock(disk) }
        #expect(error?.code == .directoryLocked)
        #expect(error?.message.hasPrefix("the data directory simulated disk is in use") == true)
        disk.kill()
        try Storage.lock(disk)
        Storage.unlock(disk)
        disk.fail(.lock, with: .inputOutput)
        #expect(throws: RaftError(.inputOutput, "lock LOCK: input/output error")) {
            try Storage.lock(disk)
        }
    }

    @Test(arguments: [FileError.Reason.permissionDenied, .readOnly, .notADirectory])
    func `a directory that may not be used is called so, with the reason`(
        _ reason: FileError.Reason
    ) throws {
        let operations: [(StorageDisk.Operation, (StorageDisk) throws -> Void)] = [
            (.lock, { try Storage.lock($0) }),
            (.open, { _ = try Identity.load(from: $0) }),
            (.list, { _ = try Identity.load(from: $0) }),
            (.create, { try StorageRig.identity.store(in: $0) }),
        ]
        for (operation, use) in operations {
            let disk = StorageDisk()
            disk.fail(operation, with: reason)
            let error = #expect(throws: RaftError.self) { try use(disk) }
            #expect(error?.code == .directoryUnusable)
            let why = FileError("", "", reason).description.drop { $0 != ":" }
            #expect(error?.message.contains(why) == true)
        }
    }

    @Test func `an established member whose log is gone is refused, not begun anew`() throws {
        let disk = StorageDisk()
        var identity = StorageRig.identity
        identity.isEstablished = true
        try Storage.store(identity, salt: 1, options: WriteAheadLog.Options(), in: disk)
        _ = try WriteAheadLog.recover(in: disk, identity: identity, salt: 2)
        for name in try disk.list("wal") { try disk.remove("wal/" + name) }
        #expect {
            _ = try WriteAheadLog.recover(in: disk, identity: identity, salt: 3)
        } throws: {
            ($0 as? RaftError)?.code == .logDamaged
        }
    }
}
