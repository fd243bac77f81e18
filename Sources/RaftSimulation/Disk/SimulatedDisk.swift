// SPDX-License-Identifier: Apache-2.0

public import Raft

/// A file system in memory that loses what a real one may lose.
///
/// Each file has what is on the medium and, in order, the changes that no sync has covered yet; reads
/// see all of them, as through a page cache. So has each directory, for names. ``kill()`` ends the
/// process, ``crash(_:random:)`` cuts the power; in between, operations can be made to fail
/// (``fail(_:number:with:partial:)``) or the machine to stop at a given one (``stop(after:)``).
///
/// Deterministic: the same calls and the same random numbers give the same bytes. For one thread.
public final class SimulatedDisk: FileSystem, @unchecked Sendable {
    // Not Sendable in truth: the simulated world runs on one thread.
    var state = SimulatedDiskState()

    /// Creates an empty disk.
    public init() {}

    /// A second disk with the same contents, unsynced changes, open files, locks and faults.
    public func clone() -> SimulatedDisk {
        let copy = SimulatedDisk()
        copy.state = state
        return copy
    }

    /// How many operations that change something have been begun: all but reading, listing and closing.
    public var operationCount: Int { state.operationCount }

    /// How many operations of a kind have been begun.
    public func count(of operation: Operation) -> Int { state.counts[operation.rawValue] }

    /// Whether the page cache may show other bytes than what is on the medium or on its way there.
    var hidesSomething: Bool { state.hidesSomething }

    /// What came of failures since the last ``kill()`` or ``crash(_:random:)``.
    public internal(set) var incidents: DiskIncidents {
        get { state.incidents }
        set { state.incidents = newValue }
    }

    // MARK: FileSystem

    /// The same for all: they have no place.
    public var location: String { "simulated disk" }

    /// Opens a file.
    public func open(_ path: String, _ mode: FileOpenMode) throws(FileError) -> FileHandle {
        switch mode {
        case .read, .update:
            try state.begin(.open, path)
            guard case .file(let number)? = state.entry(path) else {
                throw FileError("open", path, .notFound)
            }
            return state.newHandle(number, path, isWritable: mode == .update)
        case .create:
            try state.begin(.create, path)
            guard state.entry(path) == nil else { throw FileError("open", path, .alreadyExists) }
            if case .everything? = state.fullness { throw refused("open", path) }
            state.files.append(SimulatedFile())
            let number = state.files.count - 1
            let (directory, name) = SimulatedDiskState.split(path)
            try state.change(directory, [(name, .file(number))], "open")
            return state.newHandle(number, path, isWritable: true)
        }
    }

    /// Closes a handle.
    public func close(_ file: FileHandle) { state.handles[file] = nil }

    /// The length of a file in bytes.
    public func size(of file: FileHandle) throws(FileError) -> Int {
        let open = try state.opened(file, "size")
        try state.begin(.read, open.path)
        return state.files[open.number].visible.count
    }

    /// Reads what the process would see, synced or not.
    public func read(
        _ file: FileHandle, at offset: Int, count: Int, into buffer: inout [UInt8]
    ) throws(FileError) -> Int {
        let open = try state.opened(file, "read")
        try state.begin(.read, open.path)
        let length = state.files[open.number].visible.count
        guard offset < length else { return 0 }
        let end = min(length, offset + count)
        if state.files[open.number].unreadable.contains(where: { $0.overlaps(offset..<end) }) {
            state.incidents.failedReads += 1
            throw FileError("read", open.path, .inputOutput)
        }
        buffer.append(contentsOf: state.files[open.number].visible[offset..<end])
        return end - offset
    }

    /// Writes to the page cache.
    public func write(_ file: FileHandle, at offset: Int, _ bytes: [UInt8]) throws(FileError) {
        let open = try state.opened(file, "write")
        guard open.isWritable else { throw FileError("write", open.path, .permissionDenied) }
        do throws(SimulatedFailure) {
            try state.count(.write)
        } catch {
            // What was written before the failure stays written.
            write(bytes.prefix(error.partial), at: offset, open)
            throw FileError("write", open.path, error.reason)
        }
        if let fullness = state.fullness {
            let room = room(at: offset, for: bytes.count, in: open, fullness)
            if room < bytes.count {
                write(bytes.prefix(room), at: offset, open)
                throw refused("write", open.path)
            }
        }
        state.files[open.number].change(.write(offset: offset, bytes))
    }

