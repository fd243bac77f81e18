// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// What runs on a node's loop: its replica, its state machine, and whoever waits for them.
///
/// Confined to the loop's thread, but for ``request(_:)`` and what the other lanes and the transport
/// hand in through mailboxes.
final class NodeLane<Machine: StateMachine & ~Copyable>: LoopMember, @unchecked Sendable {
    typealias Completion = PendingProposals<Machine.Output>.Completion
    typealias SessionCompletion = PendingProposals<Machine.Output>.SessionCompletion

    /// What callers ask for.
    enum Request: Sendable {
        case submit(ProposalBatch, Patience, Completion)
        case operate(SessionOperation, Patience, SessionCompletion)
        case read(ReadConsistency, Patience, Reader)
        case withdrawProposal(any RevocableCall)
        case withdrawRead(any RevocableCall)
        case status(@Sendable (NodeStatus) -> Void)
    }

    /// How long a caller waits, unless it takes the call back before.
    struct Patience: Sendable {
        var deadline: MonotonicTime?
        var call: (any RevocableCall)?
    }

    /// What comes from other threads.
    enum Input: Sendable {
        case log(LogLane.Done)
        case reader(ReaderLane.Done)
    }

    enum Phase {
        case idle
        /// The directory is being read.
        case loading
        case bootstrapping(Bootstrap)
        case recovering(Identity)
        /// `ready` has been said once the member knows a leader and has caught up with it.
        case serving
        /// What clients wait for is being finished, until the deadline.
        case draining(until: MonotonicTime)
        case closing
        case ended
    }

    let configuration: NodeConfiguration
    let transport: any Transport
    let fileSystem: any FileSystem
    let loop: EventLoop
    let observe: @Sendable (NodeEvent) -> Void

    let requests = Mailbox<Request>()
    let inputs = Mailbox<Input>()
    let arrivals = Mailbox<TransportEvent>()
    var takenRequests: [Request] = []
    var takenInputs: [Input] = []
    var takenArrivals: [TransportEvent] = []

    var phase = Phase.idle
    var replica: Replica?
    var applier: Applier<Machine>
    var pending = PendingProposals<Machine.Output>()
    var readers: [UInt64: Reader] = [:]
    var nextReader: UInt64 = 1

    var logLane: LogLane?
    var readerLane: ReaderLane?
    var logOptions = WriteAheadLog.Options()
    var random: SplitMix64
    var isTransportStarted = false
    /// Whether the node is to end before it has begun.
    var isStopAsked = false
    var isReady = false
    /// Of no interest any more once the member was ready.
    var foreignMembers = ForeignMembers()
    let hasEnded = Locked(false)
    /// How the node was doing when it ended.
    let lastStatus: Locked<NodeStatus>
    var lastMissing: [MemberID] = []
    /// When the log was last written, as long as its end is not marked.
    var unmarkedSince: MonotonicTime?
    var end: (@Sendable (RaftError?) -> Void)?
    var outcome: RaftError?

    struct Reader: Sendable {
        let body: @Sendable (borrowing Machine, ReadContext) -> Void
        let failure: @Sendable (ReadError) -> Void
    }

    init(
        _ configuration: NodeConfiguration, environment: Machine.Environment,
        transport: any Transport, fileSystem: any FileSystem, loop: EventLoop,
        observe: @escaping @Sendable (NodeEvent) -> Void
    ) {
        self.configuration = configuration
        self.transport = transport
        self.fileSystem = fileSystem
        self.loop = loop
        self.observe = observe
        applier = Applier(environment)
        lastStatus = Locked(
            NodeStatus(
                member: configuration.member, cluster: nil, role: .follower, isLearner: false,
                term: .zero, leader: nil, commitIndex: .zero, appliedIndex: .zero,
                stateHash: nil, lastIndex: .zero, snapshotIndex: .zero, logBytes: 0, voters: [],
                learners: [], clusterTime: .zero, wallClockOffset: nil, clockAlarm: nil,
                machineVersion: nil, machineVersions: Machine.machineVersions))
        random = SplitMix64(seed: SystemRandom.uint64())
        logOptions.group = configuration.options.group
        logOptions.segmentBytes = configuration.segmentBytes
        logOptions.firstSegmentBytes = min(logOptions.firstSegmentBytes, configuration.segmentBytes)
        logOptions.windowBytes = configuration.options.windowBytes
    }

    /// Hands in a request; from any thread.
    func request(_ request: Request) {
        if requests.append(request) { loop.wake() }
        // Either this sees the end, or the end sees the request.
        if hasEnded.withLock({ $0 }) { refuseRequests() }
    }

