// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What a power cut makes of changes that no sync covered.
public struct CrashPolicy: Hashable, Sendable {
    /// Which of a file's unsynced changes reach the medium.
    public enum Survival: Hashable, Sendable {
        /// None.
        case nothing
        /// The first so many, drawn for each file and directory.
        case prefix
        /// Any of them, whatever the order.
        case anySubset
        /// All.
        case everything
    }

    /// What stands in a sector whose write did not come through.
    public enum TornSector: Hashable, Sendable {
        /// What stood there before.
        case old
        /// Random bytes.
        case garbage
    }

    /// Which changes reach the medium.
    public var survival: Survival
    /// Whether a write that does not survive may yet leave some of its sectors, and what it leaves in
    /// the others; nil if it leaves nothing.
    public var tornSectors: TornSector?
    /// The size of the sectors that are written whole or not at all, in bytes: 512, or 4096 for a medium
    /// that says 512 and has larger ones. Blocks of 512 that a write does not touch keep what they have
    /// whatever becomes of it: a torn write of 4096 bytes turns no neighbour into garbage.
    public var sectorLength: Int
    /// Whether a file may have got the length of writes that did not survive, filled with zeros.
    public var growsLengths: Bool

    /// Creates a policy.
    public init(
        _ survival: Survival, tornSectors: TornSector? = nil, sectorLength: Int = 512,
        growsLengths: Bool = false
    ) {
        precondition(
            sectorLength > 0 && sectorLength % SimulatedDisk.sectorLength == 0,
            "sectors of \(sectorLength) bytes")
        self.survival = survival
        self.tornSectors = tornSectors
        self.sectorLength = sectorLength
        self.growsLengths = growsLengths
    }

    /// Every policy that differs from the others.
    public static let all: [CrashPolicy] = {
        var policies = [CrashPolicy(.everything)]
        for survival in [Survival.nothing, .prefix, .anySubset] {
            for grows in [false, true] {
                policies.append(CrashPolicy(survival, growsLengths: grows))
                for torn in [TornSector.old, .garbage] {
                    for length in [512, 4096] {
                        policies.append(
                            CrashPolicy(
                                survival, tornSectors: torn, sectorLength: length,
                                growsLengths: grows))
                    }
                }
            }
        }
        return policies
    }()

    /// How many of a list of changes survive, from the first on.
    func survivors(of count: Int, _ random: inout SplitMix64) -> Int {
        switch survival {
        case .nothing: 0
        case .prefix, .anySubset: Int(random.next(below: UInt64(count) + 1))
        case .everything: count
        }
    }

    static func draw(_ random: inout SplitMix64) -> CrashPolicy {
        all[Int(random.next(below: UInt64(all.count)))]
    }
}

extension CrashPolicy: CustomStringConvertible {
    /// A few words.
    public var description: String {
        let torn = tornSectors.map { ", \($0) in sectors of \(sectorLength)" } ?? ""
        return "\(survival)\(torn)\(growsLengths ? ", lengths kept" : "")"
    }
}
