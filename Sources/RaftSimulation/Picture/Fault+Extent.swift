// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// Whom a fault hits, and for how long.
struct FaultExtent {
    typealias Link = SimulationRecording.FaultSpan.Link

    var members: [MemberID] = []
    var links: [Link] = []
    /// Nil if until somebody mends it; zero if it is over at once.
    var lasting: Interval?
    /// Whether it does nothing to a member that is down.
    var needsProcess = false
}

extension Fault {
    /// Whom it hits if it comes now.
    /// - Parameters:
    ///   - members: All there are.
    ///   - leader: Whom ``FaultTarget/leader`` means.
    func extent(members: [MemberID], leader: MemberID) -> FaultExtent {
        func id(_ target: FaultTarget) -> MemberID {
            switch target {
            case .member(let id): id
            case .leader: leader
            }
        }
        let none = Interval(nanoseconds: 0)
        switch self {
        case .crash(let target, _, let time):
            return FaultExtent(members: [id(target)], lasting: time, needsProcess: true)
        case .crashAll(_, let time):
            return FaultExtent(members: members, lasting: time, needsProcess: true)
        case .pause(let target, let time), .stallDisk(let target, let time),
            .fillDisk(let target, _, let time), .slowDisk(let target, _, let time),
            .freezeClock(let target, let time):
            return FaultExtent(members: [id(target)], lasting: time)
        case .partition(let partition, let time), .flap(let partition, _, _, let time):
            let cuts = partition.cuts(among: members, resolving: id)
            return FaultExtent(
                links: cuts.map { .init(from: $0.from, to: $0.to) }, lasting: time)
        case .clog(let from, let to, let time), .slow(let from, let to, _, let time):
            return FaultExtent(links: [.init(from: id(from), to: id(to))], lasting: time)
        case .reset(let from, let to):
            return FaultExtent(links: [.init(from: id(from), to: id(to))], lasting: none)
        case .fallReading: return FaultExtent(members: [leader], lasting: none)
        case .upgrade(let target, _, let time):
            return FaultExtent(members: [id(target)], lasting: time, needsProcess: true)
        // Whether and when the operation comes that fails is not known yet.
        case .failDisk(let target, _, _, _), .stepClock(let target, _),
            .crashWriting(let target, _, _, _), .driftClock(let target, _),
            .damageDisk(let target, _), .wipe(let target, _):
            return FaultExtent(members: [id(target)], lasting: none)
        }
    }
}
