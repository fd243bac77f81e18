// SPDX-License-Identifier: Apache-2.0

/// Numbers for states, so that the search compares and keeps numbers.
struct StateTable<State: Hashable> {
    private(set) var states: [State] = []
    private var numbers: [State: Int] = [:]

    subscript(number: Int) -> State { states[number] }

    mutating func number(of state: State) -> Int {
        if let number = numbers[state] { return number }
        numbers[state] = states.count
        states.append(state)
        return states.count - 1
    }
}