    /// Tells whoever asked too late; from any thread.
    func refuseRequests() {
        var refused: [Request] = []
        requests.swap(into: &refused)
        for request in refused {
            switch request {
            case .submit(let batch, _, let completion):
                completion(Self.rejections(batch.count, .stopped))
            case .operate(_, _, let completion): completion(.failure(.rejected(.stopped)))
            case .read(_, _, let reader): reader.failure(.stopped)
            // All that had begun has been told.
            case .withdrawProposal, .withdrawRead: break
            case .status(let body): body(lastStatus.withLock { $0 })
            }
        }
    }

    private static func rejections(
        _ count: Int, _ reason: ProposalError.Rejection
    ) -> [ProposalResult<Machine.Output>] {
        (0..<count).map { ProposalResult(ordinal: $0, result: .failure(.rejected(reason))) }
    }

    func input(_ input: Input) {
        if inputs.append(input) { loop.wake() }
    }

    /// Begins the node's life.
    func start(_ end: @escaping @Sendable (RaftError?) -> Void) {
        guard case .idle = phase else {
            return end(RaftError(.invalidConfiguration, "a node can be run only once"))
        }
        self.end = end
        if isStopAsked {
            phase = .closing
            return ended()
        }
        phase = .loading
        loop.add(self, phase: .process)
        let lane = LogLane(fileSystem: fileSystem, member: configuration.member) { done in
            self.input(.log(done))
        }
        logLane = lane
        submit(.load)
    }

    func turn(now: UInt64) -> Turn {
        let now = Moment(
            monotonic: MonotonicTime(nanoseconds: now),
            wall: ClusterTime(milliseconds: SystemClock.wallMilliseconds()))
        takeInputs(at: now)
        takeArrivals(at: now)
        takeRequests(at: now)
        let deadline =
            switch phase {
            case .bootstrapping: turnBootstrap(at: now)
            case .serving, .draining: turnReplica(at: now)
            case .idle, .loading, .recovering, .closing, .ended: Turn()
            }
        return deadline
    }

    /// The moment after a time from now on, however long that is; from any thread.
    func deadline(in interval: Interval) -> MonotonicTime {
        let (sum, overflows) = SystemClock.monotonicNanoseconds()
            .addingReportingOverflow(interval.nanoseconds)
        return MonotonicTime(nanoseconds: overflows ? .max : sum)
    }

    /// The clocks in the middle of a turn.
    var moment: Moment {
        Moment(
            monotonic: MonotonicTime(nanoseconds: loop.now),
            wall: ClusterTime(milliseconds: SystemClock.wallMilliseconds()))
    }

    /// Hands a job to the log lane; does nothing once the node closes, when there is none any more.
    func submit(_ job: LogLane.Job) {
        guard let logLane else { return }
        guard logLane.submit(job) else {
            return fail(
                RaftError(.inputOutput, "the disk is too far behind: 65,536 jobs wait for it"))
        }
    }
}

// What other threads hand in.
extension NodeLane where Machine: ~Copyable {
    private func takeInputs(at now: Moment) {
        inputs.swap(into: &takenInputs)
        for input in takenInputs {
            switch input {
            case .log(.loaded(let identity)): loaded(identity)
            case .log(.stored): perform(takeBootstrap { $0.stored() })
            case .log(.recovered(let recovered)): serve(recovered, at: now)
            case .log(.performed(let done)): replica?.logJobsDone(done, at: now)
            case .log(.needsSpare): _ = readerLane?.submit(.prepareSegment(logOptions))
            case .log(.failed(let error)): fail(error)
            case .reader(.read(let read, let entries)):
                replica?.logReadDone(read, entries, at: now)
            case .reader(.preparedSegment): submit(.spareIsReady)
            case .reader(.failedToPrepareSegment(let error)):
                observe(.diskTrouble("\(error)"))
                submit(.spareFailed)
            case .reader(.failed(let error)): fail(error)
            }
        }
    }

    private func takeArrivals(at now: Moment) {
        arrivals.swap(into: &takenArrivals)
        for event in takenArrivals {
            switch event {
            case .received(let frame): receive(frame, at: now)
            case .connected(let peer, let channel):
                if !isReady { foreignMembers.accepted(by: peer) }
                replica?.connected(peer, channel, at: now)
            case .disconnected(let peer): replica?.disconnected(peer, at: now)
            case .refused(let peer, let refusal):
                observe(.refused(peer, refusal.text))
                takeRefusal(refusal.cause, of: peer)
            }
        }
    }

