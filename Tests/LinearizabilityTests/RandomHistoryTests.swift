// SPDX-License-Identifier: Apache-2.0

import Linearizability
import Testing

@Suite struct `Random histories` {
    @Test func `what really happened one after the other is linearizable`() {
        for seed in 1...400 as ClosedRange<UInt64> {
            var random = RandomHistory(seed: seed)
            random.unknownPercent = seed % 3 == 0 ? 5 : 0
            random.overlap = Int(seed % 5)
            random.sequences = Int(seed / 5 % 4)
            random.early = seed % 2 * 1500
            random.late = seed % 4 * 700
            let calls = random.make(count: 60)
            let model = KeyValueModel(early: random.early, late: random.late)
            let verdict = LinearizabilityChecker(model).check(History(calls))
            #expect(verdict.isLinearizable, "seed \(seed): \(verdict)")
        }
    }

    @Test(arguments: [0, 25, 50])
    func `the search and trying every order agree, with an answer changed or not`(
        unknownPercent: Int
    ) {
        var verdicts = [false: 0, true: 0]
        for seed in 1...1500 as ClosedRange<UInt64> {
            var random = RandomHistory(seed: seed)
            random.unknownPercent = unknownPercent
            random.early = seed % 2 * 1000
            if seed % 2 == 0 { random.narrow() }
            random.sequences = Int(seed / 2 % 3)
            var calls = random.make(count: 3 + Int(seed % 4))
            if seed % 8 != 0 { random.corrupt(&calls) }
            let model = KeyValueModel(early: random.early, late: seed % 3 == 0 ? nil : 0)
            let expected = BruteForce(model: model).isLinearizable(calls)
            let verdict = LinearizabilityChecker(model).check(History(calls))
            #expect(verdict.isLinearizable == expected, "seed \(seed): \(verdict)")
            #expect((verdict.counterexample == nil) == expected, "seed \(seed): \(verdict)")
            verdicts[expected, default: 0] += 1
        }
        #expect(
            verdicts[true, default: 0] > 300 && verdicts[false, default: 0] > 300, "\(verdicts)")
    }

    @Test func `a thousand operations on one key take few steps`() {
        var random = RandomHistory(seed: 7)
        random.hasUniqueValues = true
        random.unknownPercent = 2
        let history = History(random.make(count: 1000))
        let checker = LinearizabilityChecker(KeyValueModel(), budget: 20_000)
        #expect(checker.check(history).isLinearizable)
    }
}
