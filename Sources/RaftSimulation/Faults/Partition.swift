// SPDX-License-Identifier: Apache-2.0

public import Raft

/// Who reaches whom no more, as data.
public enum Partition: Hashable, Sendable {
    /// A member reaches nobody, and nobody it.
    case isolate(FaultTarget)
    /// These members and the others do not reach each other.
    case halves([MemberID])
    /// The same, but for one member that both halves reach.
    case bridge([MemberID], over: FaultTarget)
    /// In the order of ids, the last beside the first, each member reaches only its two neighbours.
    case ring
    /// A member, the leader as a rule, reaches fewer than a quorum, itself counted: of these members as
    /// many as that allows, which reach all others as well.
    case quorumLoss(FaultTarget, keeping: [MemberID])
    /// A member can send but not receive.
    case deaf(FaultTarget)
    /// A member can receive but not send.
    case mute(FaultTarget)
    /// Frames from one member to another are lost; the other direction works.
    case oneWay(from: FaultTarget, to: FaultTarget)

    /// Which ordered pairs it cuts; each once, in order of sender and receiver.
    /// - Parameters:
    ///   - members: All members, in order of id.
    ///   - resolve: Whom a target stands for at this moment.
    public func cuts(
        among members: [MemberID], resolving resolve: (FaultTarget) -> MemberID
    ) -> [(from: MemberID, to: MemberID)] {
        let isCut: (MemberID, MemberID) -> Bool
        switch self {
        case .isolate(let target):
            let member = resolve(target)
            isCut = { $0 == member || $1 == member }
        case .halves(let half): isCut = { half.contains($0) != half.contains($1) }
        case .bridge(let half, let target):
            let bridge = resolve(target)
            isCut = { half.contains($0) != half.contains($1) && $0 != bridge && $1 != bridge }
        case .ring: isCut = { !Self.areNeighbours($0, $1, in: members) }
        case .quorumLoss(let target, let keeping):
            let member = resolve(target)
            // With one fewer than a quorum, itself counted, it leads nobody.
            let kept = keeping.filter { $0 != member && members.contains($0) }
                .prefix(max(0, members.count / 2 - 1))
            isCut = { ($0 == member && !kept.contains($1)) || ($1 == member && !kept.contains($0)) }
        case .deaf(let target):
            let member = resolve(target)
            isCut = { $1 == member }
        case .mute(let target):
            let member = resolve(target)
            isCut = { from, _ in from == member }
        case .oneWay(let from, let to):
            let pair = (resolve(from), resolve(to))
            isCut = { ($0, $1) == pair }
        }
        return members.flatMap { from in
            members.filter { $0 != from && isCut(from, $0) }.map { (from, $0) }
        }
    }

    private static func areNeighbours(
        _ a: MemberID, _ b: MemberID, in members: [MemberID]
    ) -> Bool {
        guard let first = members.firstIndex(of: a), let second = members.firstIndex(of: b) else {
            return false
        }
        let distance = abs(first - second)
        return distance == 1 || distance == members.count - 1
    }

    /// What it is worth to have reached.
    var mark: SimulationMark {
        switch self {
        case .isolate: .isolated
        case .halves: .halved
        case .bridge: .bridged
        case .ring: .ringed
        case .quorumLoss: .leaderLostQuorum
        case .deaf: .deafened
        case .mute: .muted
        case .oneWay: .cutOneWay
        }
    }
}

extension Partition: CustomStringConvertible {
    /// A few words for a trace.
    public var description: String {
        switch self {
        case .isolate(let target): "isolate \(target)"
        case .halves(let half): "split \(half)"
        case .bridge(let half, let target): "split \(half) bridged by \(target)"
        case .ring: "ring"
        case .quorumLoss(let target, let keeping): "\(target) without quorum, keeping \(keeping)"
        case .deaf(let target): "\(target) deaf"
        case .mute(let target): "\(target) mute"
        case .oneWay(let from, let to): "cut \(from) → \(to)"
        }
    }
}
