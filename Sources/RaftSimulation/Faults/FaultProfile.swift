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
        /// A disk stalls.
        case diskStall
        /// A disk operation fails.
        case diskError
        /// A wall clock jumps.
        case clockStep
    }

    /// How many of each kind come in ten seconds, on average; in the order drawn.
    public var rates: [Rate] = []
    /// Of those that can, one in so many is aimed at the leader; 0 for none.
    public var leaderOneIn: UInt64 = 2
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
        for rate in rates where rate.perTenSeconds > 0 {
            // A stream for each kind: one more of these shifts none of those.
            var stream = random.split("\(rate.kind)")
            let mean = 10_000_000_000 / rate.perTenSeconds
            var time = stream.next(below: 2 * mean)
            while time < duration.nanoseconds {
                let fault = draw(rate.kind, members, &stream)
                faults.append(DatedFault(at: Interval(nanoseconds: time), fault))
                time += 1 + stream.next(below: 2 * mean)
            }
        }
        // Equal times keep the order of the kinds.
        return faults.enumerated()
            .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
    }

    private func draw(
        _ kind: Kind, _ members: [MemberID], _ random: inout SplitMix64
    ) -> Fault {
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
                return .isolate(target, lasting: time)
            }
            let half = members.filter { _ in random.next(below: 2) == 0 }
            return .split(half, lasting: time)
        case .oneWay:
            return .cutOneWay(
                from: target, to: self.target(members, &random), lasting: time)
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
        }
    }

    func target(_ members: [MemberID], _ random: inout SplitMix64) -> FaultTarget {
        let member = members[Int(random.next(below: UInt64(members.count)))]
        let isAimed = leaderOneIn > 0 && random.next(below: leaderOneIn) == 0
        return isAimed ? .leader : .member(member)
    }
}

extension CrashPolicy {
    static func draw(_ random: inout SplitMix64) -> CrashPolicy {
        all[Int(random.next(below: UInt64(all.count)))]
    }
}
