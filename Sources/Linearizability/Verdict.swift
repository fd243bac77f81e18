// SPDX-License-Identifier: Apache-2.0

/// What the checker has found out about a history.
public enum Verdict: Sendable {
    /// There is an order of all operations that respects real time and that the model allows.
    case linearizable
    /// There is none.
    case violation(Counterexample)
    /// The search was given up: after so many steps, nobody knows.
    ///
    /// It is neither a pass nor a failure, and whoever counts verdicts should count it apart.
    case undecided(steps: Int)

    /// Whether there is an order.
    public var isLinearizable: Bool {
        if case .linearizable = self { return true }
        return false
    }

    /// Why there is none, if that has been found out.
    public var counterexample: Counterexample? {
        if case .violation(let counterexample) = self { return counterexample }
        return nil
    }
}

/// Why a history is not linearizable.
///
/// Up to the return of the misfit there was still an order that explains every operation that had
/// returned; no order explains that one as well.
public struct Counterexample: Sendable, CustomStringConvertible {
    /// Which object's history it is; nil if the history was not split.
    public let key: String?
    /// An order of operations that the model allows, the longest in time that was found.
    public let prefix: [Line]
    /// In which state it ends.
    public let state: String
    /// The operation that fits nowhere.
    public let misfit: Line
    /// What else was under way when the misfit returned and is not in the prefix.
    public let open: [Line]

    /// An operation, for reading.
    public struct Line: Sendable {
        /// Which one.
        public let id: OperationID
        /// Who called.
        public let client: Int
        /// When it was called.
        public let called: UInt64
        /// When it returned; nil if it did not.
        public let returned: UInt64?
        /// What was asked and answered.
        public let text: String
    }

    /// How many operations of the prefix, and how many open ones, the description shows.
    static let shownLines = 6
    /// How many columns the description has.
    static let columns = 80

    /// All of it, in a few lines of at most 80 columns.
    public var description: String {
        let shown = prefix.suffix(Self.shownLines)
        let also = open.prefix(Self.shownLines)
        let width = (shown + also + [misfit]).map { Self.times($0).count }.max() ?? 0
        var lines = [(key.map { "key \($0): " } ?? "") + "not linearizable"]
        lines.append("  in order, the last \(shown.count) of \(prefix.count) that fit:")
        lines += shown.map { Self.format($0, width) }
        lines.append("  then the state is: \(state)")
        lines.append("  fits nowhere:")
        lines.append(Self.format(misfit, width))
        if !open.isEmpty {
            lines.append("  also under way, the first \(also.count) of \(open.count):")
            lines += also.map { Self.format($0, width) }
        }
        return lines.map(Self.clip).joined(separator: "\n")
    }

    private static func times(_ line: Line) -> String {
        "\(line.called)..\(line.returned.map { "\($0)" } ?? "")"
    }

    private static func format(_ line: Line, _ width: Int) -> String {
        let times = times(line)
        let padding = String(repeating: " ", count: width - times.count)
        return "    \(times)\(padding)  client \(line.client)  \(line.text)"
    }

    private static func clip(_ line: String) -> String {
        line.count <= columns ? line : line.prefix(columns - 3) + "..."
    }
}
