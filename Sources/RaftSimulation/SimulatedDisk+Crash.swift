// SPDX-License-Identifier: Apache-2.0

public import Raft

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
        /// Random bytes, in the whole sector.
        case garbage
    }

    /// Which changes reach the medium.
    public var survival: Survival
    /// Whether a write that does not survive may yet leave some of its sectors of 512 bytes, and what
    /// it leaves in the others; nil if it leaves nothing.
    public var tornSectors: TornSector?
    /// Whether a file may have got the length of writes that did not survive, filled with zeros.
    public var growsLengths: Bool

    /// Creates a policy.
    public init(
        _ survival: Survival, tornSectors: TornSector? = nil, growsLengths: Bool = false
    ) {
        self.survival = survival
        self.tornSectors = tornSectors
        self.growsLengths = growsLengths
    }

    /// Every policy that differs from the others.
    public static let all: [CrashPolicy] = {
        var policies = [CrashPolicy(.everything)]
        for survival in [Survival.nothing, .prefix, .anySubset] {
            for torn in [TornSector?.none, .old, .garbage] {
                for grows in [false, true] {
                    policies.append(
                        CrashPolicy(survival, tornSectors: torn, growsLengths: grows))
                }
            }
        }
        return policies
    }()
}

extension SimulatedDisk {
    static let sectorLength = 512

    /// Ends the process: its handles and locks are gone, the page cache stays as it is.
    ///
    /// What was to fail or stop no longer does.
    public func kill() {
        state.handles.removeAll()
        state.locks.removeAll()
        state.stopsAfter = nil
        state.faults.removeAll()
    }

    /// Cuts the power: of what was not synced, a part stays that the policy allows.
    ///
    /// Names are kept or lost in the order they changed, for each directory by itself, and whatever
    /// becomes of the files' bytes.
    public func crash(_ policy: CrashPolicy, random: inout SplitMix64) {
        kill()
        for path in state.directories.keys.sorted() {
            state.directories[path]?.settle(policy, &random)
        }
        // A directory whose own name was lost is gone with everything in it.
        for path in state.directories.keys.sorted() where !path.isEmpty {
            if state.entry(path) != .directory { state.directories[path] = nil }
        }
        for number in state.files.indices { state.files[number].settle(policy, &random) }
    }
}

extension SimulatedDirectory {
    mutating func settle(_ policy: CrashPolicy, _ random: inout SplitMix64) {
        for change in pending.prefix(policy.survivors(of: pending.count, &random)) {
            Self.apply(change, to: &durable)
        }
        visible = durable
        pending.removeAll()
    }
}

extension SimulatedFile {
    mutating func settle(_ policy: CrashPolicy, _ random: inout SplitMix64) {
        guard !pending.isEmpty else {
            visible = durable
            return
        }
        let prefix = policy.survivors(of: pending.count, &random)
        var longest = durable.count
        for (slot, change) in pending.enumerated() {
            let survives =
                switch policy.survival {
                case .nothing, .prefix, .everything: slot < prefix
                case .anySubset: random.next(below: 2) == 0
                }
            if survives {
                Self.apply(change, to: &durable)
            } else if case .write(let offset, let bytes) = change {
                longest = max(longest, offset + bytes.count)
                // After a prefix only the write that was under way can be torn.
                guard policy.survival == .anySubset || slot == prefix else { continue }
                if let torn = policy.tornSectors { tear(offset, bytes, torn, &random) }
            }
        }
        if policy.growsLengths, random.next(below: 2) == 0 {
            Self.extend(&durable, to: longest)
        }
        visible = durable
        pending.removeAll()
    }

    /// Writes some of a write's sectors.
    private mutating func tear(
        _ offset: Int, _ bytes: [UInt8], _ torn: CrashPolicy.TornSector,
        _ random: inout SplitMix64
    ) {
        let length = SimulatedDisk.sectorLength
        var start = offset
        while start < offset + bytes.count {
            let sector = start / length * length
            let end = min(sector + length, offset + bytes.count)
            switch random.next(below: 3) {
            case 0:
                let part = Array(bytes[start - offset..<end - offset])
                Self.apply(.write(offset: start, part), to: &durable)
            case 1 where torn == .garbage:
                var garbage: [UInt8] = []
                while garbage.count < length {
                    unsafe withUnsafeBytes(of: random.next()) {
                        unsafe garbage.append(contentsOf: $0)
                    }
                }
                Self.apply(.write(offset: sector, garbage), to: &durable)
            default: break
            }
            start = end
        }
    }
}

extension CrashPolicy {
    /// How many of a list of changes survive, from the first on.
    func survivors(of count: Int, _ random: inout SplitMix64) -> Int {
        switch survival {
        case .nothing: 0
        case .prefix, .anySubset: Int(random.next(below: UInt64(count) + 1))
        case .everything: count
        }
    }
}
