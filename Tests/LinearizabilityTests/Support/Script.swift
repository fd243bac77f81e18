// SPDX-License-Identifier: Apache-2.0

import Linearizability

/// One operation of one key, for histories that are written down.
struct Call {
    var operation: Operation<KeyValueCommand, KeyValueAnswer>

    /// A call that returned.
    init(
        _ client: Int, _ times: ClosedRange<UInt64>, _ command: KeyValueCommand,
        _ answer: KeyValueAnswer
    ) {
        operation = Operation(
            client: client, input: command, output: answer, called: times.lowerBound,
            returned: times.upperBound)
    }

    /// A call that never returned.
    init(_ client: Int, _ times: PartialRangeFrom<UInt64>, _ command: KeyValueCommand) {
        operation = Operation(
            client: client, input: command, output: nil, called: times.lowerBound, returned: .max)
    }
}

/// The verdict on a history of one key, by a model with or without a clock.
func check(_ model: KeyValueModel, _ calls: Call...) -> Verdict {
    LinearizabilityChecker(model).check(History(calls.map(\.operation)))
}

func check(_ calls: Call...) -> Verdict {
    LinearizabilityChecker(KeyValueModel()).check(History(calls.map(\.operation)))
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension KeyValueCommand {
    static func set(_ text: String) -> Self { .set(bytes(text)) }

    static func set(_ text: String, _ condition: KeyValueSetOptions.Condition) -> Self {
        .set(bytes(text), KeyValueSetOptions(condition: condition))
    }

    /// With a time limit.
    static func set(_ text: String, for time: UInt64) -> Self {
        .set(bytes(text), KeyValueSetOptions(limit: .to(.after(time))))
    }
}

extension KeyValueAnswer {
    static func value(_ text: String) -> Self { .value(bytes(text)) }
}
