// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What a medium does to bytes that were on it, said to be safe.
public struct DiskDamage: Hashable, Sendable {
    /// What becomes of them.
    public enum Kind: Hashable, Sendable, CaseIterable {
        /// One to three bits are others.
        case rot
        /// A write never got there, although it was acknowledged and synced.
        case lostWrite
        /// A write went to a wrong place, and is missing in the right one.
        case misdirectedWrite
        /// Reading fails for ever.
        case unreadable
    }

    /// Which bytes.
    public enum Place: Hashable, Sendable, CaseIterable {
        /// What recovery promises to miss: see ``LogAtlas``. What a sync has covered, but nothing on the
        /// disk says so yet, is spared: losing that cannot be told from a write that a power cut tore.
        case log
        /// The file that says who the member is.
        case identity
        /// Where nothing counts.
        case unused
    }

    /// What becomes of them.
    public var kind: Kind
    /// Which bytes.
    public var place: Place
    /// Chooses among all such places there are at the time.
    public var choice: UInt64

    /// Creates a damage.
    public init(_ kind: Kind, _ place: Place, choice: UInt64) {
        self.kind = kind
        self.place = place
        self.choice = choice
    }

    /// Whether the member may be lost by it.
    public var isDestroying: Bool {
        switch place {
        case .log, .identity: true
        case .unused: false
        }
    }
}

extension DiskDamage: CustomStringConvertible {
    /// A few words.
    public var description: String { "\(kind) in \(place) (\(choice))" }
}

extension SimulatedDisk {
    /// Damages bytes on the medium.
    /// - Returns: The files that were hit: none if there is no such place at the moment.
    public func damage(_ damage: DiskDamage) -> [String] {
        let atlas = LogAtlas(self)
        var random = SplitMix64(seed: damage.choice)
        switch damage.place {
        case .identity: return hit(damage.kind, atlas.identity, in: atlas, &random)
        case .unused: return hit(.rot, random.pick(atlas.unused), in: atlas, &random)
        case .log:
            let places =
                switch damage.kind {
                case .rot, .unreadable: random.below(2) == 0 ? atlas.vouched : atlas.groups
                case .lostWrite, .misdirectedWrite: atlas.groups
                }
            // What was written last decides where a log ends, and is the easiest to take for torn.
            let place = random.below(2) == 0 ? places.last : random.pick(places)
            return hit(damage.kind, place, in: atlas, &random)
        }
    }

    private func hit(
        _ kind: DiskDamage.Kind, _ place: LogAtlas.Place?, in atlas: LogAtlas,
        _ random: inout SplitMix64
    ) -> [String] {
        guard let place, !place.range.isEmpty else { return [] }
        let path = place.path
        let offset = place.range.lowerBound + random.below(place.range.count)
        switch kind {
        case .rot:
            for _ in 0...random.below(3) {
                // Near each other: a bad cell, or a bad byte.
                let byte = min(offset + random.below(8), place.range.upperBound - 1)
                flipBit(path, at: byte, bit: random.below(8))
            }
        case .lostWrite: loseWrite(path, place.range)
        case .misdirectedWrite:
            // Where there is room for it that is vouched for, or counts for nothing.
            let rooms = (atlas.vouched + atlas.unused).filter {
                $0.range.count >= place.range.count
            }
            guard let room = random.pick(rooms) else { return [] }
            let blocks = (room.range.count - place.range.count) / Self.sectorLength
            let target = room.range.lowerBound + random.below(blocks + 1) * Self.sectorLength
            guard (room.path, target) != (path, place.range.lowerBound) else { return [] }
            misdirectWrite(path, place.range, to: (room.path, target))
            return room.path == path ? [path] : [path, room.path]
        case .unreadable:
            let start = offset / Self.sectorLength * Self.sectorLength
            makeUnreadable(path, start..<start + Self.sectorLength)
        }
        return [path]
    }
}

extension SplitMix64 {
    /// A number below `bound`, which is positive.
    mutating func below(_ bound: Int) -> Int { Int(next(below: UInt64(bound))) }

    /// One of `elements`; nil if there are none.
    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }
}
