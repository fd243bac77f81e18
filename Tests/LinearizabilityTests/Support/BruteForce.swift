// SPDX-License-Identifier: Apache-2.0

import Linearizability

/// Tries every order of every choice of the unknown operations: what linearizability means, written
/// down without any thought of speed. Times must differ.
struct BruteForce<M: Model> {
    let model: M

    func isLinearizable(_ operations: [Operation<M.Input, M.Output>]) -> Bool {
        explains(operations, from: model.initial)
    }

    private func explains(_ rest: [Operation<M.Input, M.Output>], from state: M.State) -> Bool {
        guard let latest = rest.filter({ $0.output != nil }).map(\.returned).min() else {
            return true
        }
        for index in rest.indices where rest[index].called < latest {
            var others = rest
            let next = others.remove(at: index)
            if let sequence = next.sequence {
                let overtaken = others.filter {
                    $0.sequence == sequence && $0.called < next.called
                }
                if overtaken.contains(where: { $0.output != nil }) { continue }
                if !model.neverChangesState(next) {
                    others.removeAll { $0.sequence == sequence && $0.called < next.called }
                }
            }
            var states: [M.State] = []
            model.step(state, next, by: latest, into: &states)
            if states.contains(where: { explains(others, from: $0) }) { return true }
        }
        return false
    }
}
