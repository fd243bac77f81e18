// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// The thread that writes and syncs: recovery, identity, log and vote, in the order asked for.
///
/// Everything that arrived during one sync is made durable by the next one together.
final class LogLane: Sendable {
    /// Something to do.
    enum Job: Sendable {
        /// Lock the directory and see whose it is.
        case load
        /// Read the log.
        case recover(RecoveryRequest)
        case store(RecoveryRequest)
        case perform(LogJob)
        /// Note how far the log is durable.
        case mark
        /// A spare segment has been made.
        case spareIsReady
        /// A spare segment could not be made.
        case spareFailed
    }

    /// What was done.
    enum Done: Sendable {
        case loaded(Identity?)
        case recovered(RecoveredLog)
        case stored
        case performed(LogJobsDone)
        /// A spare segment should be made.
        case needsSpare
        case failed(RaftError)
    }

    struct RecoveryRequest: Sendable {
        let identity: Identity
        let salt: UInt64
        let options: WriteAheadLog.Options
    }

    private let worker: Worker<Job>
    private let state: Locked<State>

    /// Starts the thread. The directory is locked and its identity loaded before anything else.
    /// - Parameter report: Called on the lane's thread.
    init(
        fileSystem: any FileSystem, member: MemberID, report: @escaping @Sendable (Done) -> Void
    ) {
        let state = Locked(State(fileSystem: fileSystem, member: member))
        self.state = state
        worker = Worker(name: "raft-log", capacity: 1 << 16) { batch in
            state.withLock { $0.run(batch, report) }
        }
    }

    /// Queues a job.
    /// - Returns: False if the lane has so much to do that it takes no more.
    func submit(_ job: Job) -> Bool { worker.submit(job) }

    /// Does what is queued, marks the log's end, closes it and ends the thread.
    /// - Parameter onStopped: Told the error that kept the lane from doing so, if any.
    func stop(onStopped: @escaping @Sendable (RaftError?) -> Void) {
        _ = worker.submit(.mark)
        let state = state
        worker.stop(drain: true) {
            let failure = state.withLock {
                $0.close()
                return $0.failure
            }
            onStopped(failure)
        }
    }

    /// Belongs to the lane's thread; the lock around it is never contended.
    private struct State: Sendable {
        let fileSystem: any FileSystem
        let member: MemberID
        var log: WriteAheadLog?
        var failure: RaftError?
        /// The segment for whose successor a spare was ordered, so that a failure is not retried at once.
        var spareOrderedIn: UInt64 = 0
        /// Spares are made one at a time: two at once would write into the same file.
        var isSpareUnderWay = false
        var ownsDirectory = false

        mutating func close() {
            log?.close()
            log = nil
            if ownsDirectory { Storage.unlock(fileSystem) }
        }

        mutating func run(_ batch: [Job], _ report: (Done) -> Void) {
            guard failure == nil else { return }
            do throws(RaftError) {
                var position = 0
                while position < batch.count {
                    position = try run(batch, from: position, report)
                }
            } catch {
                failure = error
                report(.failed(error))
            }
        }

        private mutating func run(
            _ batch: [Job], from position: Int, _ report: (Done) -> Void
        ) throws(RaftError) -> Int {
            switch batch[position] {
            case .load:
                report(.loaded(try load()))
            case .recover(let request):
                let (log, recovered) = try WriteAheadLog.recover(
                    in: fileSystem, identity: request.identity, salt: request.salt,
                    options: request.options)
                self.log = log
                report(.recovered(recovered))
            case .store(let request):
                try Storage.store(
                    request.identity, salt: request.salt, options: request.options,
                    in: fileSystem)
                report(.stored)
            case .mark:
                try attempt { () throws(FileError) in try log?.mark() }
            case .spareIsReady:
                log?.spareIsReady()
                isSpareUnderWay = false
            case .spareFailed:
                isSpareUnderWay = false
            case .perform:
                var jobs: [LogJob] = []
                var end = position
                while end < batch.count, case .perform(let job) = batch[end] {
                    jobs.append(job)
                    end += 1
                }
                let done = try attempt { () throws(FileError) in try log?.perform(jobs) }
                if let done { report(.performed(done)) }
                if let log, log.needsSpare, !isSpareUnderWay,
                    spareOrderedIn != log.segment.life.number
                {
                    spareOrderedIn = log.segment.life.number
                    isSpareUnderWay = true
                    report(.needsSpare)
                }
                return end
            }
            return position + 1
        }

        /// Runs what writes into a directory that was usable when the member started.
        private func attempt<Result>(
            _ body: () throws(FileError) -> Result
        ) throws(RaftError) -> Result {
            do throws(FileError) { return try body() } catch {
                throw RaftError(.inputOutput, "the disk failed and the member stops: \(error)")
            }
        }

        private mutating func load() throws(RaftError) -> Identity? {
            try Storage.lock(fileSystem)
            ownsDirectory = true
            let identity = try Identity.load(from: fileSystem)
            if let identity, identity.member != member {
                throw RaftError(
                    .foreignCluster,
                    "the data directory \(fileSystem.location) belongs to member "
                        + "\(identity.member) of cluster \(identity.cluster), and this is member "
                        + "\(member): check the id and the directory")
            }
            return identity
        }
    }
}
