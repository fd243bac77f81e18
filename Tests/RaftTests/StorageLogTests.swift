// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Storage: the log` {
    @Test func `what was written comes back: term, vote, entries, commit, time`() throws {
        var rig = StorageRig()
        let empty = try rig.start()
        #expect(empty.boot == 1)
        #expect(empty.lastIndex == .zero)
        #expect(empty.hardState == HardState())
        #expect(empty.tail.isEmpty)
        try rig.perform([rig.job(term: 4, vote: 2)])
        try rig.perform([rig.job(term: 5, appending: [10, 0, 1900], commit: 2)])
        rig.disk.kill()
        let recovered = try rig.start()
        #expect(recovered.hardState == HardState(term: Term(5), vote: nil))
        #expect(recovered.lastIndex == LogIndex(3))
        #expect(recovered.lastTerm == Term(5))
        #expect(recovered.commit == LogIndex(2))
        #expect(recovered.time == ClusterTime(milliseconds: 2))
        #expect(recovered.tail.map(\.index) == [LogIndex(1), LogIndex(2), LogIndex(3)])
        #expect(recovered.boot > 1)
    }

    @Test func `a vote comes back`() throws {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 4, vote: 2)])
        rig.disk.kill()
        #expect(try rig.start().hardState == HardState(term: Term(4), vote: StorageRig.member(2)))
    }

    @Test func `many jobs take one write and one sync`() throws {
        var rig = StorageRig()
        rig.options = WriteAheadLog.Options()
        try rig.start()
        let writes = rig.disk.count(of: .write)
        let syncs = rig.disk.count(of: .sync)
        let jobs = rig.jobs(appending: [Int](repeating: 100, count: 50))
        try rig.perform(jobs)
        #expect(rig.disk.count(of: .write) == writes + 1)
        #expect(rig.disk.count(of: .sync) == syncs + 1)
        #expect(rig.disk.count(of: .syncDirectory) == 3)
    }

    @Test func `nothing is durable before the sync, everything after it`() throws {
        var rig = StorageRig()
        try rig.start()
        rig.disk.fail(.sync, with: .inputOutput)
        #expect(throws: FileError.self) { try rig.perform([rig.job(term: 1, appending: [9])]) }
        var random = SplitMix64(seed: 1)
        rig.disk.crash(CrashPolicy(.nothing), random: &random)
        #expect(try rig.start().lastIndex == .zero)
        try rig.perform([rig.job(term: 1, appending: [9])])
        rig.disk.crash(CrashPolicy(.nothing), random: &random)
        #expect(try rig.start().lastIndex == LogIndex(1))
    }

    @Test func `the commit that is remembered does not go beyond the last entry`() throws {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 1, appending: [9], commit: 70)])
        rig.disk.kill()
        #expect(try rig.start().commit == LogIndex(1))
    }

    @Test func `truncation voids entries and gives their indexes to others`() throws {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 1, appending: [1, 2, 3, 4])])
        try rig.perform([rig.job(term: 2, truncateFrom: 2)])
        rig.disk.kill()
        #expect(try rig.start().lastTerm == Term(1))
        try rig.perform([rig.job(term: 3, truncateFrom: 1, appending: [5])])
        rig.disk.kill()
        let recovered = try rig.start()
        #expect(recovered.lastIndex == LogIndex(1))
        #expect(recovered.lastTerm == Term(3))
    }

    @Test func `the log goes on in a new segment when one is full`() throws {
        var rig = StorageRig()
        try rig.start()
        for _ in 0..<20 { try rig.perform([rig.job(term: 1, appending: [400])]) }
        let names = try rig.disk.list("wal")
        #expect(names.count > 5)
        #expect(names == names.sorted())
        #expect(names[0] == "0000000000000001.log")
        for name in names.dropFirst() {
            #expect(rig.disk.visibleImage("wal/\(name)")?.count == 2048)
        }
        rig.disk.kill()
        #expect(try rig.start().lastIndex == LogIndex(20))
    }

    @Test func `a job longer than a segment gets a segment that holds it`() throws {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 1, appending: [5000, 5000])])
        try rig.perform([rig.job(appending: [10])])
        rig.disk.kill()
        #expect(try rig.start().lastIndex == LogIndex(3))
    }

    @Test func `a spare segment saves a roll its zeros`() throws {
        var rig = StorageRig()
        try rig.start()
        #expect(rig.log.needsSpare)
        try WriteAheadLog.prepareSegment(in: rig.disk, options: rig.options)
        rig.log.spareIsReady()
        #expect(!rig.log.needsSpare)
        let creations = rig.disk.count(of: .create)
        try rig.perform([rig.job(term: 1, appending: [1100])])
        #expect(rig.disk.count(of: .create) == creations)
        #expect(try rig.disk.list("wal").count == 2)
        #expect(rig.log.needsSpare)
        rig.disk.kill()
        #expect(try rig.start().lastIndex == LogIndex(1))
    }

    @Test func `a start removes the spare of an earlier life and the space after the log's end`()
        throws
    {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 1, appending: [10])])
        try rig.log.mark()
        try WriteAheadLog.prepareSegment(in: rig.disk, options: rig.options)
        rig.disk.kill()
        try rig.start()
        #expect(try rig.disk.list("wal") == ["0000000000000001.log", "0000000000000002.log"])
        #expect(rig.disk.visibleImage("wal/0000000000000001.log")?.count == 1024)
    }

    @Test func `a mark is written once for a sync, and not at all for none`() throws {
        var rig = StorageRig()
        try rig.start()
        let syncs = rig.disk.count(of: .sync)
        try rig.log.mark()
        #expect(rig.disk.count(of: .sync) == syncs)
        try rig.perform([rig.job(term: 1, appending: [10])])
        try rig.log.mark()
        #expect(rig.disk.count(of: .sync) == syncs + 2)
        try rig.log.mark()
        #expect(rig.disk.count(of: .sync) == syncs + 2)
    }

    @Test func `a full segment is marked by the header of the next`() throws {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 1, appending: [30])])
        try rig.perform([rig.job(appending: [30])])
        try rig.log.mark()
        let path = "wal/0000000000000002.log"
        #expect(rig.disk.visibleImage(path)?[512...].allSatisfy { $0 == 0 } == true)
        rig.disk.kill()
        rig.disk.flipBit("wal/0000000000000001.log", at: 1100)
        #expect(throws: RaftError.self) { try rig.start() }
    }

    @Test(arguments: [StorageDisk.Operation.write, .sync])
    func `after an error the log is fenced`(_ operation: StorageDisk.Operation) throws {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 1, appending: [10])])
        rig.disk.fail(operation, with: .inputOutput)
        let job = rig.job(appending: [20])
        let first = #expect(throws: FileError.self) { try rig.perform([job]) }
        #expect(first?.reason == .inputOutput)
        let count = rig.disk.operationCount
        let second = #expect(throws: FileError.self) { try rig.perform([rig.job(appending: [1])]) }
        #expect(second == first)
        #expect(throws: FileError.self) { try rig.log.mark() }
        #expect(rig.log.failure == first)
        #expect(rig.disk.operationCount == count, "a fenced log touches nothing")
    }

    @Test func `a full disk fences the log and spoils nothing`() throws {
        for partial in stride(from: 0, through: 1024, by: 64) {
            var rig = StorageRig()
            rig.options.firstSegmentBytes = 4096
            try rig.start()
            try rig.perform([rig.job(term: 1, appending: [10])])
            rig.disk.fail(.write, with: .noSpace, partial: partial)
            let jobs = rig.jobs(appending: [300, 20])
            let error = #expect(throws: FileError.self) { try rig.perform(jobs) }
            #expect(error?.reason == .noSpace)
            rig.disk.kill()
            let recovered = try rig.start()
            #expect(recovered.lastIndex.rawValue == (partial < 476 ? 1 : partial < 708 ? 2 : 3))
        }
    }

    @Test func `recovery gives the newest entries that fit its window, and the time of the last`()
        throws
    {
        for (window, count) in [(0, 0), (100, 0), (148, 1), (300, 2), (100_000, 5)] {
            var rig = StorageRig()
            rig.options.windowBytes = window
            try rig.start()
            try rig.perform(rig.jobs(appending: [100, 100, 100, 100, 100]))
            rig.disk.kill()
            let recovered = try rig.start()
            #expect(recovered.tail.count == count)
            #expect(recovered.time == ClusterTime(milliseconds: 5))
        }
    }

    @Test func `a job that does not continue the log traps`() async {
        await #expect(processExitsWith: .failure) {
            var rig = StorageRig()
            try rig.start()
            try rig.perform([rig.job(term: 1, appending: [1, 2], commit: 2)])
            try rig.perform([rig.job(term: 2, truncateFrom: 2)])
        }
        await #expect(processExitsWith: .failure) {
            var rig = StorageRig()
            try rig.start()
            try rig.perform([rig.job(term: 3)])
            try rig.perform([rig.job(term: 2)])
        }
        await #expect(processExitsWith: .failure) {
            var rig = StorageRig()
            try rig.start()
            try rig.perform([rig.job(term: 3, vote: 1)])
            try rig.perform([rig.job(vote: 2)])
        }
        await #expect(processExitsWith: .failure) {
            var rig = StorageRig()
            try rig.start()
            let entry = StorageRig.entry(LogIndex(2), Term(1), size: 1, tag: 1)
            let job = LogJob(
                sequence: 1, hardState: HardState(term: Term(1)), entries: [entry],
                commit: .zero)
            _ = try rig.log.perform([job])
        }
    }
}
