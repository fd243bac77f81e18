// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// Runs many simulations on several threads and hands their results over in order.
///
/// Each simulation runs on one thread by itself. Items are begun in order, and what is handed over
/// does not depend on how many threads there are or which of them is done first.
struct SeedSweep<Result: Sendable>: Sendable {
    /// What to run, in order.
    let items: ClosedRange<UInt64>
    /// How many threads.
    let jobs: Int
    /// Whether another item may begin; asked before each.
    let mayBegin: @Sendable () -> Bool

    private struct State {
        var next: UInt64?
        /// The item whose result is handed over next.
        var due: UInt64
        /// Results that came before their turn.
        var early: [UInt64: Result] = [:]
        /// How many threads have not ended.
        var running: Int
        var isOver = false
    }

    /// Runs until all are done, or `take` wants no more: then what is still running is left to itself.
    /// - Parameters:
    ///   - body: Runs one item, on any thread.
    ///   - take: Gets the results one after the other, in order; nothing more if it returns false.
    func run(
        _ body: @escaping @Sendable (UInt64) -> Result,
        take: @escaping @Sendable (Result) -> Bool
    ) {
        let state = Locked(State(next: items.lowerBound, due: items.lowerBound, running: jobs))
        let end = Gate()
        for number in 0..<jobs {
            Thread.spawn(name: "simulation \(number)") {
                while let item = begin(state) {
                    let result = body(item)
                    // Simulations differ much in size: one should not have to live in another's holes.
                    ProcessMemory.giveBack()
                    // Taken under the lock: that is what keeps them in order.
                    let isOver = state.withLock { state in
                        hand(over: result, of: item, &state, take)
                        return state.isOver
                    }
                    if isOver { end.open() }
                }
                let isLast = state.withLock { state in
                    state.running -= 1
                    return state.running == 0
                }
                if isLast { end.open() }
            }
        }
        end.wait()
    }

    private func begin(_ state: Locked<State>) -> UInt64? {
        let mayBegin = mayBegin()
        return state.withLock { state in
            guard mayBegin, !state.isOver, let item = state.next else { return nil }
            state.next = item == items.upperBound ? nil : item + 1
            return item
        }
    }

    private func hand(
        over result: Result, of item: UInt64, _ state: inout State, _ take: (Result) -> Bool
    ) {
        state.early[item] = result
        while !state.isOver, let result = state.early.removeValue(forKey: state.due) {
            state.due &+= 1
            if !take(result) { state.isOver = true }
        }
    }
}
