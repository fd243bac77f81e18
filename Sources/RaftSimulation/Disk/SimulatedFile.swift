// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The bytes of one file.
struct SimulatedFile {
    enum Change {
        case write(offset: Int, [UInt8])
        case truncate(Int)
    }

    /// What is on the medium.
    var durable: [UInt8] = []
    /// What the process sees.
    var visible: [UInt8] = []
    /// What leads from the one to the other, in order.
    var pending: [Change] = []
    /// Where reading fails until it is written again.
    var unreadable: [Range<Int>] = []

    mutating func change(_ change: Change) {
        Self.apply(change, to: &visible)
        if !unreadable.isEmpty { rewrite(change) }
        pending.append(change)
    }

    mutating func sync() {
        // Not the visible bytes: they differ from what can still be written after a failed sync, and
        // where the medium has lost a write.
        for change in pending { Self.apply(change, to: &durable) }
        pending.removeAll(keepingCapacity: true)
    }

    /// A sector that is written is readable again.
    private mutating func rewrite(_ change: Change) {
        switch change {
        case .write(let offset, let bytes):
            let written = offset..<offset + bytes.count
            unreadable.removeAll {
                written.lowerBound <= $0.lowerBound && $0.upperBound <= written.upperBound
            }
        case .truncate(let size): unreadable.removeAll { $0.lowerBound >= size }
        }
    }

    static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .truncate(let size):
            if size < bytes.count { bytes.removeLast(bytes.count - size) }
            extend(&bytes, to: size)
        case .write(let offset, let new):
            extend(&bytes, to: offset)
            let overlap = min(bytes.count, offset + new.count)
            bytes.replaceSubrange(offset..<overlap, with: new)
        }
    }

    static func extend(_ bytes: inout [UInt8], to size: Int) {
        guard bytes.count < size else { return }
        bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
    }
}

// A power cut.
extension SimulatedFile {
    /// Keeps of the unsynced changes what the policy allows.
    /// - Returns: Whether anything was lost.
    mutating func settle(_ policy: CrashPolicy, _ random: inout SplitMix64) -> Bool {
        var isLost = false
        if !pending.isEmpty {
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
                    continue
                }
                isLost = true
                guard case .write(let offset, let bytes) = change else { continue }
                longest = max(longest, offset + bytes.count)
                // After a prefix only the write that was under way can be torn.
                guard policy.survival == .anySubset || slot == prefix else { continue }
                if let torn = policy.tornSectors {
                    tear(offset, bytes, torn, policy.sectorLength, &random)
                }
            }
            if policy.growsLengths, random.next(below: 2) == 0 {
                Self.extend(&durable, to: longest)
            }
            pending.removeAll(keepingCapacity: true)
        }
        visible = durable
        return isLost
    }

    /// Writes some of a write's sectors.
    private mutating func tear(
        _ offset: Int, _ bytes: [UInt8], _ torn: CrashPolicy.TornSector, _ length: Int,
        _ random: inout SplitMix64
    ) {
        var start = offset
        while start < offset + bytes.count {
            let end = min(start / length * length + length, offset + bytes.count)
            switch random.next(below: 3) {
            case 0:
                let part = Array(bytes[start - offset..<end - offset])
                Self.apply(.write(offset: start, part), to: &durable)
            case 1 where torn == .garbage:
                let block = SimulatedDisk.sectorLength
                let first = start / block * block
                let count = (end - first + block - 1) / block * block
                Self.apply(.write(offset: first, Self.garbage(count, &random)), to: &durable)
            default: break
            }
            start = end
        }
    }

    /// Random bytes.
    static func garbage(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let word = random.next()
            for shift in stride(from: UInt64(0), to: 64, by: 8) where bytes.count < count {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return bytes
    }
}
