// SPDX-License-Identifier: Apache-2.0

extension LinearizabilityChecker {
    typealias Call = Operation<M.Input, M.Output>

    /// Finds the first return that no order explains, and an order for all before it.
    ///
    /// What is linearizable stays so when its end is cut off, so the first return can be found by
    /// bisection.
    func explain(_ operations: [Call], _ key: String?) -> Counterexample {
        let returns = operations.indices.filter { operations[$0].output != nil }
            .sorted {
                (operations[$0].returnPosition, $0) < (operations[$1].returnPosition, $1)
            }
        var explained: (count: Int, order: [Call]) = (0, [])
        var failing = returns.count
        while failing - explained.count > 1 {
            let middle = (explained.count + failing) / 2
            let cut = cut(operations, after: operations[returns[middle - 1]].returnPosition)
            switch order(of: cut) {
            case .found(let order): explained = (middle, order.map { cut[$0] })
            case .impossible: failing = middle
            // Then the misfit is one of several returns after the ones that are explained.
            case .undecided:
                return counterexample(operations, returns[failing - 1], explained.order, key)
            }
        }
        return counterexample(operations, returns[failing - 1], explained.order, key)
    }

    /// What was known at a moment of the history.
    private func cut(_ operations: [Call], after position: Int) -> [Call] {
        operations.compactMap { operation in
            if operation.callPosition > position { return nil }
            if operation.returnPosition <= position { return operation }
            return Call(partOf: operation, input: operation.input, output: nil)
        }
    }

    private func counterexample(
        _ operations: [Call], _ misfit: Int, _ order: [Call], _ key: String?
    ) -> Counterexample {
        let end = operations[misfit]
        let placed = Set(order.map(\.callPosition) + [end.callPosition])
        var originals: [Int: Call] = [:]
        for operation in operations { originals[operation.callPosition] = operation }
        let open = operations.filter {
            $0.callPosition < end.returnPosition && !placed.contains($0.callPosition)
        }
        return Counterexample(
            key: key, prefix: order.map { line(originals[$0.callPosition] ?? $0) },
            state: state(after: order, before: end), misfit: line(end), open: open.map(line))
    }

    private func line(_ operation: Call) -> Counterexample.Line {
        Counterexample.Line(
            id: operation.id, client: operation.client, called: operation.called,
            returned: operation.output == nil ? nil : operation.returned,
            text: model.describe(operation))
    }

    /// The states to which an order may lead.
    private func state(after order: [Call], before next: Call) -> String {
        var latest = order.map(\.returned)
        var bound = next.returned
        for index in latest.indices.reversed() {
            bound = min(bound, latest[index])
            latest[index] = bound
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
