// SPDX-License-Identifier: Apache-2.0

import Linearizability
import Testing

/// A queue of numbers: a model that uses nothing but what a model must have.
struct QueueModel: Model {
    enum Input: Hashable, Sendable {
        case put(Int)
        case take
    }

    let initial: [Int] = []

    func step(
        _ state: [Int], _ operation: Operation<Input, Int?>, by latest: UInt64,
        into states: inout [[Int]]
    ) {
        switch operation.input {
        case .put(let number): states.append(state + [number])
        case .take:
            if let output = operation.output, output != state.first { return }
            states.append(Array(state.dropFirst()))
        }
    }
}

@Suite struct `A model of one's own` {
    @Test func `a queue gives each number once, in order`() {
        var history = History<QueueModel.Input, Int?>()
        for number in 1...3 {
            let put = history.call(client: 1, .put(number), at: UInt64(number))
            history.return(put, nil, at: UInt64(number))
        }
        for number in [1, 2] {
            let take = history.call(client: 2, .take, at: 5)
            history.return(take, number, at: 6 - 1)
        }
        #expect(LinearizabilityChecker(QueueModel()).check(history).isLinearizable)
        let again = history.call(client: 2, .take, at: 8)
        history.return(again, 2, at: 9)
        #expect(!LinearizabilityChecker(QueueModel()).check(history).isLinearizable)
    }

    @Test func `the search and trying every order agree on queues`() {
        var verdicts = [false: 0, true: 0]
        for seed in 1...2000 as ClosedRange<UInt64> {
            var dice = Dice(seed: seed)
            var queue: [Int] = []
            let operations = (0..<6).map { index in
                let effect = UInt64(index + 5) * 100
                let isPut = dice.chance(50)
                var output: Int?? = .some(nil)
                if dice.chance(25) {
                    output = nil
                } else if isPut {
                    queue.append(index / 2)
                } else {
                    output = queue.isEmpty ? .some(nil) : queue.removeFirst()
                }
                if !isPut, dice.chance(10) { output = dice.below(3) }
                return Operation<QueueModel.Input, Int?>(
                    client: index, input: isPut ? .put(index / 2) : .take, output: output,
                    called: effect - UInt64(dice.below(3)) * 100 + UInt64(index),
                    returned: effect + UInt64(dice.below(3)) * 100 + 50 + UInt64(index))
            }
            let expected = BruteForce(model: QueueModel()).isLinearizable(operations)
            let verdict = LinearizabilityChecker(QueueModel()).check(History(operations))
            #expect(verdict.isLinearizable == expected, "seed \(seed): \(verdict)")
            verdicts[expected, default: 0] += 1
        }
        #expect(
            verdicts[true, default: 0] > 300 && verdicts[false, default: 0] > 100, "\(verdicts)")
    }
}
