// SPDX-License-Identifier: Apache-2.0

import Linearizability

/// Histories of one key that really happened, one command after the other, but whose callers saw
/// them begin earlier and end later, or not end at all.
struct RandomHistory {
    typealias Call = Operation<KeyValueCommand, KeyValueAnswer>

    var dice: Dice
    /// Of a hundred calls, how many stay without an answer; half of them take effect.
    var unknownPercent = 0
    /// How many commands begin, on the average, while one is under way.
    var overlap = 3
    /// How early and how late time limits may be felt.
    var early: UInt64 = 0
    var late: UInt64 = 0
    /// Whether each value is written once only.
    var hasUniqueValues = false
    /// In how many sequences calls are made, if in any.
    var sequences = 0

    /// Which kinds of commands there are; a kind that occurs twice is twice as frequent.
    var kinds = Array(0..<20)

    init(seed: UInt64) { dice = Dice(seed: seed) }

    /// Keeps a few kinds of commands, so that those meet more often.
    mutating func narrow() { kinds = (0..<5).map { _ in dice.below(20) } }

    /// Makes a history; all its times differ.
    mutating func make(count: Int) -> [Call] {
        var store = SerialStore()
        var calls: [Call] = []
        var lastCalled: [Int: UInt64] = [:]
        for index in 0..<count {
            // A multiple of 1,000 for each effect, and below it a slot of its own for each end.
            let effect = UInt64(index + 10) * 1000
            let slot = UInt64(index % 300)
            let called = effect - UInt64(dice.below(overlap + 1)) * 1000 + slot
            let returned = effect + UInt64(dice.below(overlap + 1)) * 1000 + 400 + slot
            let command = command(index)
            let isUnknown = dice.chance(unknownPercent)
            var answer: KeyValueAnswer?
            if !isUnknown || dice.chance(50) {
                let error = Int64(dice.below(Int(early + late) + 1)) - Int64(early)
                answer = store.execute(command, at: effect + 350, error: error)
            }
            calls.append(
                Call(
                    client: index % 7, input: command, output: isUnknown ? nil : answer,
                    called: called, returned: returned))
            guard sequences > 0 else { continue }
            let sequence = dice.below(sequences)
            // It took effect after those, so it must have been called after them, too.
            guard called > lastCalled[sequence] ?? 0 else { continue }
            calls[index].sequence = sequence
            lastCalled[sequence] = called
        }
        return calls
    }

    /// Changes one answer into one that another command might have got.
    mutating func corrupt(_ calls: inout [Call]) {
        let answered = calls.indices.filter { calls[$0].output != nil }
        guard !answered.isEmpty else { return }
        let index = dice.one(of: answered)
        let old = calls[index]
        calls[index] = Call(
            client: old.client, input: old.input, output: otherAnswer(to: old),
            called: old.called, returned: old.returned)
        calls[index].sequence = old.sequence
    }

    private mutating func otherAnswer(to call: Call) -> KeyValueAnswer {
        switch call.output {
        case .value, .null: dice.chance(30) ? .null : .value(value(dice.below(8)))
        case .integer(let number): .integer(number + (dice.chance(50) ? 1 : -1))
        case .ok: .null
        case .failure: .integer(1)
        case .unspecified, .each, nil: .ok
        }
    }

    private mutating func value(_ index: Int) -> String {
        hasUniqueValues ? "v\(index)" : dice.one(of: ["a", "b", "c", "xy", "1", "2"])
    }

    private mutating func command(_ index: Int) -> KeyValueCommand {
        switch dice.one(of: kinds) {
        case 0..<6: return .get
        case 6..<10: return .set(value(index))
        case 10:
            var options = KeyValueSetOptions()
            options.condition = dice.one(of: [.always, .ifAbsent, .ifPresent])
            options.limit = dice.one(of: [.none, .keep, .to(limit())])
            options.returnsOldValue = dice.chance(50)
            return .set(bytes(value(index)), options)
        case 11: return .set(bytes(value(index)), KeyValueSetOptions(limit: .to(limit())))
        case 12: return .delete
        case 13, 14: return .add(dice.chance(70) ? 1 : -2)
        case 15: return .append(bytes(value(index)))
        case 16: return .expire(limit())
        case 17: return .persist
        case 18: return dice.chance(50) ? .exists : .length
        default: return .timeToLive
        }
    }

    private mutating func limit() -> KeyValueLimit { .after(UInt64(1 + dice.below(5)) * 1000) }
}
