// SPDX-License-Identifier: Apache-2.0

public import Raft

/// A property that did not hold.
public struct SimulationFailure: Hashable, Sendable, CustomStringConvertible {
    /// Which property, in one sentence.
    public let property: String
    /// What was found.
    public let found: String
    /// What should have been.
    public let expected: String

    /// Creates a failure.
    public init(property: String, found: String, expected: String) {
        self.property = property
        self.found = found
        self.expected = expected
    }

    /// The property and both sides.
    public var description: String { "\(property)\n  found:    \(found)\n  expected: \(expected)" }
}

/// What a simulated run came to.
public struct SimulationReport: Sendable, CustomStringConvertible {
    /// The seed of everything random in it.
    public let seed: UInt64
    /// The first property that did not hold.
    public let failure: SimulationFailure?
    /// The newest lines of the trace.
    public let trace: [String]
    /// A function of the seed, the profile and the code.
    public let traceHash: UInt64
    /// How much happened: frames, clients' bytes, and what they hear of connections delivered, I/O completed, calls
    /// made, and timers that did something.
    public let events: Int
    /// How much virtual time passed.
    public let virtualTime: Interval
    /// How many calls clients made.
    public let callsMade: Int
    /// How many commands and reads were answered.
    public let acknowledged: Int
    /// How many faults came.
    public let faults: Int
    /// Whether what users saw was neither explained nor refuted: the search for an order was given up.
    public let isUndecided: Bool
    /// How often what was reached, in the order of ``SimulationMark``.
    public let marks: [Int]
    /// What a picture of the run needs, if that was asked for.
    public internal(set) var recording: SimulationRecording?

    /// Seed, figures, and if it failed why, with the last lines of the trace.
    public var description: String {
        let figures =
            "seed=\(seed) events=\(events) virtual_ms=\(virtualTime.nanoseconds / 1_000_000) "
            + "acknowledged=\(acknowledged) faults=\(faults) trace_hash=\(hexadecimal(traceHash))"
        guard let failure else { return figures }
        return "\(figures)\nFAILED: \(failure)\n" + trace.joined(separator: "\n")
    }
}

/// Something worth reaching in a simulation: a run that never does explores too little.
public enum SimulationMark: Int, Sendable, CaseIterable {
    /// A member became leader.
    case elected
    /// A follower truncated entries that conflict.
    case truncated
    /// A member recovered less than it had written.
    case tailLost
    /// A member recovered what no sync had covered.
    case tailKept
    /// A crash hit while the log lane was at work.
    case crashedWhileWriting
    /// A crash hit a member that was recovering.
    case crashedWhileRecovering
    /// A crash hit a member that was founding the cluster.
    case crashedWhileFounding
    /// A disk operation failed, and the member stopped.
    case diskFailed
    /// Entries were read back for a follower.
    case fetchedForFollower
    /// Entries were read back to be applied.
    case fetchedToApply
    /// A forwarded command was applied.
    case forwarded
    /// A command ended with its outcome unknown.
    case outcomeUnknown
    /// A command was rejected.
    case rejected
    /// A read was served by a follower.
    case readByFollower
    /// A read was given up.
    case readUnavailable
    /// A command was taken back because its caller gave it up before a leader was given it.
    case takenBack
    /// A leader was cut off while it read back what was not committed.
    case fellReading
    /// A member was asked that had not heard of the newest leader.
    case probedOutOfDate
    /// A read was given up by its caller.
    case readGivenUp
    /// A tick was committed.
    case ticked
    /// A spare segment was made.
    case spareMade
    /// A connection broke in the middle of a frame.
    case halfFrameLost
    /// A handshake was refused, or bytes were that are not frames.
    case handshakeRefused
    /// Bytes that were damaged on the way ended their connection.
    case damageCaught
    /// A frame was dropped because a queue was full.
    case frameDropped
    /// A member had to wait before it could send more.
    case awaitedRoom
    /// A member sent on a connection that was broken, without knowing.
    case wroteIntoTheVoid
    /// A connection was replaced before its end was noticed.
    case connectionReplaced
    /// What was held up in a cut arrived when that was healed.
    case heldUntilHealed
    /// A connection was given up after a long silence.
    case silenceNoticed
    /// What was held up by a clog went on all at once.
    case clogReleased
    /// A member was cut off.
    case isolated
    /// The network fell into halves.
    case halved
    /// Two halves shared one member.
    case bridged
    /// Each member reached only its neighbours.
    case ringed
    /// A member reached less than a quorum, but not nobody.
    case leaderLostQuorum
    /// A member could send but not receive.
    case deafened
    /// A member could receive but not send.
    case muted
    /// One direction between two members failed.
    case cutOneWay
    /// A part of the network went down and up in quick succession.
    case flapped
    /// A power cut took what no sync had covered.
    case unsyncedLost
    /// A sync failed and dropped what it was for.
    case syncDropped
    /// A member stopped because a read failed.
    case readFailed
    /// A member stopped because its disk was full.
    case diskWasFull
    /// A member refused to start on a disk that was damaged.
    case damageRefused
    /// A member came upon damage when it read old entries back.
    case damageFoundReading
    /// A damaged member started with all of its log: what was hit counts for nothing.
    case damageHarmless
    /// A member whose disk was emptied was refused by its cluster.
    case wipedRefused
    /// A fault that could have destroyed one member too many did nothing.
    case budgetSpent
    /// A command of a session was carried out.
    case sessionCommand
    /// A repeat got the first reply.
    case repeatAnswered
    /// A command of a session was refused that may have been carried out before the session ended.
    case repeatRefused
    /// A command of a session was refused that was never carried out.
    case firstUseRefused
    /// A command that its client had acknowledged came again.
    case acknowledgedRefused
    /// A command with a token was carried out.
    case tokenCommand
    /// A repeat of one got the first reply.
    case tokenRepeatAnswered
    /// A token was used for another command.
    case tokenMismatchRefused
    /// A token was used again after its window.
    case tokenForgotten
    /// A repeat came by another member than the first attempt, which had died since.
    case repeatAfterDeath
    /// A server opened, kept alive or closed a session for a user.
    case operationOfServer
    /// A client did not use its session for a while.
    case sessionIdle
    /// A member's clocks began to run at another speed.
    case clockDrifted
    /// A member's wall clock stood still.
    case clockFroze
    /// Nobody who elected a leader had heard one before: wall clocks set cluster time.
    case timeSetByWallClocks
    /// A new leader took cluster time from those who elected it.
    case timeTakenFromVoters
    /// A read waited until something was gone that its leader's clock took for expired.
    case readAwaitedTick
    /// A member complained about its clocks.
    case clockAlarmRaised
    /// A leader raised the machine version.
    case versionRaised
    /// A member stopped because its program could not run the machine version in force.
    case outdatedStopped
    /// A program was replaced by an older one.
    case downgraded
}

extension SimulationMark {
    /// Whether it takes thousands of seeds to reach it: a sweep of hundreds does not demand it, a scripted
    /// test reaches it.
    var isRare: Bool { self == .damageFoundReading }
}
