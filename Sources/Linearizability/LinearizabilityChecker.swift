// SPDX-License-Identifier: Apache-2.0

/// Decides whether a history is linearizable (Herlihy and Wing, "Linearizability: a correctness
/// condition for concurrent objects", 1990): whether some order of its operations respects real time
/// and is allowed by a model.
///
/// The same history gets the same verdict, after the same number of steps, in every process.
public struct LinearizabilityChecker<M: Model>: Sendable {
    /// What is allowed.
    public let model: M
    /// After how many steps of the model the search for one object's order is given up.
    public let budget: Int

    /// The default for ``budget``: a second or less, with most models.
    public static var defaultBudget: Int { 1_000_000 }

    /// Creates a checker.
    /// - Parameters:
    ///   - model: What is allowed.
    ///   - budget: After how many steps of the model to give up the search for one object's order.
    ///     A step takes about 100 bytes at most, until the verdict.
    public init(_ model: M, budget: Int = defaultBudget) {
        precondition(budget > 0, "a budget of \(budget) steps")
        self.model = model
        self.budget = budget
    }

    /// Looks for an order of a history's operations.
    /// - Parameter history: Operations of one object.
    /// - Complexity: The problem is NP-complete (Gibbons and Korach, 1997); histories of a system
    ///   that behaves take little more than one step for each operation, times those that are
    ///   under way at once.
    public func check(_ history: History<M.Input, M.Output>) -> Verdict {
        check(history.operations, key: nil)
    }

    /// Looks for an order of each object's operations.
    /// - Parameters:
    ///   - parts: Each object's history; see ``History/parts(_:)`` for what that means.
    ///   - describe: An object's name for the counterexample.
    /// - Returns: The first violation; without one, whether all have been decided.
    public func check<Key>(
        _ parts: [(key: Key, history: History<M.Input, M.Output>)],
        describe: (Key) -> String = { "\($0)" }
    ) -> Verdict {
        var undecided: Verdict?
        for part in parts {
            switch check(part.history.operations, key: describe(part.key)) {
            case .linearizable: break
            case .undecided(let steps): undecided = undecided ?? .undecided(steps: steps)
            case .violation(let counterexample): return .violation(counterexample)
            }
        }
        return undecided ?? .linearizable
    }

    private func check(_ operations: [Operation<M.Input, M.Output>], key: String?) -> Verdict {
        switch order(of: operations) {
        case .found: .linearizable
        case .undecided(let steps): .undecided(steps: steps)
        case .impossible: .violation(explain(operations, key))
        }
    }

    /// Looks for an order of one object's operations.
    func order(of operations: [Operation<M.Input, M.Output>]) -> SearchOutcome {
        var simplified = operations
        let prepared = model.prepared(for: &simplified)
        var search = Search(simplified, model: prepared, budget: budget)
        return search.run()
    }
}
