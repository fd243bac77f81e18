// SPDX-License-Identifier: Apache-2.0

/// The files under a member's directory: synchronous, like the system calls it stands for.
///
/// Asynchrony is one level up: whole jobs run on a lane in production and at a moment of virtual time
/// in simulation. What is written is lost in a power cut unless ``sync(_:)`` returned afterwards; what
/// is created, renamed or removed is undone unless ``syncDirectory(_:)`` returned afterwards.
///
/// Paths are relative to the member's directory and use `/`. Implementations must be safe to call from
/// several threads as long as no two use one handle at the same time.
public protocol FileSystem: Sendable {
    /// Which directory it is, for messages to people only.
    var location: String { get }

    /// Opens a file.
    /// - Throws: `notFound` if it must exist and does not, `alreadyExists` if it must not and does.
    func open(_ path: String, _ mode: FileOpenMode) throws(FileError) -> FileHandle

    /// Closes a handle. Says nothing about durability.
    func close(_ file: FileHandle)

    /// The length of a file in bytes.
    func size(of file: FileHandle) throws(FileError) -> Int

    /// Reads up to `count` bytes and appends them to `buffer`.
    /// - Returns: How many were read; fewer than asked for only at the end of the file.
    func read(
        _ file: FileHandle, at offset: Int, count: Int, into buffer: inout [UInt8]
    ) throws(FileError) -> Int

    /// Writes all of `bytes`, growing the file as needed.
    /// - Throws: `noSpace` or another error, after any part of the bytes may have been written.
    func write(_ file: FileHandle, at offset: Int, _ bytes: [UInt8]) throws(FileError)

    /// Makes everything written to the file durable (`fdatasync`).
    ///
    /// After an error nothing is known about any byte written since the last success: the handle must
    /// not be used again and nothing unsynced may be read back as if it were on disk.
    func sync(_ file: FileHandle) throws(FileError)

    /// Cuts a file to a length or extends it with zeros.
    func truncate(_ file: FileHandle, to size: Int) throws(FileError)

    /// Gives a file a new name, replacing what had it.
    func rename(_ path: String, to newPath: String) throws(FileError)

    /// Removes a file.
    func remove(_ path: String) throws(FileError)

    /// The names in a directory, sorted; `""` is the member's directory itself.
    func list(_ directory: String) throws(FileError) -> [String]

    /// Creates a directory; does nothing if it exists.
    func createDirectory(_ path: String) throws(FileError)

    /// Makes the names in a directory durable; `""` is the member's directory itself.
    func syncDirectory(_ path: String) throws(FileError)

    /// Takes the exclusive lock that keeps others out; held until it is released or the process ends.
    /// - Throws: `locked` if another holds it.
    func lock(_ path: String) throws(FileError)

    /// Releases a lock; does nothing if it is not held.
    func unlock(_ path: String)
}

/// An open file.
public struct FileHandle: Hashable, Sendable {
    /// A number that means something to the file system that gave it.
    public let rawValue: Int32

    /// Creates a handle; only file systems do.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// How a file is opened.
public enum FileOpenMode: Sendable {
    /// For reading; it must exist.
    case read
    /// For reading and writing; it must exist.
    case update
    /// For reading and writing; it must not exist yet.
    case create
}

/// A failed file operation: what, on which file, why.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why it failed, as far as a caller can act on it.
    public enum Reason: Hashable, Sendable {
        /// No such file or directory.
        case notFound
        /// The name is taken.
        case alreadyExists
        /// The device or quota is full.
        case noSpace
        /// The device failed.
        case inputOutput
        /// Another process holds the lock.
        case locked
        /// The process may not do this.
        case permissionDenied
        /// The path, or something it leads through, is a file where a directory is needed.
        case notADirectory
        /// The file system is mounted for reading only.
        case readOnly
        /// Anything else, with the system's error number.
        case other(Int32)
    }

    /// The operation, such as `"open"`.
    public let operation: String
    /// The file, relative to the member's directory.
    public let path: String
    /// Why it failed.
    public let reason: Reason

    /// Creates an error.
    public init(_ operation: String, _ path: String, _ reason: Reason) {
        self.operation = operation
        self.path = path
        self.reason = reason
    }

    /// One line for a log.
    public var description: String {
        let why =
            switch reason {
            case .notFound: "no such file or directory"
            case .alreadyExists: "already exists"
            case .noSpace: "no space left on the device"
            case .inputOutput: "input/output error"
            case .locked: "locked by another process"
            case .permissionDenied: "permission denied"
            case .notADirectory: "not a directory"
            case .readOnly: "on a read-only file system"
            case .other(let number): "error \(number)"
            }
        return "\(operation) \(path.isEmpty ? "." : path): \(why)"
    }
}
