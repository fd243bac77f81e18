// SPDX-License-Identifier: Apache-2.0

/// What a client asks of a store that speaks like Redis: a command to one key, or to several.
public enum KeyValueRequest: Hashable, Sendable {
    /// A command to one key.
    case one([UInt8], KeyValueCommand)
    /// MGET; the answer is ``KeyValueAnswer/each(_:)``.
    case getAll([[UInt8]])
    /// MSET.
    case setAll([Pair])
    /// DEL of several keys; the answer is how many there were.
    case deleteAll([[UInt8]])
    /// EXISTS of several keys; the answer counts repetitions.
    case countExisting([[UInt8]])

    /// A key and a value.
    public struct Pair: Hashable, Sendable {
        /// The key.
        public let key: [UInt8]
        /// The value.
        public let value: [UInt8]

        /// Creates a pair.
        public init(_ key: [UInt8], _ value: [UInt8]) {
            self.key = key
            self.value = value
        }
    }
}

/// What clients asked of a store and were told.
public typealias KeyValueHistory = History<KeyValueRequest, KeyValueAnswer>

extension KeyValueModel {
    /// Checks each key's history by itself.
    ///
    /// A command to several keys counts as a command to each, with the same call and return. That it
    /// took effect on all of them at one moment is not checked; nor is a count between none and
    /// all, which says nothing about any one key.
    /// - Parameters:
    ///   - history: With times of the clock to which the model's parameters refer.
    ///   - budget: See ``LinearizabilityChecker/init(_:budget:)``.
    /// - Returns: The first violation; without one, whether all keys have been decided.
    public func check(
        _ history: KeyValueHistory,
        budget: Int = LinearizabilityChecker<KeyValueModel>.defaultBudget
    ) -> Verdict {
        let parts = history.parts(Self.split)
        return LinearizabilityChecker(self, budget: budget).check(parts, describe: Self.quote)
    }

    static func split(
        _ operation: Operation<KeyValueRequest, KeyValueAnswer>
    ) -> [OperationPart<[UInt8], KeyValueCommand, KeyValueAnswer>] {
        let output = operation.output
        switch operation.input {
        case .one(let key, let command):
            return [OperationPart(key: key, input: command, output: output)]
        case .getAll(let keys):
            return zip(keys, answers(output, count: keys.count)).map { key, answer in
                OperationPart(key: key, input: .get, output: answer)
            }
        case .setAll(let pairs):
            // Of two values for a key, the second one stays.
            return pairs.indices.compactMap { index in
                let pair = pairs[index]
                if pairs[(index + 1)...].contains(where: { $0.key == pair.key }) { return nil }
                return OperationPart(key: pair.key, input: .set(pair.value), output: output)
            }
        case .deleteAll(let keys):
            var distinct: [[UInt8]] = []
            for key in keys where !distinct.contains(key) { distinct.append(key) }
            let answer = answer(output, count: distinct.count)
            return distinct.map { OperationPart(key: $0, input: .delete, output: answer) }
        case .countExisting(let keys):
            let answer = answer(output, count: keys.count)
            return keys.map { OperationPart(key: $0, input: .exists, output: answer) }
        }
    }

    /// The answers about each of some keys; a failure is one about each.
    private static func answers(_ output: KeyValueAnswer?, count: Int) -> [KeyValueAnswer?] {
        guard case .each(let answers) = output else {
            return Array(repeating: output, count: count)
        }
        precondition(answers.count == count, "\(answers.count) answers about \(count) keys")
        return answers
    }

    /// What a count of some keys says about each of them.
    private static func answer(_ output: KeyValueAnswer?, count: Int) -> KeyValueAnswer? {
        guard case .integer(let found) = output else { return output }
        if found == 0 || found == Int64(count) { return .integer(found == 0 ? 0 : 1) }
        // More than there are is possible for no key.
        return (1..<Int64(count)).contains(found) ? .unspecified : output
    }
}
