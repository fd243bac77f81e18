// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// The thread that reads old entries back and makes spare segments, beside everything that is urgent.
final class ReaderLane: Sendable {
    enum Job: Sendable {
        case read(ReplicaLogRead)
        case prepareSegment(WriteAheadLog.Options)
    }

    enum Done: Sendable {
        case read(ReplicaLogRead, [LogEntry])
        case preparedSegment
        case failedToPrepareSegment(FileError)
        case failed(RaftError)
    }

    private let worker: Worker<Job>

    /// Starts the thread.
    /// - Parameter report: Called on the lane's thread.
    init(
        fileSystem: any FileSystem, identity: Identity, group: GroupID,
        report: @escaping @Sendable (Done) -> Void
    ) {
        worker = Worker(name: "raft-reader", capacity: 1 << 10) { batch in
            for job in batch {
                do throws(RaftError) {
                    switch job {
                    case .read(let read):
                        let entries = try WriteAheadLog.read(
                            read.job, in: fileSystem, identity: identity, group: group)
                        report(.read(read, entries))
                    case .prepareSegment(let options):
                        do throws(FileError) {
                            try WriteAheadLog.prepareSegment(in: fileSystem, options: options)
                            report(.preparedSegment)
                        } catch {
                            // Not fatal: without a spare the log makes its next segment itself.
                            report(.failedToPrepareSegment(error))
                        }
                    }
                } catch {
                    report(.failed(error))
                }
            }
        }
    }

    /// Queues a job; false if the lane takes no more.
    func submit(_ job: Job) -> Bool { worker.submit(job) }

    /// Ends the thread; what is queued is dropped.
    func stop(onStopped: @escaping @Sendable () -> Void) {
        worker.stop(drain: false, onStopped: onStopped)
    }
}
