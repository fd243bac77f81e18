// SPDX-License-Identifier: Apache-2.0

/// A member's directory: what stands in it, and who may use it.
///
/// ```
/// LOCK                        held by the process that uses the directory
/// identity                    who the member is, see ``Identity``
/// wal/0000000000000001.log    the log's segments, see ``WriteAheadLog``
/// ```
package enum Storage {
    static let lockPath = "LOCK"
    static let logDirectory = "wal"
    /// A segment made ahead of need, see ``WriteAheadLog/prepareSegment(in:options:)``.
    static let sparePath = "wal/spare"
    /// A segment that is being made.
    static let nextPath = "wal/next"

    /// Takes the directory for this process, until it ends.
    /// - Throws: `.directoryLocked` if another process has it, `.directoryUnusable` or `.inputOutput`
    ///   if the lock cannot be taken at all.
    package static func lock(_ fileSystem: any FileSystem) throws(RaftError) {
        do throws(FileError) {
            try fileSystem.lock(lockPath)
        } catch {
            guard error.reason == .locked else { throw RaftError(error) }
            throw RaftError(
                .directoryLocked,
                "the data directory \(fileSystem.location) is in use by another process, which holds "
                    + "the lock on its file \(lockPath): stop that process or choose another "
                    + "directory")
        }
    }

    /// Gives the directory back before the process ends.
    package static func unlock(_ fileSystem: any FileSystem) { fileSystem.unlock(lockPath) }

    /// Writes a member's identity down.
    ///
    /// Before an established one its log is made, so that an established identity without a log is one
    /// that has lost it, and is refused by ``WriteAheadLog/recover(in:identity:salt:options:)``.
    package static func store(
        _ identity: Identity, salt: UInt64, options: WriteAheadLog.Options,
        in fileSystem: any FileSystem
    ) throws(RaftError) {
        if identity.isEstablished {
            var founding = identity
            founding.isEstablished = false
            var (log, _) = try WriteAheadLog.recover(
                in: fileSystem, identity: founding, salt: salt, options: options)
            log.close()
        }
        try identity.store(in: fileSystem)
    }

    /// The file of a segment; names sort as numbers do.
    static func segmentPath(_ number: UInt64) -> String {
        let digits = String(number)
        let zeros = Substring("0000000000000000".utf8.dropFirst(digits.utf8.count))
        return "\(logDirectory)/\(zeros)\(digits).log"
    }

    /// The numbers of the segments in the directory, rising; other files are none of our business.
    static func segmentNumbers(in fileSystem: any FileSystem) throws(FileError) -> [UInt64] {
        var numbers: [UInt64] = []
        for name in try fileSystem.list(logDirectory) where name.hasSuffix(".log") {
            guard let number = UInt64(name.dropLast(4)) else { continue }
            guard segmentPath(number) == "\(logDirectory)/\(name)" else { continue }
            numbers.append(number)
        }
        return numbers.sorted()
    }
}

extension RaftError {
    /// A failed file operation that keeps a member from starting or going on.
    init(_ error: FileError) {
        let remedy: String
        switch error.reason {
        case .notADirectory: remedy = "choose a path that is a directory or can become one"
        case .permissionDenied: remedy = "let the user this process runs as read and write it"
        case .readOnly: remedy = "make its file system writable or choose another directory"
        case .notFound, .alreadyExists, .noSpace, .inputOutput, .locked, .other:
            self.init(.inputOutput, error.description)
            return
        }
        self.init(.directoryUnusable, "the data directory cannot be used (\(error)): \(remedy)")
    }

    /// Stored bytes that are not what was once durable there.
    static func damaged(_ path: String, at offset: Int, _ what: String) -> RaftError {
        RaftError(
            .logDamaged,
            "\(path) is damaged at byte \(offset): \(what). This member might forget votes it gave "
                + "and entries it acknowledged, so it does not start; no file was changed. The other "
                + "members go on while they are a majority. Repair from them is not built yet: keep "
                + "this directory for it, and do not start the member with an empty one in its place"
        )
    }

    /// Stored bytes that only another version of this program can read.
    static func unknownFormat(_ path: String, _ found: UInt32, known: UInt32) -> RaftError {
        RaftError(
            .invalidConfiguration,
            "\(path) has format version \(found), and this program knows only \(known): start the "
                + "version of the program that wrote it, or a newer one")
    }
}

/// Runs file operations where a failure ends a start.
func reporting<Result>(
    _ body: () throws(FileError) -> Result
) throws(RaftError) -> Result {
    do throws(FileError) { return try body() } catch { throw RaftError(error) }
}

extension FileSystem {
    /// Creates an empty file, in place of one that an earlier life may have left unfinished.
    func replace(_ path: String) throws(FileError) -> FileHandle {
        do throws(FileError) {
            return try open(path, .create)
        } catch {
            guard error.reason == .alreadyExists else { throw error }
        }
        try remove(path)
        return try open(path, .create)
    }

    /// Writes zeros, so that later writes change no metadata and their sync costs one flush.
    func fill(_ file: FileHandle, to size: Int) throws(FileError) {
        let zeros = [UInt8](repeating: 0, count: min(size, 1 << 20))
        var offset = 0
        while offset < size {
            let count = min(zeros.count, size - offset)
            try write(file, at: offset, count == zeros.count ? zeros : Array(zeros[..<count]))
            offset += count
        }
    }
}
