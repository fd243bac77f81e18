// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// What the simulator's damage aims at is what recovery promises to miss.
@Suite struct `Storage: no aimed damage is mistaken for a torn write` {
    /// A log of several segments, some begun by restarts, with truncations; its end marked or not.
    private static func rig(seed: UInt64, isMarked: Bool) throws -> StorageRig {
        var random = SplitMix64(seed: seed)
        var rig = StorageRig()
        try rig.identity.store(in: rig.disk)
        for _ in 0..<3 {
            try rig.start()
            for _ in 0..<4 { try rig.perform(rig.randomJobs(3, &random)) }
            if isMarked { try rig.log.mark() }
            rig.disk.kill()
        }
        return rig
    }

    private enum Outcome: Hashable {
        case whole, refused
    }

    /// A start on a damaged disk, by a power cut that keeps nothing or after a kill.
    private static func outcome(
        _ rig: StorageRig, hit paths: [String], byPowerCut: Bool
    ) throws -> Outcome {
        var random = SplitMix64(seed: 1)
        if byPowerCut {
            rig.disk.crash(CrashPolicy(.nothing), random: &random)
        } else {
            rig.disk.kill()
        }
        var copy = rig
        do {
            guard try Identity.load(from: copy.disk) == copy.identity else {
                throw Violation("another identity")
            }
            let recovered = try copy.recoverUnchecked()
            guard try copy.model(of: recovered) == rig.model else {
                throw Violation("\(paths): recovered to \(recovered.lastIndex)")
            }
            return .whole
        } catch let error as RaftError {
            guard error.code == .logDamaged || error.code == .inputOutput,
                paths.contains(where: { error.message.contains($0) })
            else { throw Violation("\(paths): \(error)") }
            return .refused
        }
    }

    @Test(arguments: DiskDamage.Kind.allCases, [true, false])
    func `damage of what was promised is refused, file and place named, or nothing is missing`(
        kind: DiskDamage.Kind, isMarked: Bool
    ) throws {
        var seen: [Outcome: Int] = [:]
        for seed in UInt64(1)...12 {
            let rig = try Self.rig(seed: seed, isMarked: isMarked)
            for choice in UInt64(0)..<25 {
                let copy = rig.cloned()
                var paths: [String] = []
                // Several, one after the other.
                for number in 0...choice % 3 {
                    let damage = DiskDamage(
                        kind, choice % 8 == 7 ? .identity : .log, choice: choice * 3 + number)
                    paths += copy.disk.damage(damage)
                }
                let outcome = try Self.outcome(copy, hit: paths, byPowerCut: choice % 2 == 0)
                seen[outcome, default: 0] += 1
            }
        }
        #expect(seen[.refused, default: 0] > 100, "\(seen)")
    }

    @Test func `damage where nothing counts is not noticed`() throws {
        var hits = 0
        for seed in UInt64(1)...12 {
            let rig = try Self.rig(seed: seed, isMarked: seed % 2 == 0)
            try WriteAheadLog.prepareSegment(in: rig.disk, options: rig.options)
            for choice in UInt64(0)..<20 {
                let copy = rig.cloned()
                let paths = copy.disk.damage(DiskDamage(.rot, .unused, choice: choice))
                hits += paths.count
                #expect(
                    try Self.outcome(copy, hit: paths, byPowerCut: choice % 2 == 0) == .whole)
            }
        }
        #expect(hits > 100)
    }

    @Test func `an empty disk has nothing to damage`() {
        for kind in DiskDamage.Kind.allCases {
            for place in DiskDamage.Place.allCases {
                #expect(StorageDisk().damage(DiskDamage(kind, place, choice: 1)) == [])
            }
        }
    }
}
