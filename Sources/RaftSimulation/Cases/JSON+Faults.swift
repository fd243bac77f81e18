// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What kinds of faults there are, by the names that stored cases give them.
///
/// A new kind of fault needs a case here, a line in ``Fault/kind``, one in ``Fault/arguments`` and one in
/// ``Fault/init(_:from:)``; the compiler asks for all of them.
enum FaultKind: String, JSONNamed, CaseIterable {
    case crash, crashAll, pause, isolate, cutOneWay, split, reset, stallDisk, failDisk, stepClock
}

extension Fault {
    var kind: FaultKind {
        switch self {
        case .crash: .crash
        case .crashAll: .crashAll
        case .pause: .pause
        case .isolate: .isolate
        case .cutOneWay: .cutOneWay
        case .split: .split
        case .reset: .reset
        case .stallDisk: .stallDisk
        case .failDisk: .failDisk
        case .stepClock: .stepClock
        }
    }

    /// Its arguments, by name.
    var arguments: [(String, (any JSONConvertible)?)] {
        switch self {
        case .crash(let target, let kind, let time):
            [("target", target), ("how", kind), ("downFor", time)]
        case .crashAll(let kind, let time): [("how", kind), ("downFor", time)]
        case .pause(let target, let time): [("target", target), ("lasting", time)]
        case .isolate(let target, let time): [("target", target), ("lasting", time)]
        case .cutOneWay(let from, let to, let time):
            [("from", from), ("to", to), ("lasting", time)]
        case .split(let half, let time): [("half", half), ("lasting", time)]
        case .reset(let from, let to): [("from", from), ("to", to)]
        case .stallDisk(let target, let time): [("target", target), ("lasting", time)]
        case .failDisk(let target, let operation, let reason, let time):
            [("target", target), ("operation", operation), ("reason", reason), ("downFor", time)]
        case .stepClock(let target, let step): [("target", target), ("milliseconds", step)]
        }
    }

    fileprivate init(_ kind: FaultKind, from object: inout JSONObject) throws(JSONError) {
        switch kind {
        case .crash:
            self = .crash(
                try object.read("target"), try object.read("how"),
                downFor: try object.readIfPresent("downFor"))
        case .crashAll:
            self = .crashAll(try object.read("how"), downFor: try object.read("downFor"))
        case .pause: self = .pause(try object.read("target"), lasting: try object.read("lasting"))
        case .isolate:
            self = .isolate(try object.read("target"), lasting: try object.read("lasting"))
        case .cutOneWay:
            self = .cutOneWay(
                from: try object.read("from"), to: try object.read("to"),
                lasting: try object.read("lasting"))
        case .split: self = .split(try object.read("half"), lasting: try object.read("lasting"))
        case .reset: self = .reset(from: try object.read("from"), to: try object.read("to"))
        case .stallDisk:
            self = .stallDisk(try object.read("target"), lasting: try object.read("lasting"))
        case .failDisk:
            self = .failDisk(
                try object.read("target"), try object.read("operation"),
                try object.read("reason"), downFor: try object.read("downFor"))
        case .stepClock:
            self = .stepClock(
                try object.read("target"), milliseconds: try object.read("milliseconds"))
        }
    }
}

extension DatedFault: JSONConvertible {
    init(json: JSON) throws(JSONError) {
        var object = try JSONObject(json)
        let time: Interval = try object.read("at")
        let kind: FaultKind = try object.read("fault")
        self.init(at: time, try Fault(kind, from: &object))
        try object.finish()
    }

    var json: JSON { Self.json(at: time, fault.kind, fault.arguments) }

    /// What `init(json:)` reads.
    static func json(
        at time: Interval, _ kind: FaultKind, _ arguments: [(String, (any JSONConvertible)?)]
    ) -> JSON {
        jsonObject([("at", time), ("fault", kind)] + arguments)
    }
}
