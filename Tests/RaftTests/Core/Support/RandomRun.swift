// SPDX-License-Identifier: Apache-2.0

import Raft

/// One run of a random cluster under random faults, a function of its seed alone.
///
/// First a time of faults, in which only safety counts; then everything is healed, and the cluster must
/// elect, commit and answer within a bound of virtual time.
struct RandomRun {
    private(set) var cluster: CoreCluster
    private var random: SplitMix64
    private let weights: [(action: Action, weight: UInt64)]
    private let lossPercent: UInt64
    private let copyPercent: UInt64
    private let isOrdered: Bool
    private var reads: UInt64 = 0
    /// Messages that the network keeps for long, whatever overtakes them.
    private var held: [Envelope] = []

    private enum Action: CaseIterable {
        case deliver, write, report, timeout, append, read, crash, restart, cut, heal, connect
        case disconnect, fetch, evict, notice, pass

        /// How often it happens in relation to the others.
        var weight: UInt64 {
            switch self {
            case .deliver: 300
            case .write: 60
            case .report: 60
            case .timeout: 12
            case .append: 30
            case .read: 24
            case .crash: 3
            case .restart: 12
            case .cut: 3
            case .heal: 12
            case .connect, .disconnect, .notice: 4
            case .fetch: 20
            case .evict: 6
            case .pass: 6
            }
        }
    }

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var options = CoreOptions()
        if random.next(below: 2) == 0 {
            options.appendBytes = 1 + Int(random.next(below: 400))
            options.inflightMessages = 1 + Int(random.next(below: 4))
            options.inflightBytes = 1 + Int(random.next(below: 800))
            options.waitingReads = 1 + Int(random.next(below: 3))
        }
        // Every run leaves some faults out and exaggerates others: what is common to all hides much.
        weights = Action.allCases.map { action in
            switch action {
            case .deliver, .write, .report, .timeout, .restart, .append, .heal:
                (action, max(1, action.weight * (1 + random.next(below: 8)) / 4))
            case .read, .crash, .cut, .connect, .disconnect, .fetch, .evict, .notice, .pass:
                (action, action.weight * random.next(below: 5) / 2)
            }
        }
        lossPercent = random.next(below: 3) * random.next(below: 20)
        copyPercent = random.next(below: 3) * random.next(below: 20)
        isOrdered = random.next(below: 3) == 0
        let voters = [1, 2, 3, 3, 3, 3, 4, 5][Int(random.next(below: 8))]
        let learners = random.next(below: 8) == 0 ? 1 : 0
        cluster = CoreCluster(
            voters: voters, learners: learners, options: options, seed: seed)
        self.random = random
    }

    /// Lets faults happen.
    /// - Returns: What went wrong, if anything did.
    mutating func runFaults(steps: Int) -> String? {
        let total = weights.reduce(0) { $0 + $1.weight }
        for _ in 0..<steps {
            var draw = random.next(below: total)
            for (action, weight) in weights {
                if draw < weight {
                    perform(action)
                    break
                }
                draw -= weight
            }
            if let violation = cluster.checker.violation { return violation }
        }
        return nil
    }

    private mutating func anybody() -> MemberID {
        cluster.members[Int(random.next(below: UInt64(cluster.members.count)))].id
    }

    private mutating func perform(_ action: Action) {
        let id = anybody()
        let core = cluster[id].core
        switch action {
        case .deliver: deliverSomething()
        case .write:
            let count = Int(1 + random.next(below: 3))
            for member in cluster.members where member.core != nil {
                if random.next(below: 2) == 0 { cluster[member.id].disk.write(count) }
            }
        case .report:
            for member in cluster.members where random.next(below: 2) == 0 {
                cluster.reportWrites(of: member.id)
            }
        case .timeout:
            let horizon = cluster.now + .seconds(60)
            if random.next(below: 4) > 0 {
                _ = cluster.fireEarliestTimer(before: horizon)
                return
            }
            // Others whose deadline has passed too are simply slow to notice.
            guard let deadline = core?.deadline else { return }
            cluster.now = max(cluster.now, deadline)
            cluster.step(id, .deadlinePassed)
        case .append:
            for leader in cluster.leaders {
                let count = 1 + random.next(below: 3)
                cluster.append(
                    (0..<count).map { _ in 48 + Int(random.next(below: 200)) }, at: leader)
            }
        case .read:
            // One that leads without knowing that it is deposed has most to get wrong.
            let readers = random.next(below: 2) == 0 ? cluster.leaders : [id]
            for reader in readers {
                reads += 1
                cluster.read(reads, at: reader)
            }
        case .crash:
            // A leader's crash, or that of one whose disk is behind, shows more than another's.
            let leader = cluster.leaders.first ?? id
            let victim = random.next(below: 2) == 0 ? leader : id
            cluster.crash(victim)
        case .restart: restart(id)
        case .cut:
            let other = anybody()
            if random.next(below: 3) == 0, let leader = cluster.leaders.first {
                for member in cluster.members where member.id != leader {
                    cluster.cuts.insert(.init(from: leader, to: member.id))
                    cluster.cuts.insert(.init(from: member.id, to: leader))
                }
                return
            }
            cluster.cuts.insert(.init(from: id, to: other))
            if random.next(below: 2) == 0 { cluster.cuts.insert(.init(from: other, to: id)) }
        case .heal: cluster.cuts = []
        case .connect: cluster.step(id, .connected(anybody()))
        case .disconnect: cluster.step(id, .disconnected(anybody()))
        case .notice: cluster.step(id, .announceCommit(to: anybody()))
        case .fetch: cluster.completeFetch(of: id, atMost: 1 + Int(random.next(below: 4)))
        case .evict:
            guard let core, core.commitIndex > .zero else { return }
            let index = 1 + random.next(below: core.commitIndex.rawValue)
            cluster.step(id, .evicted(through: LogIndex(index)))
        case .pass: cluster.now = cluster.now + .milliseconds(random.next(below: 60))
        }
    }

    private mutating func restart(_ id: MemberID) {
        guard cluster[id].core == nil else { return }
        let inMemory = random.next(below: UInt64(cluster[id].disk.log.count) + 1)
        cluster.restart(id, inMemory: random.next(below: 2) == 0 ? nil : Int(inMemory))
    }

    private mutating func deliverSomething() {
        if !held.isEmpty, random.next(below: 60) == 0 {
            cluster.deliver(held.remove(at: Int(random.next(below: UInt64(held.count)))))
            return
        }
        let count = cluster.pool.count
        guard count > 0 else {
            // Nothing is said: somebody waits for a disk, or nobody's time has come.
            let waiting = cluster.members.filter { $0.core != nil && !$0.disk.pending.isEmpty }
            if waiting.isEmpty {
                _ = cluster.fireEarliestTimer(before: cluster.now + .seconds(60))
            } else if random.next(below: 4) == 0 {
                cluster.completeWrites(of: waiting[0].id)
            }
            return
        }
        // The bound on what is in flight; the oldest are lost.
        if count > 64 { cluster.pool.removeFirst(count - 64) }
        let position = isOrdered ? 0 : Int(random.next(below: UInt64(cluster.pool.count)))
        let isCopied = random.next(below: 100) < copyPercent
        let envelope = isCopied ? cluster.pool[position] : cluster.pool.remove(at: position)
        if random.next(below: 100) < lossPercent { return }
        if !isOrdered, random.next(below: 25) == 0 {
            held.append(envelope)
            return
        }
        cluster.deliver(envelope)
    }
}

