// SPDX-License-Identifier: Apache-2.0

internal import Raft
internal import RaftTransport

/// How the network between the members behaves, faults of the schedule apart.
public struct NetworkProfile: Hashable, Sendable {
    /// How long a frame takes.
    public var delay = Delay.microseconds(50, 500, oddOneIn: 200, stretch: 50)
    /// Whether every ordered pair of members has delays of its own: between half and twice ``delay``.
    public var variesByLink = false
    /// One in so many ordered pairs is slow, by up to ten times; 0 for none.
    public var slowLinkOneIn: UInt64 = 0
    /// Whether the transport that ships runs on simulated connections, with which alone frames are lost;
    /// otherwise frames travel one by one, and the network does whatever a transport may do.
    public var isOrdered = true

    /// How many bytes a connection takes that its acceptor has not read; only if ordered.
    public var socketBytes = 256 << 10
    /// How many bytes wait for a control connection at most, as in `TCPTransport`; only if ordered.
    public var controlQueueBytes = TCPTransport.queueLimit(on: .control)
    /// How many bytes wait for a bulk connection at most, as in `TCPTransport`; only if ordered.
    public var bulkQueueBytes = TCPTransport.queueLimit(on: .bulk)
    /// One in so many pieces of a stream arrives in two; 0 for none; only if ordered.
    public var splitOneIn: UInt64 = 16
    /// In how many of a million writes a bit is turned over on the way; only if ordered.
    public var damagePerMillion: UInt64 = 0

    /// How many of a million frames are lost; only if not ordered.
    public var lossPerMillion: UInt64 = 0
    /// How many of a million frames arrive twice; only if not ordered.
    public var duplicationPerMillion: UInt64 = 0
    /// How many of a million frames take up to ten seconds; only if not ordered.
    public var straysPerMillion: UInt64 = 0
    /// How many frames may be on their way from one member to another, more are dropped; only if not
    /// ordered.
    public var framesPerLink = 1024
    /// Whether frames outlive the connection they were sent on; only if not ordered.
    public var outlivesConnections = false

    /// A healthy local network.
    public init() {}

    func queueLimit(on channel: Frame.Channel) -> Int {
        switch channel {
        case .control: controlQueueBytes
        case .bulk: bulkQueueBytes
        }
    }

    /// The delays of one ordered pair.
    func drawDelay(_ random: inout SplitMix64) -> Delay {
        var percent: UInt64 = 100
        if variesByLink { percent = 50 + random.next(below: 151) }
        if slowLinkOneIn > 0, random.next(below: slowLinkOneIn) == 0 {
            percent *= 2 + random.next(below: 9)
        }
        var delay = delay
        delay.shortest = Interval(nanoseconds: delay.shortest.nanoseconds * percent / 100)
        delay.longest = Interval(nanoseconds: delay.longest.nanoseconds * percent / 100)
        return delay
    }

    /// A network drawn from a seed.
    static func swarm(_ random: SplitMix64) -> NetworkProfile {
        var random = random
        var network = NetworkProfile()
        // Most of it in order: so run most of those who use this.
        network.isOrdered = random.next(below: 3) != 0
        network.variesByLink = random.next(below: 2) == 0
        if random.next(below: 3) == 0 { network.slowLinkOneIn = 1 + random.next(below: 6) }
        if random.next(below: 2) == 0 {
            let longest = UInt64(200) << random.next(below: 8)
            network.delay = .microseconds(20, longest, oddOneIn: 100, stretch: 30)
        }
        if network.isOrdered {
            network.drawStreams(&random)
        } else {
            network.drawFrames(&random)
        }
        return network
    }

    private mutating func drawStreams(_ random: inout SplitMix64) {
        splitOneIn = [0, 2, 16, 64][Int(random.next(below: 4))]
        if random.next(below: 3) == 0 { socketBytes = 256 << random.next(below: 8) }
        if random.next(below: 3) == 0 { controlQueueBytes = 64 << random.next(below: 8) }
        if random.next(below: 3) == 0 { bulkQueueBytes = 256 << random.next(below: 8) }
        if random.next(below: 4) == 0 { damagePerMillion = 10 << random.next(below: 8) }
    }

    private mutating func drawFrames(_ random: inout SplitMix64) {
        outlivesConnections = random.next(below: 2) == 0
        if random.next(below: 2) == 0 { lossPerMillion = 1000 << random.next(below: 8) }
        if random.next(below: 2) == 0 { duplicationPerMillion = 1000 << random.next(below: 8) }
        if random.next(below: 2) == 0 { straysPerMillion = 100 << random.next(below: 8) }
    }
}
