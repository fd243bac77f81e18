// SPDX-License-Identifier: Apache-2.0

public import Raft

/// How long something takes: evenly between two bounds, now and then much longer.
public struct Delay: Hashable, Sendable {
    /// The shortest.
    public var shortest: Interval
    /// The longest of the ordinary ones.
    public var longest: Interval
    /// One in so many takes up to ``stretch`` times as long; 0 for none.
    public var oddOneIn: UInt64
    /// How much longer the odd ones are.
    public var stretch: UInt64

    /// Creates a distribution.
    public init(
        _ shortest: Interval, _ longest: Interval, oddOneIn: UInt64 = 0, stretch: UInt64 = 10
    ) {
        precondition(shortest <= longest, "from \(shortest) to \(longest)")
        self.shortest = shortest
        self.longest = longest
        self.oddOneIn = oddOneIn
        self.stretch = stretch
    }

    /// A distribution given in microseconds.
    public static func microseconds(
        _ shortest: UInt64, _ longest: UInt64, oddOneIn: UInt64 = 0, stretch: UInt64 = 10
    ) -> Delay {
        Delay(
            Interval(nanoseconds: shortest * 1000), Interval(nanoseconds: longest * 1000),
            oddOneIn: oddOneIn, stretch: stretch)
    }

    /// - Parameter isCalm: Whether nothing odd happens.
    func draw(_ random: inout SplitMix64, isCalm: Bool = false) -> Interval {
        let width = longest.nanoseconds - shortest.nanoseconds
        var time = shortest.nanoseconds + random.next(below: width + 1)
        if oddOneIn > 0, !isCalm, random.next(below: oddOneIn) == 0 {
            time *= 1 + random.next(below: stretch)
        }
        return Interval(nanoseconds: time)
    }
}

/// How a member's disk and threads behave, faults of the schedule apart.
public struct MemberProfile: Hashable, Sendable {
    /// How long the log lane needs for all it finds waiting.
    public var sync = Delay.microseconds(80, 600, oddOneIn: 100, stretch: 50)
    /// How long recovery takes.
    public var recovery = Delay.microseconds(1000, 20_000)
    /// How long reading old entries back takes.
    public var read = Delay.microseconds(50, 1000, oddOneIn: 50, stretch: 50)
    /// How long applying a slice takes.
    public var apply = Delay.microseconds(1, 200, oddOneIn: 100, stretch: 50)
    /// How long something that arrived waits for the next turn.
    public var turn = Delay.microseconds(1, 100, oddOneIn: 200, stretch: 50)
    /// How many bytes of entries are applied in one go.
    public var applySliceBytes = 16 << 10
    /// The size of a segment of the log, a multiple of 512.
    public var segmentBytes = 64 << 10
    /// Bytes of groups for one place in the log's map.
    public var placementInterval = 4 << 10
    /// Wall clocks differ by up to this many milliseconds either way.
    public var clockOffset: UInt64 = 200
    /// Clocks run fast or slow by up to this many parts per million.
    public var clockDrift: UInt64 = 100

    /// A healthy machine.
    public init() {}
}

/// How clients behave.
public struct ClientProfile: Hashable, Sendable {
    /// How many there are.
    public var count = 4
    /// How many calls a client makes at once, at most.
    public var pipeline: UInt64 = 4
    /// How long a client waits after its calls have ended.
    public var pause = Delay.microseconds(1000, 60_000)
    /// How many calls each of them makes at most.
    public var callLimit = Int.max
    /// How long bytes take between a client and a server.
    public var delay = Delay.microseconds(20, 300, oddOneIn: 200, stretch: 50)
    /// One call in so many is given up if it takes too long; 0 for none.
    public var impatientOneIn: UInt64 = 0
    /// How long such a call is waited for, at most.
    public var patience = Interval.seconds(1)

    /// A few, not in a hurry.
    public init() {}
}

/// Everything about a simulated world besides its seed and its schedule of faults, as plain data.
public struct SimulationProfile: Sendable {
    /// How many members there are, 1 … 7.
    public var members = 3
    /// The members' own options.
    public var options = ReplicaOptions()
    /// The network.
    public var network = NetworkProfile()
    /// The machines.
    public var member = MemberProfile()
    /// The clients.
    public var clients = ClientProfile()
    /// The clients with sessions.
    public var sessions = SessionProfile()
    /// The members' programs.
    public var versions = VersionProfile()
    /// Whether members are asked where they may have missed something: a leader that is none any more, for
    /// one. Nobody waits for the answers, but they are judged.
    public var probes = false
    /// How often which faults come.
    public var faults = FaultProfile()
    /// How long faults come, in virtual time.
    public var duration = Interval.seconds(60)
    /// How long the healed cluster may take until everything has converged.
    public var settlingTime = Interval.seconds(30)
    /// How many events a run may take; a run that takes more is one that does not end.
    public var eventLimit = 10_000_000
    /// How many of the newest lines the trace keeps.
    public var traceLines = 40

    /// Three members on a healthy network, and no faults.
    public init() {}

    /// The members, in order.
    public var ids: [MemberID] { (1...UInt64(members)).compactMap { MemberID($0) } }
}
