// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation

/// The library's; tests of the core have a simpler disk of the same name.
typealias StorageDisk = RaftSimulation.SimulatedDisk

/// What a log ought to amount to: a model with no files in it.
struct LogModel: Equatable {
    var hardState = HardState()
    var entries: [LogEntry] = []
    var commit = LogIndex.zero

    var lastIndex: LogIndex { LogIndex(UInt64(entries.count)) }

    mutating func apply(_ job: LogJob) {
        hardState = job.hardState
        if let from = job.truncateFrom { entries.removeLast(lastIndex - from + 1) }
        entries += job.entries
        commit = max(commit, min(job.commit, lastIndex))
    }

    static func == (a: LogModel, b: LogModel) -> Bool {
        a.hardState == b.hardState && a.commit == b.commit && a.entries == b.entries
    }
}

/// What a test found wrong, as a sentence.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// One member's storage under test: a disk, a log on it, and what the log may and must contain.
struct StorageRig {
    static let identity = Identity(
        cluster: ClusterID(high: 7, low: 8), member: member(3), incarnation: 1,
        isEstablished: false,
        members: [Peer(id: member(3), address: "10.0.0.3:7379")])

    let disk: StorageDisk
    var options = smallOptions
    var identity = Self.identity
    /// What the log amounted to when it was last certain, and after each job handed over since.
    private(set) var states = [LogModel()]
    /// How many of those jobs were said to be durable.
    private(set) var durable = 0
    private var sequence: UInt64 = 0
    private var salt: UInt64 = 1000
    private(set) var open: WriteAheadLog?

    init(_ disk: StorageDisk = StorageDisk()) { self.disk = disk }

    /// Goes on, on this rig's disk, where another stands.
    mutating func take(_ other: StorageRig) {
        options = other.options
        identity = other.identity
        states = other.states
        durable = other.durable
        sequence = other.sequence
        salt = other.salt
    }

    static func member(_ number: UInt64) -> MemberID {
        guard let id = MemberID(number) else { preconditionFailure("member \(number)") }
        return id
    }

    static var smallOptions: WriteAheadLog.Options {
        var options = WriteAheadLog.Options()
        options.segmentBytes = 2048
        options.firstSegmentBytes = 1536
        options.placementInterval = 700
        options.writeBytes = 900
        return options
    }

    /// The newest state, durable or not.
    var model: LogModel { states[states.count - 1] }

    /// The log, which must be open.
    var log: WriteAheadLog {
        get {
            guard let open else { preconditionFailure("the log is not open") }
            return open
        }
        set { open = newValue }
    }

    /// A start of the member: whatever it finds must be one of the states that are allowed, and from
    /// then on it is the only one.
    @discardableResult
    mutating func start() throws -> RecoveredLog {
        salt += 1
        open = nil
        let (log, recovered) = try WriteAheadLog.recover(
            in: disk, identity: identity, salt: salt, options: options)
        open = log
        let found = try model(of: recovered)
        guard let match = states[durable...].firstIndex(of: found) else {
            throw Violation(
                "recovered \(found.hardState), \(found.entries.count) entries, commit "
                    + "\(found.commit): none of the states after job \(durable) … "
                    + "\(states.count - 1), the first of which has \(states[durable].hardState), "
                    + "\(states[durable].entries.count) entries, commit \(states[durable].commit)")
        }
        states = [states[match]]
        durable = 0
        return recovered
    }

    /// A start that is not held against the promises: for a directory that was tampered with.
    mutating func recoverUnchecked() throws -> RecoveredLog {
        salt += 1
        return try WriteAheadLog.recover(
            in: disk, identity: identity, salt: salt, options: options
        ).1
    }

    /// Lets the next start use another salt than the first of another rig.
    mutating func skipSalt() { salt += 50 }

    /// Gives jobs to the log and takes note of its promise.
    @discardableResult
    mutating func perform(_ jobs: [LogJob]) throws -> LogJobsDone {
        for job in jobs {
            var next = model
            next.apply(job)
            states.append(next)
        }
        let done = try log.perform(jobs)
        guard done.through == jobs.last?.sequence else {
            throw Violation("jobs done through \(done.through)")
        }
        durable = states.count - 1
        return done
    }

