// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

/// A directory whose lock is given and taken back only when a test says so, and one file of which is opened
/// only then: it holds a node up at the beginning and at the end of its life, or one of its lanes.
final class GatedFileSystem: FileSystem {
    /// A call that waits for a test, which can wait for the call.
    struct Barrier: Sendable {
        private let gate = Gate()
        private let arrival = AsyncStream<Never>.makeStream()

        /// Blocks; on the log's own thread.
        fileprivate func pass() {
            arrival.continuation.finish()
            gate.wait()
        }

        /// Waits until the call has come.
        func arrived() async { for await _ in arrival.stream {} }

        /// Lets the call go on.
        func open() { gate.open() }
    }

    let locking = Barrier()
    let unlocking = Barrier()
    let opening = Barrier()
    private let files: POSIXFileSystem
    private let held: String?

    /// - Parameter held: The file that waits for ``opening``.
    init(directory: String, holding held: String? = nil) {
        files = POSIXFileSystem(directory: directory)
        self.held = held
    }

    var location: String { files.location }

    func lock(_ path: String) throws(FileError) {
        locking.pass()
        try files.lock(path)
    }

    func unlock(_ path: String) {
        unlocking.pass()
        files.unlock(path)
    }

    func open(_ path: String, _ mode: FileOpenMode) throws(FileError) -> FileHandle {
        if path == held { opening.pass() }
        return try files.open(path, mode)
    }

    func close(_ file: FileHandle) { files.close(file) }

    func size(of file: FileHandle) throws(FileError) -> Int { try files.size(of: file) }

    func read(
        _ file: FileHandle, at offset: Int, count: Int, into buffer: inout [UInt8]
    ) throws(FileError) -> Int {
        try files.read(file, at: offset, count: count, into: &buffer)
    }

    func write(_ file: FileHandle, at offset: Int, _ bytes: [UInt8]) throws(FileError) {
        try files.write(file, at: offset, bytes)
    }

    func sync(_ file: FileHandle) throws(FileError) { try files.sync(file) }

    func truncate(_ file: FileHandle, to size: Int) throws(FileError) {
        try files.truncate(file, to: size)
    }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        try files.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(FileError) { try files.remove(path) }

    func list(_ directory: String) throws(FileError) -> [String] { try files.list(directory) }

    func createDirectory(_ path: String) throws(FileError) { try files.createDirectory(path) }

    func syncDirectory(_ path: String) throws(FileError) { try files.syncDirectory(path) }
}
