// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Storage: a start after any end` {
    /// One member's days: all that a log does, in a few dozen disk operations.
    static func script(_ rig: inout StorageRig) throws {
        try rig.start()
        try rig.perform([rig.job(term: 1, vote: 3)])
        try rig.perform([rig.job(appending: [40, 90])])
        try rig.perform(rig.jobs(appending: [300, 10, 700]))
        try rig.log.mark()
        try rig.perform([rig.job(appending: [20], commit: 4)])
        try rig.perform([rig.job(term: 2, truncateFrom: 6, appending: [50, 60])])
        try WriteAheadLog.prepareSegment(in: rig.disk, options: rig.options)
        rig.log.spareIsReady()
        try rig.perform(rig.jobs(appending: [500, 500]))
        try rig.perform([rig.job(term: 3, vote: 1)])
        try rig.perform([rig.job(appending: [2500], commit: 8)])
        try rig.perform([rig.job(term: 4, truncateFrom: 10)])
        try rig.log.mark()
        rig.log.close()
    }

    /// The state of the world when the machine stops after each operation of the script.
    static let interrupted: [StorageRig] = {
        var rigs: [StorageRig] = []
        while true {
            var rig = StorageRig()
            rig.disk.stop(after: rigs.count)
            let isThrough = (try? script(&rig)) != nil
            rigs.append(rig)
            if isThrough { return rigs }
        }
    }()

    @Test func `the script reaches every kind of operation`() throws {
        var rig = StorageRig()
        try Self.script(&rig)
        for operation in [StorageDisk.Operation.create, .write, .sync, .rename, .syncDirectory] {
            #expect(rig.disk.count(of: operation) > 2, "\(operation)")
        }
        #expect(Self.interrupted.count == rig.disk.operationCount + 1)
    }

    @Test func `a kill at any operation loses no promise, and recovery makes the rest durable`()
        throws
    {
        for (operation, rig) in Self.interrupted.enumerated() {
            try Self.named("killed after operation \(operation)") {
                var rig = rig.cloned()
                rig.disk.kill()
                try rig.start()
                // What recovery said must survive a power cut, though the old process had not synced it.
                var random = SplitMix64(seed: UInt64(operation))
                rig.disk.crash(CrashPolicy(.nothing), random: &random)
                try rig.start()
            }
        }
    }

    @Test(arguments: CrashPolicy.all)
    func `a power cut at any operation loses no promise`(_ policy: CrashPolicy) throws {
        for (operation, rig) in Self.interrupted.enumerated() {
            try Self.named("power cut after operation \(operation)") {
                var random = SplitMix64(seed: UInt64(operation))
                var rig = rig.cloned()
                rig.disk.crash(policy, random: &random)
                try rig.start()
                try rig.perform([rig.job(term: 9, appending: [10])])
                rig.disk.crash(policy, random: &random)
                try rig.start()
            }
        }
    }

    @Test func `an interruption of recovery at any operation is recovered from`() throws {
        for (operation, rig) in Self.interrupted.enumerated() {
            var step = 0
            while try !Self.interruptRecovery(of: rig, operation: operation, step: step) {
                step += 1
            }
            #expect(step > 5)
        }
    }

    /// Interrupts recovery after a number of steps and recovers again, after a kill and a power cut.
    /// - Returns: Whether recovery had come to its end before.
    private static func interruptRecovery(
        of rig: StorageRig, operation: Int, step: Int
    ) throws -> Bool {
        var isThrough = false
        try named("after operation \(operation), recovery stopped after \(step)") {
            var random = SplitMix64(seed: UInt64(operation)).split("recovery", UInt64(step))
            var rig = rig.cloned()
            if random.next(below: 2) == 0 {
                rig.disk.kill()
            } else {
                rig.disk.crash(anyPolicy(&random), random: &random)
            }
            rig.disk.stop(after: rig.disk.operationCount + step)
            do {
                try rig.start()
                isThrough = true
            } catch let error as RaftError where error.code == .inputOutput {}
            if random.next(below: 2) == 0 {
                rig.disk.kill()
                try rig.start()
            }
            rig.disk.crash(anyPolicy(&random), random: &random)
            try rig.start()
        }
        return isThrough
    }

    @Test func `recovering twice gives the same log and a new boot number`() throws {
        var rig = StorageRig()
        try Self.script(&rig)
        var boots: [UInt64] = []
        for _ in 0..<4 {
            rig.disk.kill()
            boots.append(try rig.start().boot)
        }
        #expect(zip(boots, boots.dropFirst()).allSatisfy(<))
    }

    @Test(arguments: 0..<8)
    func `random jobs, kills, power cuts and failures never break a promise`(_ part: UInt64) throws
    {
        for seed in part * 250..<(part + 1) * 250 {
            try Self.named("seed \(seed)") { try Self.live(seed: seed) }
        }
    }

    /// A few lives of one member, each ended by a kill, a power cut or a disk error.
    private static func live(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var rig = StorageRig()
        if random.next(below: 3) == 0 { rig.options.windowBytes = 500 }
        for _ in 0..<3 {
            if random.next(below: 4) == 0 {
                rig.disk.stop(after: rig.disk.operationCount + Int(random.next(below: 20)))
            } else if random.next(below: 4) == 0 {
                rig.disk.fail(
                    random.next(below: 2) == 0 ? .sync : .write,
                    number: 1 + Int(random.next(below: 8)), with: .inputOutput,
                    partial: Int(random.next(below: 900)))
            }
            do {
                try rig.start()
                for _ in 0..<random.next(below: 6) {
                    try rig.perform(rig.randomJobs(3, &random))
                    if random.next(below: 4) == 0 { try rig.log.mark() }
                    if rig.log.needsSpare, random.next(below: 3) == 0 {
                        try WriteAheadLog.prepareSegment(in: rig.disk, options: rig.options)
                        rig.log.spareIsReady()
                    }
                }
            } catch is FileError {
            } catch let error as RaftError where error.code == .inputOutput {
            }
            switch random.next(below: 3) {
            case 0: rig.disk.kill()
            case 1:
                rig.disk.kill()
                rig.disk.dropCaches()
            default: rig.disk.crash(anyPolicy(&random), random: &random)
            }
        }
        try rig.start()
    }

    static func anyPolicy(_ random: inout SplitMix64) -> CrashPolicy {
        CrashPolicy.all[Int(random.next(below: UInt64(CrashPolicy.all.count)))]
    }

    /// Says in which case something went wrong.
    static func named(_ name: String, _ body: () throws -> Void) throws {
        do { try body() } catch { throw Violation("\(name): \(error)") }
    }
}

extension StorageRig {
    /// The same on a disk of its own; the log is closed.
    func cloned() -> StorageRig {
        var copy = StorageRig(disk.clone())
        copy.take(self)
        return copy
    }
}
