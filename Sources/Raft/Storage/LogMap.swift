// SPDX-License-Identifier: Apache-2.0

/// Where in the files the log's entries are: one place in every 64 KiB, the rest is found by reading on.
///
/// Kept beside the log's other state and fed with the placements that each completion brings; the
/// lane that reads needs nothing but the jobs made here.
package struct LogMap: Sendable, Equatable {
    /// Rising in position, and in index too; only a truncation without entries may share its index with
    /// the group that later has the entry.
    private(set) var placements: [LogPlacement] = []

    /// Creates the map of an empty log.
    package init() {}

    /// Takes in where a group stands.
    ///
    /// Placements come in the order of the groups; one that truncates removes what it voids.
    package mutating func note(_ placement: LogPlacement) {
        if placement.truncates {
            while let last = placements.last, last.index >= placement.index {
                placements.removeLast()
            }
        }
        if let last = placements.last {
            precondition(
                last.index <= placement.index && last.position < placement.position,
                "entry \(placement.index) at \(placement.position) after \(last)")
        }
        placements.append(placement)
    }

    /// Where to begin reading to find an entry; nil if nothing is known that far back.
    /// - Complexity: O(log(number of placements)).
    package func position(for index: LogIndex) -> LogPosition? {
        slot(for: index).map { placements[$0].position }
    }

    /// A request for entries from `from` on, as many of those up to `through` as one job can find.
    ///
    /// It stops short of the next entry that replaced others, because those others stand before it in
    /// the files: the rest takes another job. All of the entries must be durable. Whoever gets the
    /// answer compares the entries' terms with the log's: it may have been truncated since.
    /// - Parameter maximumBytes: Bytes of entries after which reading stops; one is always read.
    /// - Returns: Nil if nothing is known that far back.
    package func readJob(
        from: LogIndex, through: LogIndex, maximumBytes: Int
    ) -> LogReadJob? {
        precondition(from <= through && from > .zero, "reading entries \(from) through \(through)")
        guard let slot = slot(for: from) else { return nil }
        var end = through
        for placement in placements[(slot + 1)...] {
            guard placement.index <= end else { break }
            guard placement.truncates else { continue }
            end = placement.index.previous
            break
        }
        return LogReadJob(
            from: from, through: end, position: placements[slot].position,
            maximumBytes: maximumBytes)
    }

    /// Forgets what stands at or after a place.
    mutating func remove(from position: LogPosition) {
        while let last = placements.last, last.position >= position { placements.removeLast() }
    }

    /// The last placement at or before `index`.
    private func slot(for index: LogIndex) -> Int? {
        var low = 0
        var high = placements.count
        while low < high {
            let middle = (low + high) / 2
            if placements[middle].index <= index { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }
}

/// Decides which groups get a place in the map: a segment's first, one in so many bytes, and each that
/// truncates.
struct PlacementRule: Sendable {
    /// Bytes of groups for one placement.
    let interval: Int
    private var segment: UInt64 = 0
    private var bytesSinceLast = 0

    init(interval: Int) { self.interval = interval }

    /// The placement of a group, if it gets one.
    /// - Parameters:
    ///   - first: The group's first entry.
    ///   - truncateFrom: The first entry it voids.
    ///   - length: Its length in bytes.
    mutating func place(
        first: LogIndex?, truncateFrom: LogIndex?, at position: LogPosition, length: Int
    ) -> LogPlacement? {
        var placement: LogPlacement?
        if let truncateFrom {
            placement = LogPlacement(index: truncateFrom, position: position, truncates: true)
        } else if let first, position.segment != segment || bytesSinceLast >= interval {
            placement = LogPlacement(index: first, position: position, truncates: false)
        }
        if placement != nil {
            segment = position.segment
            bytesSinceLast = 0
        }
        bytesSinceLast += length
        return placement
    }
}