extension RandomRun {
    /// Heals everything and demands progress.
    /// - Returns: What went wrong, if anything did.
    mutating func demandProgress() -> String? {
        cluster.cuts = []
        for id in cluster.members.map(\.id) where cluster[id].core == nil { restart(id) }
        let end = cluster.now + cluster.options.electionTimeoutMaximum * 10
        cluster.runUntilQuiet()
        while cluster.leaders.count != 1 || !isAgreed {
            guard cluster.fireEarliestTimer(before: end) else {
                return "no agreement after ten election timeouts: " + states
            }
            cluster.runUntilQuiet()
            if let violation = cluster.checker.violation { return violation }
        }
        return demandService(leader: cluster.leaders[0])
    }

    private var isAgreed: Bool {
        guard let leader = cluster.leaders.first.flatMap({ cluster[$0] }) else { return false }
        return cluster.members.allSatisfy { member in
            guard let core = member.core else { return false }
            return core.term == leader.core?.term && core.leader == leader.id
                && member.log == leader.log && core.commitIndex == core.log.lastIndex
        }
    }

    /// A healthy cluster commits and answers, and its leader stays (L5).
    private mutating func demandService(leader: MemberID) -> String? {
        let committed = cluster.checker.committed.count
        let answered = cluster.checker.marks["read answered"] ?? 0
        let term = cluster[leader].core?.term
        cluster.append([100, 100], at: leader)
        for id in cluster.members.map(\.id) {
            reads += 1
            cluster.read(reads, at: id)
        }
        let end = cluster.now + cluster.options.electionTimeoutMaximum * 3
        cluster.runUntilQuiet()
        while cluster.fireEarliestTimer(before: end) { cluster.runUntilQuiet() }
        if let violation = cluster.checker.violation { return violation }
        if cluster[leader].core?.role != .leader || cluster[leader].core?.term != term {
            return "the leader of a healthy cluster changed: " + states
        }
        if !isAgreed || cluster.checker.committed.count != committed + 2 {
            return "a healthy cluster does not commit: " + states
        }
        // A full queue of reads refuses some; with room for all, all are answered.
        let missing =
            answered + cluster.members.count - (cluster.checker.marks["read answered"] ?? 0)
        if missing > 0, cluster.options.waitingReads > cluster.members.count {
            return "\(missing) reads of a healthy cluster were not answered: " + states
        }
        return nil
    }

    private var states: String {
        cluster.members.map { cluster.describe($0.id) }.joined(separator: ";")
    }
}
