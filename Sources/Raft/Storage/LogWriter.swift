// SPDX-License-Identifier: Apache-2.0

/// What a member's log lane does with what is asked of it: recovery, identity, log and vote, in order.
///
/// No thread of its own, so that the same code runs on one in production and in virtual time in a
/// simulation. After a failure it does nothing more.
package struct LogWriter: Sendable {
    /// Something to do.
    package enum Job: Sendable {
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
    package enum Done: Sendable {
        case loaded(Identity?)
        case recovered(RecoveredLog)
        case stored
        case performed(LogJobsDone)
        /// A spare segment should be made.
        case needsSpare
        case failed(RaftError)
    }

    /// A directory's owner, and what new segments of its log are to be like.
    package struct RecoveryRequest: Sendable {
        package let identity: Identity
        /// What tells the next segments from all others.
        package var salt: UInt64
        package let options: WriteAheadLog.Options

        package init(identity: Identity, salt: UInt64, options: WriteAheadLog.Options) {
            self.identity = identity
            self.salt = salt
            self.options = options
        }
    }

    private let fileSystem: any FileSystem
    private let member: MemberID
    private var log: WriteAheadLog?
    /// What ended the work.
    package private(set) var failure: RaftError?
    /// The segment for whose successor a spare was ordered, so that a failure is not retried at once.
    private var spareOrderedIn: UInt64 = 0
    /// Spares are made one at a time: two at once would write into the same file.
    private var isSpareUnderWay = false
    private var ownsDirectory = false

    /// Touches nothing yet.
    package init(fileSystem: any FileSystem, member: MemberID) {
        self.fileSystem = fileSystem
        self.member = member
    }

    /// Closes the log and gives the directory back.
    package mutating func close() {
        log?.close()
        log = nil
        if ownsDirectory { Storage.unlock(fileSystem) }
    }

    /// Does jobs in their order; those that follow one another in the log share a sync.
    package mutating func run(_ batch: [Job], _ report: (Done) -> Void) {
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
                request.identity, salt: request.salt, options: request.options, in: fileSystem)
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
