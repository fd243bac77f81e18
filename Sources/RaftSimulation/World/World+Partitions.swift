// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What a fault does to one direction between two members, until it is undone.
enum LinkImpairment {
    case cut(Int)
    case clog(Int)
    case slow(Int, by: UInt64)
}

/// A part of the network that goes down and comes up again for a while.
struct Flap {
    let cuts: [Int]
    let down: Interval
    let up: Interval
    let end: MonotonicTime
}

// What faults do to the links between members.
extension World {
    /// Cuts what a partition cuts, for a while.
    /// - Returns: Whether that is anything: a ring of three members is whole.
    func strike(_ partition: Partition, _ time: Interval) -> Bool {
        let cuts = links(of: partition)
        guard !cuts.isEmpty else { return false }
        mark(partition.mark)
        for link in cuts { impair(.cut(link), time) }
        return true
    }

    /// Cuts it again and again, for a while.
    func strike(
        flapping partition: Partition, down: Interval, up: Interval, _ time: Interval
    ) -> Bool {
        let cuts = links(of: partition)
        guard !cuts.isEmpty else { return false }
        mark(.flapped)
        flaps.append(Flap(cuts: cuts, down: down, up: up, end: now + time))
        flap(flaps.count - 1)
        return true
    }

    /// Frames from one member to another are lost for a while; not one of the schedule's faults.
    func cut(_ from: SimulatedMember, _ to: SimulatedMember, _ time: Interval) {
        let cut = Partition.oneWay(from: .member(from.id), to: .member(to.id))
        recorder?.strikes(.partition(cut, lasting: time), leader: resolve(.leader).id, at: now)
        impair(.cut(network.link(from.position, to.position)), time)
    }

    /// A flapping part goes down once more, unless its time is over.
    func flap(_ index: Int) {
        let flap = flaps[index]
        guard now < flap.end else { return }
        let down = min(flap.down, flap.end - now)
        for link in flap.cuts { impair(.cut(link), down) }
        // A nanosecond at least: or time would stand still.
        heap.push(
            .flap(index, round: healRound),
            at: now + down + max(flap.up, Interval(nanoseconds: 1)))
    }

    func strike(clog from: FaultTarget, _ to: FaultTarget, _ time: Interval) -> Bool {
        guard let link = link(from, to) else { return false }
        impair(.clog(link), time)
        return true
    }

    func strike(
        slow from: FaultTarget, _ to: FaultTarget, by factor: UInt64, _ time: Interval
    ) -> Bool {
        guard let link = link(from, to) else { return false }
        impair(.slow(link, by: max(1, factor)), time)
        return true
    }

    private func link(_ from: FaultTarget, _ to: FaultTarget) -> Int? {
        let pair = (resolve(from).position, resolve(to).position)
        return pair.0 == pair.1 ? nil : network.link(pair.0, pair.1)
    }

    /// The links that a partition cuts now.
    private func links(of partition: Partition) -> [Int] {
        partition.cuts(among: ids) { resolve($0).id }.compactMap { cut in
            guard let from = ids.firstIndex(of: cut.from), let to = ids.firstIndex(of: cut.to)
            else { return nil }
            return network.link(from, to)
        }
    }

    private func impair(_ impairment: LinkImpairment, _ time: Interval) {
        switch impairment {
        case .cut(let link): network.cut(link, at: now, into: &heap)
        case .clog(let link): network.clog(link)
        case .slow(let link, let factor): network.links[link].slow(by: factor)
        }
        heap.push(.heal(impairment, round: healRound), at: now + time)
    }

    /// Undoes one thing that a fault did.
    func heal(_ impairment: LinkImpairment) {
        switch impairment {
        case .cut(let link): network.heal(link, at: now, into: &heap)
        case .clog(let link): network.unclog(link, at: now, into: &heap)
        case .slow(let link, let factor): network.links[link].quicken(by: factor)
        }
        takeReports()
    }
}
