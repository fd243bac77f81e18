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
        var simplified = operations
        model.simplify(&simplified)
        var search = Search(simplified, model: model, budget: budget)
        switch search.run() {
        case .found: return .linearizable
        case .undecided: return .undecided(steps: search.steps)
        case .impossible(let deadEnd):
            return .violation(explain(deadEnd, search.calls, operations, key))
        }
    }

    /// Says why an order is impossible, in terms of the history as it was recorded.
    private func explain(
        _ deadEnd: DeadEnd, _ calls: Calls<M>, _ operations: [Operation<M.Input, M.Output>],
        _ key: String?
    ) -> Counterexample {
        let misfit = operations[calls.knownPlaces[calls.byReturn[deadEnd.firstReturn]]]
        let prefix = deadEnd.order.map {
            operations[$0 < 0 ? calls.unknownPlaces[~$0] : calls.knownPlaces[$0]]
        }
        let placed = Set(prefix.map(\.callPosition) + [misfit.callPosition])
        let open = operations.filter {
            $0.callPosition < misfit.returnPosition && !placed.contains($0.callPosition)
        }
        return Counterexample(
            key: key, prefix: prefix.map(line), state: state(after: prefix, before: misfit),
            misfit: line(misfit), open: open.map(line))
    }

    private func line(_ operation: Operation<M.Input, M.Output>) -> Counterexample.Line {
        Counterexample.Line(
            id: operation.id, client: operation.client, called: operation.called,
            returned: operation.output == nil ? nil : operation.returned,
            text: model.describe(operation))
    }

    /// The states to which an order may lead; the search knows them under simplified names only.
    private func state(
        after order: [Operation<M.Input, M.Output>], before next: Operation<M.Input, M.Output>
    ) -> String {
        var latest = order.map(\.returned)
        for index in latest.indices.reversed() {
            latest[index] = min(
                latest[index], index + 1 < latest.count ? latest[index + 1] : next.returned)
        }
        var states = [model.initial]
        for (index, operation) in order.enumerated() {
            var found: [M.State] = []
            for state in states { model.step(state, operation, by: latest[index], into: &found) }
            var seen: Set<M.State> = []
            states = found.filter { seen.insert($0).inserted }
        }
        return states.map(model.describe).joined(separator: " or ")
    }
}