    private func receive(_ frame: Frame, at now: Moment) {
        do throws(DecodingFailure) {
            switch phase {
            case .bootstrapping: try receiveBootstrap(frame)
            case .serving, .draining: try replica?.receive(frame, at: now)
            case .idle, .loading, .recovering, .closing, .ended: break
            }
        } catch {
            observe(.malformedFrame(frame.peer, "\(error)"))
        }
    }

    private func takeRequests(at now: Moment) {
        requests.swap(into: &takenRequests)
        for request in takenRequests {
            switch request {
            case .submit(let batch, let patience, let completion):
                submit(batch, patience, completion, at: now)
            case .operate(let operation, let patience, let completion):
                operate(operation, patience, completion, at: now)
            case .read(let consistency, let patience, let reader):
                read(consistency, patience, reader, at: now)
            case .withdrawProposal(let call):
                if let sequence = call.number { replica?.withdraw(sequence) }
            case .withdrawRead(let call): withdrawRead(call)
            case .status(let body): body(status(at: now))
            }
        }
    }

    var isServing: Bool {
        if case .serving = phase { return true }
        return false
    }

    private func submit(
        _ batch: ProposalBatch, _ patience: Patience, _ completion: @escaping Completion,
        at now: Moment
    ) {
        guard begins(patience) else { return }
        let count = batch.count
        switch propose(batch, patience, at: now) {
        case .success(let sequences): pending.add(sequences, completion)
        case .failure(let rejection):
            completion(Self.rejections(count, rejection.reason))
        }
    }

    private func operate(
        _ operation: SessionOperation, _ patience: Patience,
        _ completion: @escaping SessionCompletion, at now: Moment
    ) {
        guard begins(patience) else { return }
        switch propose(ProposalBatch(operation), patience, at: now) {
        case .success(let sequences): pending.add(sequences.lowerBound, completion)
        case .failure(let rejection): completion(.failure(.rejected(rejection.reason)))
        }
    }

    /// Whether a proposal is to begin: its caller has not taken it back.
    private func begins(_ patience: Patience) -> Bool {
        patience.call?.begin(as: replica?.nextSequence ?? 0) ?? true
    }

    private func propose(
        _ batch: ProposalBatch, _ patience: Patience, at now: Moment
    ) -> Result<Range<UInt64>, Replica.RejectedProposal> {
        guard isServing else { return .failure(.init(reason: isReady ? .stopped : .noLeader)) }
        return replica?.propose(batch, deadline: patience.deadline, at: now)
            ?? .failure(.init(reason: .stopped))
    }

    private func read(
        _ consistency: ReadConsistency, _ patience: Patience, _ reader: Reader, at now: Moment
    ) {
        guard patience.call?.begin(as: nextReader) ?? true else { return }
        guard isServing else { return reader.failure(isReady ? .stopped : .unavailable) }
        switch consistency {
        case .stale:
            reader.body(
                applier.machine, ReadContext(appliedIndex: applier.index, now: applier.now))
        case .linearizable:
            guard replica?.read(nextReader, deadline: patience.deadline, at: now) == true else {
                return reader.failure(.overloaded)
            }
            readers[nextReader] = reader
            nextReader += 1
        }
    }

    private func withdrawRead(_ call: any RevocableCall) {
        guard let token = call.number, let reader = readers.removeValue(forKey: token) else {
            return
        }
        replica?.withdrawRead(token)
        reader.failure(.cancelled)
    }

    var clusterTime: ClusterTime { replica?.clusterTime(at: moment) ?? .zero }

    func status(at now: Moment) -> NodeStatus {
        let core = replica?.core
        return NodeStatus(
            member: configuration.member, cluster: replica?.cluster,
            role: core?.role ?? .follower,
            isLearner: core?.configuration.learners.contains(configuration.member) ?? false,
            term: core?.term ?? .zero, leader: core?.leader,
            commitIndex: core?.commitIndex ?? .zero, appliedIndex: applier.index,
            stateHash: applier.stateHash, lastIndex: core?.log.lastIndex ?? .zero,
            snapshotIndex: .zero,
            logBytes: replica?.logBytes ?? 0, voters: core?.configuration.voters ?? [],
            learners: core?.configuration.learners ?? [],
            clusterTime: replica?.clusterTime(at: now) ?? .zero,
            wallClockOffset: replica?.wallClockOffset(at: now), clockAlarm: replica?.clockAlarm,
            machineVersion: replica?.machineVersion, machineVersions: applier.versions)
    }
}
