// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// A directory of this machine as a ``FileSystem``.
///
/// Thread-safe as the protocol asks: it keeps nothing but the directory's path and the lock.
public final class POSIXFileSystem: FileSystem {
    private let root: String
    /// The one lock a member takes.
    private let lockFile = Locked<FileDescriptor?>(nil)

    /// Uses a directory, which is created on first use if it is missing.
    /// - Parameter directory: Absolute, or relative to the process' working directory.
    public init(directory: String) { root = directory }

    /// The directory, as it was given.
    public var location: String { root }

    deinit { lockFile.withLock { $0?.close() } }

    private func path(_ path: String) -> String { path.isEmpty ? root : root + "/" + path }

    /// Opens a file; handles are descriptors.
    public func open(_ path: String, _ mode: FileOpenMode) throws(FileError) -> FileHandle {
        let flags: Files.OpenFlags =
            switch mode {
            case .read: []
            case .update: [.write]
            case .create: [.write, .create, .exclusive]
            }
        return try attempt("open", path) { () throws(SystemError) in
            FileHandle(rawValue: try Files.open(self.path(path), flags).rawValue)
        }
    }

    /// Closes a handle.
    public func close(_ file: FileHandle) { FileDescriptor(rawValue: file.rawValue).close() }

    /// The length of a file in bytes.
    public func size(of file: FileHandle) throws(FileError) -> Int {
        try attempt("size", file) { fd throws(SystemError) in try Files.size(fd) }
    }

    /// Reads up to `count` bytes and appends them to `buffer`.
    public func read(
        _ file: FileHandle, at offset: Int, count: Int, into buffer: inout [UInt8]
    ) throws(FileError) -> Int {
        let bytes = try attempt("read", file) { fd throws(SystemError) in
            try Files.pread(fd, count: count, at: offset)
        }
        buffer.append(contentsOf: bytes)
        return bytes.count
    }

    /// Writes all of `bytes`, growing the file as needed.
    public func write(
        _ file: FileHandle, at offset: Int, _ bytes: [UInt8]
    ) throws(FileError) {
        try attempt("write", file) { fd throws(SystemError) in
            try Files.pwrite(fd, bytes, at: offset)
        }
    }

    /// Makes everything written to the file durable (`fdatasync`).
    public func sync(_ file: FileHandle) throws(FileError) {
        try attempt("fdatasync", file) { fd throws(SystemError) in try Files.fdatasync(fd) }
    }

    /// Cuts a file to a length or extends it with zeros.
    public func truncate(_ file: FileHandle, to size: Int) throws(FileError) {
        try attempt("truncate", file) { fd throws(SystemError) in
            try Files.ftruncate(fd, size: size)
        }
    }

    /// Gives a file a new name, replacing what had it.
    public func rename(_ path: String, to newPath: String) throws(FileError) {
        try attempt("rename", path) { () throws(SystemError) in
            try Files.rename(self.path(path), to: self.path(newPath))
        }
    }

    /// Removes a file.
    public func remove(_ path: String) throws(FileError) {
        try attempt("remove", path) { () throws(SystemError) in
            try Files.unlink(self.path(path))
        }
    }

    /// The names in a directory, sorted.
    public func list(_ directory: String) throws(FileError) -> [String] {
        try attempt("list", directory) { () throws(SystemError) in
            try Files.list(self.path(directory))
        }
    }

    /// Creates a directory, and missing ones above it.
    public func createDirectory(_ path: String) throws(FileError) {
        try attempt("create", path) { () throws(SystemError) in
            try Files.makeDirectory(self.path(path), intermediates: true)
        }
    }

    /// Makes the names in a directory durable.
    public func syncDirectory(_ path: String) throws(FileError) {
        try attempt("sync", path) { () throws(SystemError) in
            try Files.syncDirectory(self.path(path))
        }
    }

    /// Takes the lock of the directory (`flock`); the first operation of a member.
    public func lock(_ path: String) throws(FileError) {
        try createRoot()
        let isLocked = try attempt("lock", path) { () throws(SystemError) in
            let fd = try Files.open(self.path(path), [.write, .create])
            guard try Files.tryLock(fd) else {
                fd.close()
                return false
            }
            self.lockFile.withLock { $0 = fd }
            return true
        }
        if !isLocked { throw FileError("lock", path, .locked) }
    }

    /// The member's directory is only as durable as its name in the directory above.
    private func createRoot() throws(FileError) {
        if Files.isDirectory(root) { return }
        try createDirectory("")
        try attempt("sync", "..") { () throws(SystemError) in
            try Files.syncDirectory(root + "/..")
        }
    }

    /// Releases the lock.
    public func unlock(_ path: String) {
        lockFile.withLock { file in
            file?.close()
            file = nil
        }
    }

    private func attempt<Result>(
        _ operation: String, _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(FileError) -> Result {
        do throws(SystemError) { return try body() } catch {
            throw FileError(operation, self.path(path), error.reason)
        }
    }

    private func attempt<Result>(
        _ operation: String, _ file: FileHandle,
        _ body: (FileDescriptor) throws(SystemError) -> Result
    ) throws(FileError) -> Result {
        do throws(SystemError) {
            return try body(FileDescriptor(rawValue: file.rawValue))
        } catch {
            throw FileError(operation, root, error.reason)
        }
    }
}

extension SystemError {
    fileprivate var reason: FileError.Reason {
        if isOutOfSpace { return .noSpace }
        if isNotFound { return .notFound }
        if isAlreadyPresent { return .alreadyExists }
        if isInputOutput { return .inputOutput }
        switch SystemError.name(of: errno) {
        case "ENOTDIR": return .notADirectory
        case "EROFS": return .readOnly
        default: return isPermissionDenied ? .permissionDenied : .other(errno)
        }
    }
}