    /// All that the member would see: checked against what recovery says of it in other ways.
    func model(of recovered: RecoveredLog) throws -> LogModel {
        var entries = recovered.tail
        if entries.count < recovered.lastIndex.rawValue {
            entries = try read(recovered, from: LogIndex(1), bytes: 1 << 20)
        }
        guard entries.count == recovered.lastIndex.rawValue,
            entries.suffix(recovered.tail.count).elementsEqual(recovered.tail),
            entries.last?.term ?? .zero == recovered.lastTerm,
            entries.last?.time ?? .zero == recovered.time,
            entries.allSatisfy({ recovered.terms.term(at: $0.index) == $0.term })
        else { throw Violation("the parts of \(recovered) contradict each other") }
        return LogModel(
            hardState: recovered.hardState, entries: entries, commit: recovered.commit)
    }

    /// Reads entries to the end, with as many jobs as it takes.
    func read(
        _ recovered: RecoveredLog, from first: LogIndex, bytes: Int
    ) throws -> [LogEntry] {
        var entries: [LogEntry] = []
        while first + entries.count <= recovered.lastIndex {
            let next = first + entries.count
            guard
                let job = recovered.map.readJob(
                    from: next, through: recovered.lastIndex, maximumBytes: bytes)
            else { throw Violation("no place is known for entry \(next)") }
            let read = try WriteAheadLog.read(job, in: disk, identity: identity)
            guard read.first?.index == next else { throw Violation("read \(read) at \(next)") }
            entries += read
        }
        return entries
    }
}

// Jobs.
extension StorageRig {
    /// A job that continues what has been handed over so far.
    mutating func job(
        term: UInt64? = nil, vote: UInt64? = nil, truncateFrom: UInt64? = nil,
        appending sizes: [Int] = [], commit: UInt64 = 0
    ) -> LogJob {
        job(after: model, term: term, vote: vote, truncateFrom: truncateFrom, sizes, commit)
    }

    /// Jobs that continue each other; each appends one entry of a size.
    mutating func jobs(appending sizes: [Int]) -> [LogJob] {
        var after = model
        return sizes.map { size in
            let job = job(after: after, [size])
            after.apply(job)
            return job
        }
    }

    mutating func job(
        after state: LogModel, term: UInt64? = nil, vote: UInt64? = nil,
        truncateFrom: UInt64? = nil, _ sizes: [Int], _ commit: UInt64 = 0
    ) -> LogJob {
        sequence += 1
        var hardState = state.hardState
        if let term { hardState = HardState(term: Term(term)) }
        if let vote { hardState.vote = Self.member(vote) }
        var index = truncateFrom.map { LogIndex($0) } ?? state.lastIndex.next
        var entries: [LogEntry] = []
        for size in sizes {
            entries.append(Self.entry(index, hardState.term, size: size, tag: sequence))
            index = index.next
        }
        return LogJob(
            sequence: sequence, hardState: hardState,
            truncateFrom: truncateFrom.map { LogIndex($0) }, entries: entries,
            commit: LogIndex(commit))
    }

    /// An entry that no other job makes: its bytes say which one did.
    static func entry(_ index: LogIndex, _ term: Term, size: Int, tag: UInt64) -> LogEntry {
        let body = [UInt8](repeating: UInt8(truncatingIfNeeded: tag &* 37 &+ 1), count: size)
        return LogEntry(
            kind: .commands, group: .first, term: term, index: index,
            time: ClusterTime(milliseconds: Int64(tag)), commandCount: 1, commands: [body[...]])
    }

    /// Any job that may come next.
    mutating func randomJob(after state: LogModel, _ random: inout SplitMix64) -> LogJob {
        let term = state.hardState.term.rawValue
        let last = state.lastIndex.rawValue
        let commit = random.next(below: 3) == 0 ? random.next(below: last + 1) : 0
        var sizes: [Int] = []
        for _ in 0..<random.next(below: 3) {
            let isLarge = random.next(below: 12) == 0
            sizes.append(Int(random.next(below: isLarge ? 2200 : 420)))
        }
        switch random.next(below: 6) {
        case 0:
            let vote = 1 + random.next(below: 5)
            return job(after: state, term: term + 1, vote: vote, [], commit)
        case 1 where last > state.commit.rawValue:
            let span = last - state.commit.rawValue
            let from = state.commit.rawValue + 1 + random.next(below: span)
            return job(after: state, term: term + 1, truncateFrom: from, sizes)
        default:
            return job(after: state, term: term == 0 ? 1 : nil, sizes, commit)
        }
    }

    /// Up to `count` random jobs.
    mutating func randomJobs(_ count: UInt64, _ random: inout SplitMix64) -> [LogJob] {
        var after = model
        return (0...random.next(below: count)).map { _ in
            let job = randomJob(after: after, &random)
            after.apply(job)
            return job
        }
    }
}