    private func write(
        _ part: ArraySlice<UInt8>, at offset: Int, _ open: SimulatedDiskState.OpenFile
    ) {
        guard !part.isEmpty else { return }
        state.files[open.number].change(.write(offset: offset, Array(part)))
    }

    /// How many bytes of a write a full disk has room for.
    private func room(
        at offset: Int, for count: Int, in open: SimulatedDiskState.OpenFile, _ fullness: FullDisk
    ) -> Int {
        switch fullness {
        case .everything: return 0
        case .growth:
            // The block that the file ends in is there.
            let block = Self.sectorLength
            let size = (state.files[open.number].visible.count + block - 1) / block * block
            return max(0, min(count, size - offset))
        }
    }

    private func refused(_ operation: String, _ path: String) -> FileError {
        state.incidents.refusedForSpace += 1
        return FileError(operation, path, .noSpace)
    }

    /// Moves a file's changes to the medium.
    ///
    /// If made to fail it drops them instead, as Linux does: they stay visible until ``dropCaches()``
    /// or ``crash(_:random:)``, are never written, and the next sync succeeds.
    public func sync(_ file: FileHandle) throws(FileError) {
        let open = try state.opened(file, "sync")
        do throws(SimulatedFailure) {
            try state.count(.sync)
        } catch {
            if error.isInjected, !state.files[open.number].pending.isEmpty {
                state.files[open.number].pending.removeAll()
                state.hidesSomething = true
                state.incidents.droppedSyncs += 1
            }
            throw FileError("sync", open.path, error.reason)
        }
        state.files[open.number].sync()
    }

    /// Cuts a file to a length or extends it with zeros.
    public func truncate(_ file: FileHandle, to size: Int) throws(FileError) {
        let open = try state.opened(file, "truncate")
        guard open.isWritable else { throw FileError("truncate", open.path, .permissionDenied) }
        try state.begin(.truncate, open.path)
        state.files[open.number].change(.truncate(size))
    }

    /// Gives a file a new name in the same directory.
    public func rename(_ path: String, to newPath: String) throws(FileError) {
        try state.begin(.rename, path)
        let (directory, name) = SimulatedDiskState.split(newPath)
        guard SimulatedDiskState.split(path).directory == directory else {
            throw FileError("rename", path, .other(18))
        }
        guard let target = state.entry(path) else {
            throw FileError("rename", path, .notFound)
        }
        let oldName = SimulatedDiskState.split(path).name
        try state.change(directory, [(oldName, nil), (name, target)], "rename")
    }

    /// Removes a file's name; open handles keep the file.
    public func remove(_ path: String) throws(FileError) {
        try state.begin(.remove, path)
        guard case .file? = state.entry(path) else { throw FileError("remove", path, .notFound) }
        let (directory, name) = SimulatedDiskState.split(path)
        try state.change(directory, [(name, nil)], "remove")
    }

    /// The names in a directory, sorted.
    public func list(_ directory: String) throws(FileError) -> [String] {
        try state.begin(.list, directory)
        guard let names = state.directories[directory]?.visible.keys else {
            throw FileError("list", directory, .notFound)
        }
        return names.sorted()
    }

    /// Creates a directory.
    public func createDirectory(_ path: String) throws(FileError) {
        try state.begin(.createDirectory, path)
        guard state.directories[path] == nil else { return }
        let (directory, name) = SimulatedDiskState.split(path)
        try state.change(directory, [(name, .directory)], "createDirectory")
        state.directories[path] = SimulatedDirectory()
    }

    /// Moves the changes to a directory's names to the medium.
    public func syncDirectory(_ path: String) throws(FileError) {
        try state.begin(.syncDirectory, path)
        guard state.directories[path] != nil else {
            throw FileError("syncDirectory", path, .notFound)
        }
        state.directories[path]?.sync()
    }

    /// Releases a lock.
    public func unlock(_ path: String) { state.locks.removeAll { $0 == path } }

    /// Takes a lock that ``unlock(_:)``, or the next ``kill()`` or ``crash(_:random:)``, releases.
    public func lock(_ path: String) throws(FileError) {
        try state.begin(.lock, path)
        guard !state.locks.contains(path) else { throw FileError("lock", path, .locked) }
        state.locks.append(path)
    }
}
