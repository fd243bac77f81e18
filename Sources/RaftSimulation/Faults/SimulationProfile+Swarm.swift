// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension SimulationProfile {
    /// A world drawn from a seed: every seed switches kinds of faults on or off, draws how strong they
    /// are, how many members there are and how tight the limits (swarm testing, ISSTA '12).
    public static func swarm(seed: UInt64) -> SimulationProfile {
        var random = SplitMix64(seed: seed).split("swarm")
        var profile = SimulationProfile()
        profile.members = [1, 2, 3, 3, 3, 3, 3, 4, 5, 5, 6, 7][Int(random.next(below: 12))]
        profile.network = .swarm(random.split("network"))
        profile.drawMember(&random)
        profile.drawLimits(&random)
        profile.drawFaults(&random)
        profile.drawSessions(random.split("sessions"))
        profile.drawVersions(random.split("versions"))
        profile.drawPatience(random.split("patience"))
        profile.probes = true
        profile.clients.count = Int(1 + random.next(below: 8))
        profile.clients.pipeline = 1 + random.next(below: 16)
        if random.next(below: 4) == 0 {
            // In a hurry, until they have made as many calls as others make in a whole run.
            profile.clients.pause = .microseconds(100, 5000)
            profile.clients.callLimit = 8000 / profile.clients.count
        }
        if random.next(below: 3) == 0 { profile.becomeRestless(&random) }
        return profile
    }

    private mutating func drawMember(_ random: inout SplitMix64) {
        if random.next(below: 3) == 0 {
            member.sync = .microseconds(50, UInt64(1000) << random.next(below: 7))
        }
        if random.next(below: 3) == 0 {
            member.apply = .microseconds(1, UInt64(1000) << random.next(below: 6))
        }
        if random.next(below: 3) == 0 {
            member.turn = .microseconds(1, UInt64(500) << random.next(below: 6))
        }
        if random.next(below: 3) == 0 {
            member.read = .microseconds(1, UInt64(1000) << random.next(below: 8))
        }
        member.clockOffset = [0, 10, 1000, 100_000][Int(random.next(below: 4))]
    }

    private mutating func drawLimits(_ random: inout SplitMix64) {
        func isOn(_ random: inout SplitMix64) -> Bool { random.next(below: 3) == 0 }
        if isOn(&random) { member.segmentBytes = 2048 << random.next(below: 5) }
        if isOn(&random) { member.placementInterval = 512 << random.next(below: 4) }
        if isOn(&random) { member.applySliceBytes = 1 }
        if isOn(&random) { options.windowBytes = Int(1 + random.next(below: 2000)) }
        if isOn(&random) { options.entryBytes = Int(1 + random.next(below: 400)) }
        if isOn(&random) { options.unappliedBytes = Int(1 + random.next(below: 4000)) }
        if isOn(&random) { options.forwardBytes = Int(1 + random.next(below: 400)) }
        if isOn(&random) { options.outboxBytes = Int(1 + random.next(below: 2000)) }
        if isOn(&random) { options.core.appendBytes = Int(1 + random.next(below: 1000)) }
        if isOn(&random) { options.core.inflightMessages = Int(1 + random.next(below: 4)) }
        if isOn(&random) { options.core.inflightBytes = Int(1 + random.next(below: 2000)) }
        if isOn(&random) { options.core.waitingReads = Int(1 + random.next(below: 4)) }
        if isOn(&random) { options.logJobsUnderWay = Int(1 + random.next(below: 3)) }
        if isOn(&random) { options.proposalTimeout = .milliseconds(200) }
        if isOn(&random) { options.leaderWait = .milliseconds(100) }
    }

    private mutating func drawSessions(_ random: SplitMix64) {
        var random = random
        sessions.count = Int(random.next(below: 4))
        sessions.window = 1 + random.next(below: 16)
        sessions.pause = .microseconds(1000, 50_000 << random.next(below: 4))
        sessions.lifetime = .milliseconds(1000 << random.next(below: 5))
        if random.next(below: 3) == 0 { sessions.limit = Int(1 + random.next(below: 4)) }
    }

    private mutating func drawVersions(_ random: SplitMix64) {
        var random = random
        guard random.next(below: 3) == 0 else { return }
        versions.count = 2 + random.next(below: 3)
        versions.isMixed = random.next(below: 2) == 0
        faults.rates.append(
            FaultProfile.Rate(.upgrade, perTenSeconds: 1 << random.next(below: 3)))
    }

    private mutating func drawPatience(_ random: SplitMix64) {
        var random = random
        guard random.next(below: 3) == 0 else { return }
        clients.impatientOneIn = 1 + random.next(below: 8)
        clients.patience = .milliseconds(1 << random.next(below: 12))
    }

    private mutating func drawFaults(_ random: inout SplitMix64) {
        // A member that is lost for good takes others' faults their effect: not in every seed.
        let destroys = random.next(below: 3) == 0
        // There are many kinds: where all that are on come often, nothing gets done.
        let density = random.next(below: 4)
        // Upgrades are drawn apart: they need programs that differ.
        for kind in FaultProfile.Kind.allCases
        where kind != .upgrade && random.next(below: 2) == 0 {
            guard destroys || !kind.isDestroying || kind == .rot else { continue }
            let rate = UInt64(1) << random.next(below: 2 + density)
            faults.rates.append(
                FaultProfile.Rate(
                    kind, perTenSeconds: kind.isDrastic ? max(1, rate / 4) : rate))
        }
        let budgets = [FaultBudget.minority, .minority, .minority, .unlimited]
        faults.budget = destroys ? budgets[Int(random.next(below: 4))] : .none
        faults.leaderOneIn = random.next(below: 4)
        if random.next(below: 3) == 0 {
            faults.lasting = Delay(.milliseconds(1), .milliseconds(200))
        }
        member.clockDrift = [0, 100, 500, 50_000][Int(random.next(below: 4))]
    }
}

extension FaultProfile.Kind {
    /// Whether a few of it leave little to be seen of anything else.
    fileprivate var isDrastic: Bool {
        [
            .crashAll, .leaderChurn, .lapse, .setback, .restartStorm, .diskFull, .crashWriting,
            .readError,
        ].contains(self) || isDestroying
    }
}
