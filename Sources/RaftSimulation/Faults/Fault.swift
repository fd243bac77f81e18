// SPDX-License-Identifier: Apache-2.0

public import Raft

/// Whom a fault hits.
public enum FaultTarget: Hashable, Sendable, CustomStringConvertible {
    /// A member.
    case member(MemberID)
    /// Whoever leads in the highest term at that moment; the first member if nobody does.
    case leader

    /// One word.
    public var description: String {
        switch self {
        case .member(let id): "\(id)"
        case .leader: "leader"
        }
    }
}

/// How a member goes down.
public enum CrashKind: Hashable, Sendable {
    /// The process ends; what it wrote stays in the page cache.
    case kill
    /// The power fails; of what was not synced, the policy decides.
    case powerCut(CrashPolicy)
}

/// Something that goes wrong, as data.
public enum Fault: Hashable, Sendable {
    /// A member goes down and comes up again; without `downFor`, when told to or when all is healed.
    case crash(FaultTarget, CrashKind, downFor: Interval?)
    /// All members go down at once and come up again, each after a time of its own up to `downFor`.
    case crashAll(CrashKind, downFor: Interval)
    /// A member stands still; what arrives waits.
    case pause(FaultTarget, lasting: Interval)
    /// Some members do not reach others.
    case partition(Partition, lasting: Interval)
    /// A partition that comes and goes: there for `down`, gone for `up`, and so on.
    case flap(Partition, down: Interval, up: Interval, lasting: Interval)
    /// What one member sends another is held up, and then comes all at once.
    case clog(from: FaultTarget, to: FaultTarget, lasting: Interval)
    /// What one member sends another takes so many times longer.
    case slow(from: FaultTarget, to: FaultTarget, by: UInt64, lasting: Interval)
    /// The connections from one member to another break and are made anew.
    case reset(from: FaultTarget, to: FaultTarget)
    /// A member's disk does nothing for a while.
    case stallDisk(FaultTarget, lasting: Interval)
    /// The next operation of a kind fails, and the process with it.
    case failDisk(FaultTarget, SimulatedDisk.Operation, FileError.Reason, downFor: Interval)
    /// A member's wall clock jumps, forwards or backwards.
    case stepClock(FaultTarget, milliseconds: Int64)
    /// A member goes down while its log lane is at work: the next time it is, or when `within` is over.
    case crashWriting(FaultTarget, CrashKind, within: Interval, downFor: Interval)
    /// The next leader, if within that time, that has to read back for a follower what is not committed yet
    /// needs so long to read it, is cut off meanwhile, and so is the follower for longer; then its successor
    /// is.
    case fallReading(within: Interval, reading: Interval)
    /// A member goes down, loses all that is on its disk, and is started again.
    case wipe(FaultTarget, downFor: Interval)
    /// A member's medium damages what is on it.
    case damageDisk(FaultTarget, DiskDamage)
    /// A member's disk is full for a while.
    case fillDisk(FaultTarget, FullDisk, lasting: Interval)
    /// A member's disk takes `factor` times as long for everything for a while.
    case slowDisk(FaultTarget, factor: UInt64, lasting: Interval)
    /// A member's clocks run fast, or slow if negative, from now on.
    case driftClock(FaultTarget, partsPerMillion: Int64)
    /// A member's wall clock stands still for a while.
    case freezeClock(FaultTarget, lasting: Interval)
    /// A member goes down and comes up with a program that can run so many machine versions more, or fewer
    /// if negative; as far as there are such programs, see ``VersionProfile``.
    case upgrade(FaultTarget, by: Int64, downFor: Interval)
}

/// A fault and when it comes.
public struct DatedFault: Hashable, Sendable {
    /// Since the world began.
    public var time: Interval
    /// What comes.
    public var fault: Fault

    /// Creates a dated fault.
    public init(at time: Interval, _ fault: Fault) {
        self.time = time
        self.fault = fault
    }
}

extension Fault: CustomStringConvertible {
    /// One line for a trace.
    public var description: String {
        switch self {
        case .crash(let target, let kind, let time): "crash \(target) \(kind) \(optional(time))"
        case .crashAll(let kind, let time): "crash all \(kind) \(milliseconds(time))"
        case .pause(let target, let time): "pause \(target) \(milliseconds(time))"
        case .partition(let partition, let time): "\(partition) \(milliseconds(time))"
        case .flap(let partition, let down, let up, let time):
            "\(partition), \(milliseconds(down)) down, \(milliseconds(up)) up, \(milliseconds(time))"
        case .clog(let from, let to, let time):
            "clog \(from) → \(to) \(milliseconds(time))"
        case .slow(let from, let to, let factor, let time):
            "slow \(from) → \(to) \(factor) times \(milliseconds(time))"
        case .reset(let from, let to): "reset \(from) → \(to)"
        case .stallDisk(let target, let time): "stall disk of \(target) \(milliseconds(time))"
        case .failDisk(let target, let operation, let reason, let time):
            "fail \(operation) of \(target): \(reason) \(milliseconds(time))"
        case .stepClock(let target, let step): "step clock of \(target) by \(step) ms"
        case .crashWriting(let target, let kind, let limit, let time):
            "crash \(target) writing, \(kind) within \(milliseconds(limit)) \(milliseconds(time))"
        case .fallReading(let limit, let time):
            "leader falls reading within \(milliseconds(limit)), reads for \(milliseconds(time))"
        case .wipe(let target, let time): "wipe \(target) \(milliseconds(time))"
        case .damageDisk(let target, let damage): "damage disk of \(target): \(damage)"
        case .fillDisk(let target, let fullness, let time):
            "fill disk of \(target), refusing \(fullness) \(milliseconds(time))"
        case .slowDisk(let target, let factor, let time):
            "slow disk of \(target) by \(factor) \(milliseconds(time))"
        case .driftClock(let target, let drift): "drift clocks of \(target) by \(drift) ppm"
        case .freezeClock(let target, let time):
            "freeze clock of \(target) \(milliseconds(time))"
        case .upgrade(let target, let change, let time):
            "upgrade \(target) by \(change) \(milliseconds(time))"
        }
    }

    private func milliseconds(_ time: Interval) -> String { "\(time.nanoseconds / 1_000_000) ms" }

    private func optional(_ time: Interval?) -> String { time.map(milliseconds) ?? "for good" }
}

extension CrashKind: CustomStringConvertible {
    /// One or two words.
    public var description: String {
        switch self {
        case .kill: "kill"
        case .powerCut(let policy): "power cut (\(policy))"
        }
    }
}
