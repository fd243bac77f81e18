// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What kinds of faults there are, by the names that stored cases give them.
///
/// A new kind of fault needs a case here, a line in ``Fault/kind``, one in ``Fault/arguments`` and one in
/// ``Fault/init(_:from:)``; the compiler asks for all of them.
enum FaultKind: String, JSONNamed, CaseIterable {
    case crash, crashAll, pause, partition, flap, clog, slow, reset
    case stallDisk, failDisk, stepClock
    case crashWriting, fallReading, wipe, damageDisk, fillDisk, slowDisk, driftClock, freezeClock
    case upgrade
}

extension Fault {
    var kind: FaultKind {
        switch self {
        case .crash: .crash
        case .crashAll: .crashAll
        case .pause: .pause
        case .partition: .partition
        case .flap: .flap
        case .clog: .clog
        case .slow: .slow
        case .reset: .reset
        case .stallDisk: .stallDisk
        case .failDisk: .failDisk
        case .stepClock: .stepClock
        case .crashWriting: .crashWriting
        case .fallReading: .fallReading
        case .wipe: .wipe
        case .damageDisk: .damageDisk
        case .fillDisk: .fillDisk
        case .slowDisk: .slowDisk
        case .driftClock: .driftClock
        case .freezeClock: .freezeClock
        case .upgrade: .upgrade
        }
    }

    /// Its arguments, by name.
    var arguments: [(String, (any JSONConvertible)?)] {
        switch self {
        case .crash(let target, let kind, let time):
            [("target", target), ("how", kind), ("downFor", time)]
        case .crashAll(let kind, let time): [("how", kind), ("downFor", time)]
        case .pause(let target, let time): [("target", target), ("lasting", time)]
        case .partition(let partition, let time):
            [("partition", partition), ("lasting", time)]
        case .flap(let partition, let down, let up, let time):
            [("partition", partition), ("down", down), ("up", up), ("lasting", time)]
        case .clog(let from, let to, let time): [("from", from), ("to", to), ("lasting", time)]
        case .slow(let from, let to, let factor, let time):
            [("from", from), ("to", to), ("by", factor), ("lasting", time)]
        case .reset(let from, let to): [("from", from), ("to", to)]
        case .stallDisk(let target, let time): [("target", target), ("lasting", time)]
        case .failDisk(let target, let operation, let reason, let time):
            [("target", target), ("operation", operation), ("reason", reason), ("downFor", time)]
        case .stepClock(let target, let step): [("target", target), ("milliseconds", step)]
        case .crashWriting(let target, let kind, let limit, let time):
            [("target", target), ("how", kind), ("within", limit), ("downFor", time)]
        case .fallReading(let limit, let time): [("within", limit), ("reading", time)]
        case .wipe(let target, let time): [("target", target), ("downFor", time)]
        case .damageDisk(let target, let damage):
            [
                ("target", target), ("damage", damage.kind), ("place", damage.place),
                ("choice", damage.choice),
            ]
        case .fillDisk(let target, let fullness, let time):
            [("target", target), ("refusing", fullness), ("lasting", time)]
        case .slowDisk(let target, let factor, let time):
            [("target", target), ("by", factor), ("lasting", time)]
        case .driftClock(let target, let drift):
            [("target", target), ("partsPerMillion", drift)]
        case .freezeClock(let target, let time): [("target", target), ("lasting", time)]
        case .upgrade(let target, let change, let time):
            [("target", target), ("by", change), ("downFor", time)]
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
        case .partition:
            self = .partition(try object.read("partition"), lasting: try object.read("lasting"))
        case .flap:
            self = .flap(
                try object.read("partition"), down: try object.read("down"),
                up: try object.read("up"), lasting: try object.read("lasting"))
        case .clog:
            self = .clog(
                from: try object.read("from"), to: try object.read("to"),
                lasting: try object.read("lasting"))
        case .slow:
            self = .slow(
                from: try object.read("from"), to: try object.read("to"),
                by: try object.read("by"), lasting: try object.read("lasting"))
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
        case .crashWriting:
            self = .crashWriting(
                try object.read("target"), try object.read("how"),
                within: try object.read("within"), downFor: try object.read("downFor"))
        case .fallReading:
            self = .fallReading(
                within: try object.read("within"), reading: try object.read("reading"))
        case .wipe: self = .wipe(try object.read("target"), downFor: try object.read("downFor"))
        case .damageDisk:
            self = .damageDisk(
                try object.read("target"),
                DiskDamage(
                    try object.read("damage"), try object.read("place"),
                    choice: try object.read("choice")))
        case .fillDisk:
            self = .fillDisk(
                try object.read("target"), try object.read("refusing"),
                lasting: try object.read("lasting"))
        case .slowDisk:
            self = .slowDisk(
                try object.read("target"), factor: try object.read("by"),
                lasting: try object.read("lasting"))
        case .driftClock:
            self = .driftClock(
                try object.read("target"), partsPerMillion: try object.read("partsPerMillion"))
        case .freezeClock:
            self = .freezeClock(try object.read("target"), lasting: try object.read("lasting"))
        case .upgrade:
            self = .upgrade(
                try object.read("target"), by: try object.read("by"),
                downFor: try object.read("downFor"))
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
