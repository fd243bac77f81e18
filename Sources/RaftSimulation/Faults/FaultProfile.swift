// SPDX-License-Identifier: Apache-2.0

public import Raft

/// How often which faults come, and how long they last.
public struct FaultProfile: Hashable, Sendable {
    /// The kinds of faults that a schedule may draw.
    public enum Kind: Hashable, Sendable, CaseIterable {
        /// One process ends.
        case kill
        /// One machine loses power.
        case powerCut
        /// All go down at once.
        case crashAll
        /// A process stands still.
        case pause
        /// A member is cut off, or a few are.
        case partition
        /// One direction between two members fails.
        case oneWay
        /// Connections break.
        case reset
        /// Two halves of the network share one member.
        case bridge
        /// Each member reaches only its neighbours.
        case ring
        /// A member reaches fewer than a quorum, but not nobody.
        case quorumLoss
        /// A member can send but not receive, or the other way round.
        case oneWayIsolation
        /// A direction, or a member, goes down and up in quick succession.
        case flapping
        /// What is sent in one direction is held up.
        case clog
        /// One direction is slow.
        case slowLink
        /// Leaders fall one after the other, and return while the next one leads.
        case leaderChurn
        /// A follower goes down twice in a row, and is not heard by its leader then.
        case lapse
        /// A leader comes back with a log that is longer than all others, leads again, and falls.
        case setback
        /// A disk stalls.
        case diskStall
        /// A disk operation fails.
        case diskError
        /// A wall clock jumps.
        case clockStep
        /// A process ends, or a machine loses power, while the log is being written.
        case crashWriting
        /// A member goes down again and again while it comes up.
        case restartStorm
        /// A member's directory is emptied.
        case wipe
        /// Bits rot.
        case rot
        /// A write that was acknowledged never got to the medium.
        case lostWrite
        /// A write went to a wrong place.
        case misdirectedWrite
        /// A part of a file cannot be read any more.
        case unreadable
        /// One read fails.
        case readError
        /// A disk is full for a while.
        case diskFull
        /// A disk is slow for a while.
        case diskSlow
        /// A clock runs fast or slow.
        case clockDrift
        /// A wall clock stands still.
        case clockFreeze
        /// A program is replaced by a newer one, now and then by an older one.
        case upgrade
    }

    /// How many of each kind come in ten seconds, on average; in the order drawn.
    public var rates: [Rate] = []
    /// Of those that can, one in so many is aimed at the leader; 0 for none.
    public var leaderOneIn: UInt64 = 2
    /// How many members may be lost for good.
    public var budget = FaultBudget.minority
    /// How long faults last.
    public var lasting = Delay(.milliseconds(20), .milliseconds(2000), oddOneIn: 8, stretch: 3)

    /// How often a kind comes.
    public struct Rate: Hashable, Sendable {
        /// What comes.
        public var kind: Kind
        /// How many in ten seconds.
        public var perTenSeconds: UInt64

        /// Creates a rate.
        public init(_ kind: Kind, perTenSeconds: UInt64) {
            self.kind = kind
            self.perTenSeconds = perTenSeconds
        }
    }

    /// No faults.
    public init() {}
}

extension FaultProfile {
    /// Draws a schedule: dated faults, in order.
    /// - Parameters:
    ///   - members: Whom they can hit.
    ///   - duration: How long they come.
    public func schedule(
        members: [MemberID], duration: Interval, random: SplitMix64
    ) -> [DatedFault] {
        var faults: [DatedFault] = []
        let victims = victims(among: members, random)
        for rate in rates where rate.perTenSeconds > 0 {
            // A stream for each kind: one more of these shifts none of those.
            var stream = random.split("\(rate.kind)")
            let mean = 10_000_000_000 / rate.perTenSeconds
            var time = stream.next(below: 2 * mean)
            while time < duration.nanoseconds {
                faults += draw(
                    rate.kind, at: Interval(nanoseconds: time), members, victims, &stream)
                time += 1 + stream.next(below: 2 * mean)
            }
        }
        // Equal times keep the order of the kinds.
        return faults.enumerated()
            .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
    }

    private func draw(
        _ kind: Kind, at time: Interval, _ members: [MemberID], _ victims: [MemberID],
        _ random: inout SplitMix64
    ) -> [DatedFault] {
        if kind == .leaderChurn { return drawChurn(at: time, members, &random) }
        if kind == .lapse { return drawLapse(at: time, members, &random) }
        if kind == .setback { return drawSetback(at: time, members, &random) }
        guard let fault = drawShared(kind, members, &random) else {
            return drawMachine(kind, at: time, members, victims: victims, &random)
        }
        return [DatedFault(at: time, fault)]
    }

    private func drawShared(
        _ kind: Kind, _ members: [MemberID], _ random: inout SplitMix64
    ) -> Fault? {
        let time = lasting.draw(&random)
        let target = target(members, &random)
        switch kind {
        case .kill: return .crash(target, .kill, downFor: time)
        case .powerCut: return .crash(target, .powerCut(.draw(&random)), downFor: time)
        case .crashAll:
            let crash: CrashKind =
                random.next(below: 2) == 0 ? .kill : .powerCut(.draw(&random))
            return .crashAll(crash, downFor: time)
        case .pause: return .pause(target, lasting: time)
        case .partition:
            guard members.count > 3, random.next(below: 2) == 0 else {
                return .partition(.isolate(target), lasting: time)
            }
            let half = members.filter { _ in random.next(below: 2) == 0 }
            return .partition(.halves(half), lasting: time)
        case .oneWay:
            let other = self.target(members, &random)
            return .partition(.oneWay(from: target, to: other), lasting: time)
        case .reset: return .reset(from: target, to: self.target(members, &random))
        case .bridge, .ring, .quorumLoss, .oneWayIsolation, .flapping, .clog, .slowLink:
            return drawNetworkFault(
                kind, target, self.target(members, &random), members, time, &random)
        case .diskStall: return .stallDisk(target, lasting: time)
        case .diskError:
            let operations: [SimulatedDisk.Operation] = [.write, .sync, .create, .rename]
            let operation = operations[Int(random.next(below: 4))]
            let isFull = operation == .write && random.next(below: 2) == 0
            return .failDisk(
                target, operation, isFull ? .noSpace : .inputOutput, downFor: time)
        case .clockStep:
            let step = Int64(random.next(below: 20_000)) - 10_000
            return .stepClock(target, milliseconds: step)
        case .crashWriting, .restartStorm, .wipe, .rot, .lostWrite, .misdirectedWrite,
            .unreadable, .readError, .diskFull, .diskSlow, .clockDrift, .clockFreeze,
            .leaderChurn, .lapse, .setback, .upgrade:
            return nil
        }
    }

    func target(_ members: [MemberID], _ random: inout SplitMix64) -> FaultTarget {
        let member = members[Int(random.next(below: UInt64(members.count)))]
        let isAimed = leaderOneIn > 0 && random.next(below: leaderOneIn) == 0
        return isAimed ? .leader : .member(member)
    }
}
