// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// One whole member: what in production is a process on a machine.
///
/// Holds state; what happens to it is in ``World``. The counterpart of the node's lane in production,
/// which drives the same ``Replica`` by the same calls in the same order.
final class SimulatedMember {
    /// What a turn finds.
    enum Input {
        case frame(Frame, sent: MonotonicTime)
        case connected(MemberID, Frame.Channel)
        case disconnected(MemberID)
        case refused(MemberID?, TransportRefusal)
        case log(LogWriter.Done)
        case read(ReplicaLogRead, [LogEntry])
        case spareIsReady
        case spareFailed
        case applied
        case propose(first: Int, ProposalBatch)
        case observe(Int, ReadConsistency)
        case withdraw(Int, UInt64)
        case clientCame(Int)
        case clientSent(Int, [UInt8])
        case clientLeft(Int)
    }

    /// A life of the process, as far as its program is concerned.
    struct Life {
        let program: MachineVersion
        /// Nil as long as it lasts.
        var end: MonotonicTime?
    }

    /// Calls that end by a reading of the member's boot clock.
    struct CallLimit {
        let calls: Range<Int>
        let time: MonotonicTime
    }

    /// What callers were told and the world has yet to hear. Of one thread, as everything here.
    final class Told: @unchecked Sendable {
        private var results: [(call: Int, result: Result<Applied<Int>, ProposalError>)] = []

        func add(_ part: [ProposalResult<Int>], of first: Int) {
            for result in part { results.append((first + result.ordinal, result.result)) }
        }

        func take() -> [(call: Int, result: Result<Applied<Int>, ProposalError>)] {
            guard !results.isEmpty else { return [] }
            defer { results.removeAll(keepingCapacity: true) }
            return results
        }
    }

    enum ReaderJob {
        case read(ReplicaLogRead)
        case prepareSegment
    }

    enum Phase {
        /// The process does not run.
        case down
        case loading
        /// Boxed: the phase is looked at all the time, and a bootstrap is large.
        indirect case bootstrapping(Bootstrap)
        case recovering(Identity)
        case serving
        /// The process has ended by its own decision and is not started again.
        case ended(RaftError)
    }

    let position: Int
    let id: MemberID
    var disk = SimulatedDisk()
    var random: SplitMix64
    /// The highest machine version that its program can run; so does its next life.
    var program = MachineVersion.first
    /// What its process ran, and until when.
    var lives: [Life] = []
    /// Where it last appended an entry that raises the version, as far as that is judged.
    var judgedRise: LogIndex?
    /// Counts lives of the process; the even ones are times it does not run.
    var life = 0
    var phase = Phase.down
    var identity: Identity?
    var replica: Replica?
    var foreignMembers = ForeignMembers()
    /// Whether it has belonged to the cluster, in this life or an earlier one.
    var hasJoined = false
    var inputs: [Input] = []

    /// Who is to be told what of commands: the outputs are places among those of the entry just applied.
    var pending = PendingProposals<Int>()
    let told = Told()
    /// By when calls end because their callers give them up.
    var limits: [CallLimit] = []

    /// The log lane: what waits, and what it has taken.
    var logWriter: LogWriter?
    var logWaiting: [LogWriter.Job] = []
    var logTaken: [LogWriter.Job] = []
    /// When what it has taken is done.
    var logDoneTime: MonotonicTime?
    var unmarkedSince: MonotonicTime?
    var stalledUntil = MonotonicTime.zero
    /// How long the process is down if the fault that was put into its disk comes.
    var downAfterFault: Interval?

    /// The reader lane: the first is being done.
    var readerJobs = Queue<ReaderJob>()
    /// Read when the job began; nil if it is read when the job ends.
    var readAhead: [LogEntry]?
    /// When the first is done.
    var readerDoneTime: MonotonicTime?

    /// Entries that are being applied.
    var applying: [LogEntry] = []

    /// The term it led in at the end of its last turn.
    var ledTerm: Term?
    /// When the next turn is; nil if none is planned.
    var turnTime: MonotonicTime?
    var timerTime: MonotonicTime?
    var pausedUntil = MonotonicTime.zero
    /// What is wrong with the machine for ever, as far as anybody can tell.
    var breakage: Breakage?
    /// Whether it has known a leader and caught up with it in this life, so that its server serves.
    var isReady = false
    /// How many turns in a row ended with a deadline that had passed already.
    var idleTurns = 0

    var clock = SimulatedClock()
    /// What of its machine is out of order.
    var trouble = MachineTrouble()

    init(position: Int, id: MemberID, random: SplitMix64) {
        self.position = position
        self.id = id
        self.random = random
    }

    /// What the member's clocks show.
    func moment(_ now: MonotonicTime) -> Moment { clock.moment(now) }

    /// A reading of the member's boot clock in the world's time.
    func worldTime(_ time: MonotonicTime) -> MonotonicTime { clock.worldTime(time) }

    var isUp: Bool {
        switch phase {
        case .down, .ended: false
        case .loading, .bootstrapping, .recovering, .serving: true
        }
    }

    var isServing: Bool {
        if case .serving = phase { return true }
        return false
    }

    /// Forgets everything but the disk.
    func forget() {
        life += 1
        identity = nil
        replica = nil
        foreignMembers = ForeignMembers()
        inputs.removeAll()
        pending = PendingProposals()
        limits.removeAll()
        logWriter = nil
        logWaiting.removeAll()
        logTaken.removeAll()
        logDoneTime = nil
        unmarkedSince = nil
        downAfterFault = nil
        trouble.plannedCrash = nil
        ledTerm = nil
        readerJobs.removeAll()
        readAhead = nil
        readerDoneTime = nil
        applying.removeAll()
        turnTime = nil
        timerTime = nil
        pausedUntil = .zero
        isReady = false
        idleTurns = 0
    }
}
