// SPDX-License-Identifier: Apache-2.0

/// One member without I/O: consensus, log, and what its clients wait for.
///
/// Everything comes in by method calls with the time as an argument, and goes out as
/// ``ReplicaOutput``. The same code runs in production, where lanes carry the output out, and in
/// simulation. The state machine itself stands beside it (see ``Applier``), so that this type is not
/// generic and applying can be anybody's job; committed entries are handed out by
/// ``takeCommitted(maximumBytes:)`` and reported back by ``applied(through:own:deadline:at:)``.
///
/// A *turn* is any number of inputs followed by one ``endTurn(at:)``: what came in together is appended,
/// made durable and sent together. Not copyable: a copy by oversight would cost some thirty retains.
package struct Replica: ~Copyable, Sendable {
    package let member: MemberID
    package let group: GroupID
    package let cluster: ClusterID
    package let options: ReplicaOptions
    /// The stream of this life's commands.
    package let stream: StreamID

    package internal(set) var core: RaftCore
    package internal(set) var window: LogWindow
    var map: LogMap
    var output = ReplicaOutput()
    var effects = Effects()

    // On its way to disk.
    var openJob: JobBuilder?
    /// The tokens of the jobs handed out and not done.
    var jobsUnderWay = Queue<UInt64>()
    /// How many bytes of entries the log's files hold.
    package internal(set) var logBytes = 0

    // Applying.
    /// Entries handed out to be applied end here.
    package internal(set) var dispatched: LogIndex = .zero
    /// Entries reported as applied end here.
    package internal(set) var applied: LogIndex = .zero
    var readBack = Queue<LogEntry>()
    var isReadingBack = false

    // Commands.
    var outbox = Outbox()
    var nextSequence: UInt64 = 1
    var admissions = Admissions()
    var forwarded = Queue<Forwarded>()
    /// No entry is ever stamped with less.
    package internal(set) var lastStamp: ClusterTime
    /// When the state machine wants to be woken, as of ``applied``.
    var machineDeadline: ClusterTime?
    var lastTick = MonotonicTime.zero
    /// A tick that is not committed yet.
    var tickUnderWay: LogIndex?

    // Time.
    var clock = ClusterClock()
    /// Where this member's clock began when it last became leader.
    package internal(set) var clockBeginning: ClusterClock.Beginning?
    /// What is wrong with its clocks.
    package internal(set) var clockAlarm: ClockAlarm?
    var nextClockCheck = MonotonicTime.zero
    /// The time of the entry at ``applied``.
    var appliedTime = ClusterTime.zero
    /// What the leader's clock shows by the message in hand; nil if none is.
    var leaderClock: ClusterTime?

    // Machine versions.
    /// What this program can run.
    package let versions: ClosedRange<MachineVersion>
    /// What is in force after ``applied``.
    package internal(set) var machineVersion: MachineVersion
    var survey = VersionSurvey()

    // Reads.
    var reads: PendingReads

    /// Entries for a follower, fetched or just arrived, while the core is told of them.
    var inHand: [LogEntry] = []

    /// Commands another member forwarded, admitted but not yet appended.
    struct Forwarded: Sendable {
        let member: MemberID
        let count: Int
        let bytes: [UInt8]
    }

    /// A log job that is still being put together.
    struct JobBuilder {
        var token: UInt64
        var hardState: HardState
        var truncateFrom: LogIndex?
        var entries: [LogEntry]
    }

    /// A member as recovered from its storage.
    /// - Parameters:
    ///   - configuration: What the group was founded with.
    ///   - versions: The machine versions that this program can run.
    ///   - foundingVersion: The one the group was founded in.
    ///   - random: A stream of its own.
    package init(
        member: MemberID, cluster: ClusterID,
        configuration: Configuration, options: ReplicaOptions, recovered: RecoveredLog,
        versions: ClosedRange<MachineVersion> = .first ... .first,
        foundingVersion: MachineVersion = .first, random: SplitMix64, at now: Moment
    ) {
        self.member = member
        group = options.group
        self.cluster = cluster
        self.options = options
        self.versions = versions
        machineVersion = foundingVersion
        stream = StreamID(member: member, boot: recovered.boot)
        map = recovered.map
        reads = PendingReads(boot: recovered.boot)
        lastStamp = recovered.time
        logBytes = recovered.byteCount
        window = LogWindow(
            first: LogIndex(recovered.lastIndex.rawValue - UInt64(recovered.tail.count)).next)
        for entry in recovered.tail { window.append(entry) }
        core = RaftCore(
            id: member, configuration: configuration, options: options.core,
            hardState: recovered.hardState,
            log: recovered.terms, commit: recovered.commit,
            window: recovered.tail.map { $0.bytes.count },
            random: random, now: now.monotonic)
    }

    /// Takes what is to be done.
    package mutating func takeOutput() -> ReplicaOutput {
        var taken = ReplicaOutput()
        swap(&taken, &output)
        return taken
    }

    /// Ends a turn: appends or forwards what has gathered, looks at the timers, closes the log job.
    package mutating func endTurn(at now: Moment) {
        if now.monotonic >= core.deadline { step(.deadlinePassed, at: now) }
        checkClocks(at: now)
        appendTickIfDue(at: now)
        raiseVersionIfAllCan(at: now)
        giveUpCommands(at: now)
        flushCommands(at: now)
        expireCommands(at: now)
        askForReads(at: now)
        releaseReads()
        expireReads(at: now)
        closeJobIfLaneHasRoom()
    }

    /// When ``endTurn(at:)`` has to be called at the latest.
    package func deadline(at now: Moment) -> MonotonicTime {
        var deadline = core.deadline
        if let other = commandDeadline(at: now) { deadline = min(deadline, other) }
        if let other = readDeadline { deadline = min(deadline, other) }
        if let other = tickDeadline(at: now) { deadline = min(deadline, other) }
        if let other = versionDeadline { deadline = min(deadline, other) }
        return deadline
    }
}

