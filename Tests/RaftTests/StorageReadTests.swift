// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Storage: reading entries back` {
    @Test(arguments: 0..<UInt64(40))
    func `any range reads back as it was appended, across segments, truncations, restarts`(
        _ seed: UInt64
    ) throws {
        var random = SplitMix64(seed: seed).split("read")
        var rig = StorageRig()
        var map = try rig.start().map
        for _ in 0..<24 {
            for placement in try rig.perform(rig.randomJobs(3, &random)).placements {
                map.note(placement)
            }
            if random.next(below: 8) == 0 {
                rig.disk.kill()
                map = try rig.start().map
            }
        }
        let all = rig.model.entries
        for from in 1...UInt64(max(1, all.count)) where from <= all.count {
            let through = from + random.next(below: UInt64(all.count) - from + 1)
            let bytes = Int(random.next(below: 900))
            let job = try #require(
                map.readJob(
                    from: LogIndex(from), through: LogIndex(through), maximumBytes: bytes))
            #expect(job.from == LogIndex(from) && job.through <= LogIndex(through))
            let read = try WriteAheadLog.read(job, in: rig.disk, identity: rig.identity)
            #expect(!read.isEmpty && read.count <= through - from + 1)
            #expect(read.elementsEqual(all[Int(from - 1)...].prefix(read.count)))
            let size = read.reduce(0) { $0 + $1.bytes.count }
            #expect(read.count == 1 || size <= bytes)
        }
    }

    @Test func `a read goes on until the bytes asked for are reached`() throws {
        var rig = StorageRig()
        var map = try rig.start().map
        for _ in 0..<12 {
            let done = try rig.perform([rig.job(term: 1, appending: [252])])
            for placement in done.placements { map.note(placement) }
        }
        let job = try #require(
            map.readJob(from: LogIndex(2), through: LogIndex(12), maximumBytes: 1500))
        let read = try WriteAheadLog.read(job, in: rig.disk, identity: rig.identity)
        #expect(read.map(\.index.rawValue) == [2, 3, 4, 5, 6])
    }

    @Test func `a read that comes upon a truncation gives what replaced the entries`() throws {
        var rig = StorageRig()
        try rig.start()
        try rig.perform([rig.job(term: 1, appending: [10, 10])])
        try rig.perform([rig.job(term: 2, truncateFrom: 2, appending: [20, 20])])
        // The map makes no such job; one that does not know of the truncation might.
        let job = LogReadJob(
            from: LogIndex(1), through: LogIndex(3),
            position: LogPosition(segment: 1, offset: 512), maximumBytes: 9999)
        let read = try WriteAheadLog.read(job, in: rig.disk, identity: rig.identity)
        #expect(read == rig.model.entries)
    }

    @Test func `damage is noticed when it is read`() throws {
        var rig = StorageRig()
        var map = try rig.start().map
        for placement in try rig.perform([rig.job(term: 1, appending: [40])]).placements {
            map.note(placement)
        }
        rig.disk.flipBit("wal/0000000000000001.log", at: 700)
        let job = try #require(
            map.readJob(from: LogIndex(1), through: LogIndex(1), maximumBytes: 1))
        let error = #expect(throws: RaftError.self) {
            try WriteAheadLog.read(job, in: rig.disk, identity: rig.identity)
        }
        #expect(error?.code == .logDamaged)
    }

    @Test func `the map is sparse and knows what it does not know`() throws {
        var map = LogMap()
        #expect(map.position(for: LogIndex(1)) == nil)
        let places = [5, 9, 20].map { LogPosition(segment: 1, offset: 512 * $0) }
        map.note(LogPlacement(index: LogIndex(3), position: places[0], truncates: false))
        map.note(LogPlacement(index: LogIndex(7), position: places[1], truncates: false))
        #expect(map.position(for: LogIndex(2)) == nil)
        #expect(map.position(for: LogIndex(3)) == places[0])
        #expect(map.position(for: LogIndex(6)) == places[0])
        #expect(map.position(for: LogIndex(7)) == places[1])
        #expect(map.position(for: LogIndex(900)) == places[1])
        map.note(LogPlacement(index: LogIndex(5), position: places[2], truncates: true))
        #expect(map.position(for: LogIndex(7)) == places[2])
        let job = map.readJob(from: LogIndex(3), through: LogIndex(9), maximumBytes: 1)
        #expect(job?.through == LogIndex(4), "what was replaced stands before what replaced it")
    }

    @Test func `one place is kept for so many bytes, and one for each segment`() throws {
        var rig = StorageRig()
        rig.options.segmentBytes = 64 << 10
        rig.options.firstSegmentBytes = 64 << 10
        rig.options.placementInterval = 8 << 10
        try rig.start()
        var places: [LogPosition] = []
        for _ in 0..<200 {
            let done = try rig.perform([rig.job(term: 1, appending: [300])])
            places += done.placements.map(\.position)
        }
        #expect(places.count == 13)
        #expect(places.filter { $0.segment == 2 }.first?.offset == 512)
    }
}
