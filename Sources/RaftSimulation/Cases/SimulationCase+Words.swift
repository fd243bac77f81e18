// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension SimulationCase {
    /// The case in words: the world, then the faults by date.
    var words: String {
        var text = "\(measure)\n"
        for field in profile.fieldsOfItsOwn where !field.isMeasuredApart {
            text += "  \(field.name) = \(field.json(profile).line)\n"
        }
        for call in omittedCalls.prefix(20) {
            text += "  without call \(call.number) of client \(call.client)\n"
        }
        for fault in schedule {
            text += "  \(Trace.seconds(fault.time))  \(fault.fault)\n"
        }
        return text
    }
}