// Inputs from the transport.
extension Replica {
    /// A frame arrived. What cannot be decoded is dropped: the transport ends such connections.
    /// - Throws: If the frame is not one of this library's.
    package mutating func receive(_ frame: Frame, at now: Moment) throws(DecodingFailure) {
        let (header, message) = try WireMessage.decode(frame.bytes)
        guard header.group == group else { return }
        clock.heard(header, from: frame.peer, at: now.monotonic)
        leaderClock = header.clock
        defer { leaderClock = nil }
        switch message {
        case .message(let message): step(.received(message, from: frame.peer), at: now)
        case .promise(let promise): step(.receivedPromise(promise, from: frame.peer), at: now)
        case .entries(let append, let entries):
            inHand = entries
            let stubs = entries.map { EntryStub(term: $0.term, byteCount: $0.bytes.count) }
            step(.receivedEntries(append, stubs, from: frame.peer), at: now)
            inHand = []
        case .forward(let forward): receive(forward, from: frame.peer, at: now)
        case .forwardAdmitted(let admitted): receive(admitted, from: frame.peer, at: now)
        case .bootstrap(let message): answer(message, from: frame.peer, at: now)
        case .versionQuestion(let question): receive(question, from: frame.peer, at: now)
        case .versionAnswer(let answer): receive(answer, from: frame.peer)
        }
        if frame.peer == core.leader, let time = header.clock {
            clock.follow(time, at: now.monotonic)
        }
    }

    /// A connection for sending to a member was made anew.
    package mutating func connected(
        _ peer: MemberID, _ channel: Frame.Channel, at now: Moment
    ) {
        survey.abandon()
        guard channel == .bulk else { return }
        step(.connected(peer), at: now)
        if peer == core.leader { sendAgain(after: 0, at: now) }
    }

    /// A member's connection to this one broke.
    package mutating func disconnected(_ peer: MemberID, at now: Moment) {
        survey.abandon()
        step(.disconnected(peer), at: now)
    }

    /// Answers a member that is still founding the cluster which exists here already.
    private mutating func answer(
        _ message: BootstrapMessage, from peer: MemberID, at now: Moment
    ) {
        switch message {
        case .hello: send(.bootstrap(.established(cluster)), to: peer, at: now)
        case .offer(let offered, _, _):
            let reply: BootstrapMessage =
                offered == cluster ? .accepted(cluster) : .established(cluster)
            send(.bootstrap(reply), to: peer, at: now)
        case .accepted(let accepted):
            if accepted == cluster { send(.bootstrap(.begin(cluster)), to: peer, at: now) }
        case .begin, .established: break
        }
    }

    mutating func send(_ message: WireMessage, to peer: MemberID, at now: Moment) {
        output.frames.append(
            Frame(
                peer: peer, channel: message.channel,
                bytes: message.encoded(frameHeader(at: now))))
    }
}
