// SPDX-License-Identifier: Apache-2.0

import KVServer
import KVStateMachine
import Linearizability
import Raft
import RaftSimulation

/// What stands in front of simulated key-value stores: the gateway that ships, users of the client that ships
/// and such as talk to the gateway themselves, and a judge of what users saw.
///
/// The judge shares no code with the store: every key's history must be linearizable by a model of its own
/// (``KeyValueModel``), unknown outcomes and expiry included.
final class KVFront: SimulatedFront<VersionedStore> {
    /// What users asked and were told.
    var history = KeyValueHistory()
    /// The first answer that no store could have given.
    var nonsense: String?
    /// The first repeat that was answered otherwise than the first time.
    var wrongRepeat: SimulationFailure?
    /// How many keys are in use at a time: few enough that users meet.
    let keyCount: Int
    private var sequenceCount = 0
    private var random: SplitMix64

    init(random: SplitMix64) {
        self.random = random
        keyCount = 1 << Int(1 + self.random.next(below: 4))
    }

    /// The first of the keys in use when a user makes its n-th call.
    ///
    /// Users leave keys behind: judging a key's history takes time that may grow exponentially with the
    /// calls of unknown outcome in it.
    func firstKey(atCall number: Int) -> Int { number / 24 * keyCount }

    /// A number for the calls that a user makes in one piece on one connection.
    func nextSequence() -> Int {
        sequenceCount += 1
        return sequenceCount
    }

    override func makeServer(
        on member: MemberID, at now: MonotonicTime
    ) -> SimulatedServer<VersionedStore> {
        KVServerOfMember(random: SplitMix64(seed: random.next()), now: now)
    }

    override func makeUser(_ number: Int, pipeline: Int) -> any SimulatedUser {
        var random = random.split("user", UInt64(number))
        return random.next(below: 2) == 0
            ? KVClientUser(number: number, pipeline: pipeline, front: self, random: random)
            : KVUser(number: number, pipeline: pipeline, front: self, random: random)
    }

    override func verdict() -> SimulationFailure? {
        if let nonsense {
            return SimulationFailure(
                property: "answers are those of a store", found: nonsense,
                expected: "such an answer")
        }
        if let wrongRepeat { return wrongRepeat }
        let model = KeyValueModel(
            early: timeBounds.early.nanoseconds, late: timeBounds.late.nanoseconds)
        switch model.check(history, budget: 50_000) {
        case .linearizable: return nil
        case .undecided:
            isUndecided = true
            return nil
        case .violation(let counterexample):
            return SimulationFailure(
                property: "what users see of a key is linearizable", found: "\(counterexample)",
                expected: "an order of its calls that explains all answers")
        }
    }
}
