// SPDX-License-Identifier: Apache-2.0

public import Raft

extension SimulatedDisk {
    /// What can be made to fail.
    public enum Operation: Hashable, Sendable, CaseIterable {
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
        state.faults.append(
            SimulatedDiskFault(
                operation: operation, number: number, reason: reason, partial: partial))
    }

    /// Lets rot one bit of a file, on the medium and in the cache.
    public func flipBit(_ path: String, at offset: Int, bit: Int = 0) {
        mutate(path) { bytes in
            if offset < bytes.count { bytes[offset] ^= 1 << UInt8(bit) }
        }
    }

    /// Puts bytes into a file behind everybody's back, on the medium and in the cache.
    public func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) {
        mutate(path) { SimulatedFile.apply(.write(offset: offset, bytes), to: &$0) }
    }

    /// Cuts a file behind everybody's back, on the medium and in the cache.
    public func cut(_ path: String, to size: Int) {
        mutate(path) { SimulatedFile.apply(.truncate(size), to: &$0) }
    }

    /// The bytes that a power cut now would certainly leave under a path; nil if there would be none.
    public func durableImage(_ path: String) -> [UInt8]? {
        let (directory, name) = SimulatedDiskState.split(path)
        guard case .file(let number)? = state.directories[directory]?.durable[name] else {
            return nil
        }
        return state.files[number].durable
    }

    /// The bytes that a process sees under a path; nil if there is no such file.
    public func visibleImage(_ path: String) -> [UInt8]? {
        guard case .file(let number)? = state.entry(path) else { return nil }
        return state.files[number].visible
    }

    /// Drops clean pages: what a failed sync gave up is no longer seen.
    public func dropCaches() {
        for number in state.files.indices {
            var bytes = state.files[number].durable
            for change in state.files[number].pending { SimulatedFile.apply(change, to: &bytes) }
            state.files[number].visible = bytes
        }
    }

    private func mutate(_ path: String, _ body: (inout [UInt8]) -> Void) {
        guard case .file(let number)? = state.entry(path) else {
            preconditionFailure("no file \(path) on the simulated disk")
        }
        body(&state.files[number].durable)
        body(&state.files[number].visible)
    }
}

/// A failure that is to come.
struct SimulatedDiskFault {
    let operation: SimulatedDisk.Operation
    var number: Int
    let reason: FileError.Reason
    let partial: Int
}

/// A failure that has come.
struct SimulatedFault: Error {
    let reason: FileError.Reason
    let partial: Int
    /// Whether it was asked for by kind, rather than by the machine's end.
    let isInjected: Bool
}
