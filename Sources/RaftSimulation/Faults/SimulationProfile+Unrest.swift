// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension SimulationProfile {
    /// Makes a world one in which no leader lasts, and whatever was said may arrive again, late, in
    /// another term.
    ///
    /// The rules that tell terms apart fail only where several rare things meet: a vote that was given
    /// two elections ago arrives, an acceptance outlives the log it was given for. Drawn one by one they
    /// seldom meet; here all of them are frequent, and there is little else, so that a run is short.
    mutating func becomeRestless(_ random: inout SplitMix64) {
        members = [3, 4, 5, 5, 5, 5, 5, 5][Int(random.next(below: 8))]
        network.isOrdered = false
        network.outlivesConnections = true
        network.lossPerMillion = 1000 << random.next(below: 6)
        network.duplicationPerMillion = 10_000 << random.next(below: 5)
        network.straysPerMillion = 4000 << random.next(below: 5)
        clients.count = Int(1 + random.next(below: 3))
        clients.pipeline = 1 + random.next(below: 4)
        clients.callLimit = .max
        faults = FaultProfile()
        faults.budget = .none
        switch random.next(below: 8) {
        case 0: becomeForgetful(&random)
        case 1: becomeUnlucky(&random)
        default: becomeRebellious(&random)
        }
    }

    /// No leader lasts.
    private mutating func becomeRebellious(_ random: inout SplitMix64) {
        faults.rates = [.init(.leaderChurn, perTenSeconds: 2 + random.next(below: 4))]
        if random.next(below: 2) == 0 { options.logJobsUnderWay = Int(1 + random.next(below: 3)) }
        for kind in [FaultProfile.Kind.crashWriting, .reset, .diskStall, .clog]
        where random.next(below: 2) == 0 {
            faults.rates.append(.init(kind, perTenSeconds: 1 + random.next(below: 4)))
        }
    }

    /// Members forget what they have asked.
    private mutating func becomeForgetful(_ random: inout SplitMix64) {
        faults.rates = [.init(.lapse, perTenSeconds: 4 + random.next(below: 8))]
        members = random.next(below: 2) == 0 ? 3 : 5
    }

    /// Members keep next to nothing in memory, take long to read it back, and fall while they do.
    private mutating func becomeUnlucky(_ random: inout SplitMix64) {
        faults.rates = [.init(.setback, perTenSeconds: 2 + random.next(below: 2))]
        members = 5
        clients.count = Int(4 + random.next(below: 5))
        options.windowBytes = Int(1 + random.next(below: 100))
        if random.next(below: 2) == 0 {
            member.read = .microseconds(
                50, 20_000, oddOneIn: 2 + random.next(below: 3),
                stretch: 100 << random.next(below: 3))
        }
    }
}
