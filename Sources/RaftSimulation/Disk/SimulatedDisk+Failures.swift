// SPDX-License-Identifier: Apache-2.0

public import Raft

extension SimulatedDisk {
    /// What can be made to fail.
    public enum Operation: Int, Hashable, Sendable, CaseIterable {
        /// Opening a file that exists.
        case open
        /// Creating a file.
        case create
        /// Reading, and asking for a size.
        case read
        /// Writing.
        case write
        /// Syncing a file.
        case sync
        /// Cutting or extending a file.
        case truncate
        /// Renaming a file.
        case rename
        /// Removing a file.
        case remove
        /// Listing a directory.
        case list
        /// Creating a directory.
        case createDirectory
        /// Syncing a directory.
        case syncDirectory
        /// Taking a lock.
        case lock

        var changesSomething: Bool {
            switch self {
            case .open, .read, .list: false
            case .create, .write, .sync, .truncate, .rename, .remove: true
            case .createDirectory, .syncDirectory, .lock: true
            }
        }
    }

    /// Why every operation fails once the machine has stopped; see ``stop(after:)``.
    public static let stopped = FileError.Reason.other(Int32.max)

    /// Whether the machine has stopped: nothing works any more until ``kill()`` or
    /// ``crash(_:random:)``.
    public var isStopped: Bool { state.stopsAfter.map { state.operationCount >= $0 } ?? false }

    /// Lets the machine stop once ``operationCount`` has reached a number; every operation after that
    /// throws ``stopped``.
    public func stop(after operation: Int) { state.stopsAfter = operation }

    /// Lets one operation fail.
    /// - Parameters:
    ///   - operation: Of which kind.
    ///   - number: The how-manieth from now on; 1 is the next.
    ///   - reason: What it throws.
    ///   - partial: Of a write, how many bytes are written all the same.
    public func fail(
        _ operation: Operation, number: Int = 1, with reason: FileError.Reason, partial: Int = 0
    ) {
        precondition(number > 0, "failing operation number \(number) from now on")
        state.failures.append(
            SimulatedDiskFailure(
                operation: operation, number: number, reason: reason, partial: partial))
    }

    /// Lets the disk be full, or no longer.
    /// - Parameter fullness: What it refuses; nil if it has space.
    public func fill(_ fullness: FullDisk?) { state.fullness = fullness }
}

/// What a full disk refuses.
public enum FullDisk: Hashable, Sendable, CaseIterable {
    /// To let files grow; what is there can be written over.
    case growth
    /// Every write, as file systems do that never write in place, and every new file.
    case everything
}

/// What came of failures, for whoever wants to know whether they were reached.
public struct DiskIncidents: Hashable, Sendable {
    /// Operations that were made to fail.
    public internal(set) var failedOperations = 0
    /// Failed syncs that had something to drop.
    public internal(set) var droppedSyncs = 0
    /// Operations refused because the disk was full.
    public internal(set) var refusedForSpace = 0
    /// Reads of what cannot be read.
    public internal(set) var failedReads = 0
    /// Files of which the last power cut lost something.
    public internal(set) var filesCutShort = 0

    /// Nothing yet.
    public init() {}

    /// Whether an operation failed through no fault of the process.
    public var isAnythingFailed: Bool { failedOperations + refusedForSpace + failedReads > 0 }
}

/// A failure that is to come.
struct SimulatedDiskFailure {
    let operation: SimulatedDisk.Operation
    var number: Int
    let reason: FileError.Reason
    let partial: Int
}

/// A failure that has come.
struct SimulatedFailure: Error {
    let reason: FileError.Reason
    let partial: Int
    /// Whether it was asked for by kind, rather than by the machine's end.
    let isInjected: Bool
}
