// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// The thread that writes and syncs: recovery, identity, log and vote, in the order asked for.
///
/// Everything that arrived during one sync is made durable by the next one together.
final class LogLane: Sendable {
    typealias Job = LogWriter.Job
    typealias Done = LogWriter.Done
    typealias RecoveryRequest = LogWriter.RecoveryRequest

    private let worker: Worker<Job>
    /// Belongs to the lane's thread; the lock around it is never contended.
    private let writer: Locked<LogWriter>

    /// Starts the thread. The directory is locked and its identity loaded before anything else.
    /// - Parameter report: Called on the lane's thread.
    init(
        fileSystem: any FileSystem, member: MemberID, report: @escaping @Sendable (Done) -> Void
    ) {
        let writer = Locked(LogWriter(fileSystem: fileSystem, member: member))
        self.writer = writer
        worker = Worker(name: "raft-log", capacity: 1 << 16) { batch in
            writer.withLock { $0.run(batch, report) }
        }
    }

    /// Queues a job.
    /// - Returns: False if the lane has so much to do that it takes no more.
    func submit(_ job: Job) -> Bool { worker.submit(job) }

    /// Does what is queued, marks the log's end, closes it and ends the thread.
    /// - Parameter onStopped: Told the error that kept the lane from doing so, if any.
    func stop(onStopped: @escaping @Sendable (RaftError?) -> Void) {
        _ = worker.submit(.mark)
        let writer = writer
        worker.stop(drain: true) {
            let failure = writer.withLock {
                $0.close()
                return $0.failure
            }
            onStopped(failure)
        }
    }
}
