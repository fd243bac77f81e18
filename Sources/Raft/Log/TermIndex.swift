// SPDX-License-Identifier: Apache-2.0

/// The term of every entry of a log, in as many steps as there were terms.
///
/// The core's whole knowledge of the log: O(number of terms) memory, whatever the log's length.
package struct TermIndex: Sendable, Equatable {
    /// Where a term's entries begin; they end where the next begins.
    package struct Run: Sendable, Equatable {
        package let term: Term
        package let first: LogIndex

        package init(term: Term, first: LogIndex) {
            self.term = term
            self.first = first
        }
    }

    /// In log order; terms rise strictly.
    package private(set) var runs: [Run]
    /// The last entry; zero if there is none.
    package private(set) var lastIndex: LogIndex

    /// Creates the index of a log.
    package init(runs: [Run] = [], lastIndex: LogIndex = .zero) {
        self.runs = runs
        self.lastIndex = lastIndex
    }

    /// The term of the last entry; zero if there is none.
    package var lastTerm: Term { runs.last?.term ?? .zero }

    /// The term of an entry; zero for index zero, nil beyond the end.
    /// - Complexity: O(log(number of terms)); O(1) for entries of the last term.
    package func term(at index: LogIndex) -> Term? {
        if index == .zero { return .zero }
        guard index <= lastIndex else { return nil }
        if let last = runs.last, index >= last.first { return last.term }
        return runs[run(holding: index)].term
    }

    /// Appends one entry.
    package mutating func append(_ term: Term) {
        precondition(
            term >= lastTerm, "an entry of term \(term) after one of term \(lastTerm)")
        lastIndex = lastIndex.next
        if runs.last?.term != term { runs.append(Run(term: term, first: lastIndex)) }
    }

    /// Removes all entries from `index` on.
    package mutating func truncate(from index: LogIndex) {
        precondition(index > .zero, "truncating from index zero")
        while let last = runs.last, last.first >= index { runs.removeLast() }
        lastIndex = min(lastIndex, index.previous)
    }

    /// The last entry at or before `index` whose term is at most `term`; zero if there is none.
    ///
    /// Both sides of a conflict skip whole terms with it, so that finding the place where two logs part
    /// takes at most one round trip a term (dissertation §3.5, after the paper's §5.3).
    package func lastIndex(upTo index: LogIndex, withTermAtMost term: Term) -> LogIndex {
        var end = min(index, lastIndex)
        for run in runs.reversed() where run.first <= end {
            if run.term <= term { return end }
            end = run.first.previous
        }
        return .zero
    }

    private func run(holding index: LogIndex) -> Int {
        var low = 0
        var high = runs.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if runs[middle].first <= index { low = middle } else { high = middle }
        }
        return low
    }
}
