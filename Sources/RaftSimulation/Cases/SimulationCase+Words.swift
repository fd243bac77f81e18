// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension SimulationCase {
    /// The case in words: the world, then the faults by date.
    var words: String {
        var text = "\(measure)\n"
        for field in profile.fieldsOfItsOwn where !field.isMeasuredApart {
            text += "  \(field.name) = \(field.json(profile).line)\n"
        }
        for range in Self.omissions(omittedCalls) {
            let calls =
                range.first == range.last
                ? "call \(range.first)" : "calls \(range.first) to \(range.last)"
            text += "  without \(calls) of client \(range.client)\n"
        }
        for fault in schedule {
            text += "  \(TraceText.seconds(fault.time))  \(fault.fault)\n"
        }
        return text
    }
}
