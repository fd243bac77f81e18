// SPDX-License-Identifier: Apache-2.0

/// The newest entries of the log, in memory.
///
/// Older ones are read back from disk when a follower or the state machine needs them.
package struct LogWindow: Sendable {
    private var entries = Queue<LogEntry>()
    /// The first entry in memory.
    package private(set) var first: LogIndex
    /// How many bytes the entries in memory take.
    package private(set) var byteCount = 0

    /// Creates an empty window that will begin with `first`.
    package init(first: LogIndex) { self.first = first }

    /// The last entry in memory; the one before ``first`` if there is none.
    package var last: LogIndex { (first + entries.count).previous }

    /// Appends the entry after the last one.
    package mutating func append(_ entry: LogEntry) {
        precondition(
            entry.index == last.next, "entry \(entry.index) after \(last) in the window")
        entries.append(entry)
        byteCount += entry.bytes.count
    }

    /// Removes all entries from `index` on.
    package mutating func truncate(from index: LogIndex) {
        if index <= first {
            self = LogWindow(first: index)
            return
        }
        while last >= index, let entry = entries.last {
            byteCount -= entry.bytes.count
            entries.removeLast(1)
        }
    }

    /// Gives up the oldest entries up to `index` as long as more than `limit` bytes are held.
    /// - Returns: The last entry given up; nil if none was.
    package mutating func evict(through index: LogIndex, keeping limit: Int) -> LogIndex? {
        var evicted: LogIndex?
        while byteCount > limit, first <= index, let entry = entries.popFirst() {
            byteCount -= entry.bytes.count
            evicted = entry.index
            first = entry.index.next
        }
        return evicted
    }

    /// The entries from `range.lowerBound` up to, not including, `range.upperBound`.
    /// - Parameter range: Must be in memory.
    package func entries(_ range: Range<LogIndex>) -> ArraySlice<LogEntry> {
        precondition(
            range.isEmpty || (range.lowerBound >= first && range.upperBound <= last.next),
            "entries \(range) of \(first)…\(last)")
        let all = entries.elements
        let start = all.startIndex + max(0, range.lowerBound - first)
        return all[start..<start + (range.upperBound - range.lowerBound)]
    }

    /// An entry; nil if it is not in memory.
    package func entry(at index: LogIndex) -> LogEntry? {
        index >= first && index <= last ? entries[index - first] : nil
    }
}
