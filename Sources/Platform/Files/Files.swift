// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Files by descriptor: reading, writing and making durable.
///
/// Every call blocks.
///
/// Errors name the path. Thread-safe as the system calls are.
public enum Files {
    /// How to open a file.
    public struct OpenFlags: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt32

        /// Creates a set from bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// For writing too, not only for reading.
        public static let write = OpenFlags(rawValue: 1)
        /// Create it (mode 0640) if it is missing.
        public static let create = OpenFlags(rawValue: 2)
        /// Fail with `EEXIST` if it is there; with `create`.
        public static let exclusive = OpenFlags(rawValue: 4)
        /// Cut it to no bytes.
        public static let truncate = OpenFlags(rawValue: 8)
        /// It must be a directory.
        public static let directory = OpenFlags(rawValue: 16)
        /// Writes go to the end; positions are ignored.
        public static let append = OpenFlags(rawValue: 32)
    }

    /// Opens a file; closed on exec.
    public static func open(_ path: String, _ flags: OpenFlags = []) throws(SystemError)
        -> FileDescriptor
    {
        var bits = flags.contains(.write) ? O_RDWR : O_RDONLY
        if flags.contains(.create) { bits |= O_CREAT }
        if flags.contains(.exclusive) { bits |= O_EXCL }
        if flags.contains(.truncate) { bits |= O_TRUNC }
        if flags.contains(.directory) { bits |= O_DIRECTORY }
        if flags.contains(.append) { bits |= O_APPEND }
        return FileDescriptor(
            rawValue: try systemCall("open", path) { clinux_open(path, bits, 0o640) })
    }

    /// Reads at a position until the buffer is full or the file ends; returns how many bytes.
    public static func pread(
        _ fd: FileDescriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try systemCall("pread", fd.subject) {
                Glibc.pread(fd.rawValue, rest.baseAddress, rest.count, off_t(offset + done))
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Reads up to `count` bytes at a position; fewer only where the file ends.
    public static func pread(
        _ fd: FileDescriptor, count: Int, at offset: Int
    ) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(SystemError) {
                initialized = try pread(fd, into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all bytes at a position.
    ///
    /// After an error any part of them may be in the file.
    public static func pwrite(
        _ fd: FileDescriptor, _ buffer: UnsafeRawBufferPointer, at offset: Int
    ) throws(SystemError) {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
            let count = try systemCall("pwrite", fd.subject) {
                Glibc.pwrite(fd.rawValue, rest.baseAddress, rest.count, off_t(offset + done))
            }
            // POSIX leaves a write of 0 bytes open; repeating it for ever would be no answer.
            if count == 0 { throw SystemError(call: "pwrite", errno: EIO, subject: fd.subject) }
            done += count
        }
    }

    /// Writes all bytes at a position.
    ///
    /// After an error any part of them may be in the file.
    public static func pwrite(
        _ fd: FileDescriptor, _ bytes: RawSpan, at offset: Int
    ) throws(SystemError) {
        try bytes.withUnsafeBytes { buffer throws(SystemError) in
            try pwrite(fd, buffer, at: offset)
        }
    }

    /// Writes all bytes at a position.
    ///
    /// After an error any part of them may be in the file.
    public static func pwrite(
        _ fd: FileDescriptor, _ bytes: [UInt8], at offset: Int
    ) throws(SystemError) {
        try pwrite(fd, bytes.span.bytes, at: offset)
    }

    /// Writes the pieces one after the other from a position on; returns the number of bytes.
    ///
    /// Small pieces are gathered by copying into one write of at most 256 KiB: that is cheaper than
    /// `pwritev` with its list. After an error any part of them may be in the file.
    @discardableResult
    public static func pwrite(
        _ fd: FileDescriptor, pieces: [[UInt8]], at offset: Int
    ) throws(SystemError) -> Int {
        let total = pieces.reduce(0) { $0 + $1.count }
        var gathered: [UInt8] = []
        gathered.reserveCapacity(min(total, gatherLimit))
        var position = offset
        for piece in pieces {
            if gathered.count + piece.count > gatherLimit {
                try pwrite(fd, gathered, at: position)
                position += gathered.count
                gathered.removeAll(keepingCapacity: true)
            }
            if piece.count >= gatherLimit {
                try pwrite(fd, piece, at: position)
                position += piece.count
            } else {
                gathered += piece
            }
        }
        try pwrite(fd, gathered, at: position)
        return total
    }

    private static let gatherLimit = 256 << 10

    /// Makes the file's bytes durable, and of its attributes what is needed to read them.
    ///
    /// After an error nothing is known about what was written since the last success, and repeating
    /// proves nothing: the kernel may have dropped the pages.
    public static func fdatasync(_ fd: FileDescriptor) throws(SystemError) {
        try systemCall("fdatasync", fd.subject) { Glibc.fdatasync(fd.rawValue) }
    }

    /// Makes the file's bytes and attributes durable; errors as `fdatasync`.
    public static func fsync(_ fd: FileDescriptor) throws(SystemError) {
        try systemCall("fsync", fd.subject) { Glibc.fsync(fd.rawValue) }
    }

    /// Cuts the file, or lengthens it with zeros, to `size` bytes.
    public static func ftruncate(_ fd: FileDescriptor, size: Int) throws(SystemError) {
        try systemCall("ftruncate", fd.subject) { Glibc.ftruncate(fd.rawValue, off_t(size)) }
    }

    /// Sets space aside and lengthens the file, so that writing there cannot run out of space.
    ///
    /// Throws `EOPNOTSUPP` on file systems that cannot; nothing has changed then.
    public static func fallocate(
        _ fd: FileDescriptor, offset: Int, count: Int
    ) throws(SystemError) {
        try systemCall("fallocate", fd.subject) {
            clinux_fallocate(fd.rawValue, 0, off_t(offset), off_t(count))
        }
    }

    /// The size of the file in bytes.
    public static func size(_ fd: FileDescriptor) throws(SystemError) -> Int {
        var information = stat()
        try systemCall("fstat", fd.subject) { fstat(fd.rawValue, &information) }
        return Int(information.st_size)
    }

    /// Locks the open file for this process; false if another holds it.
    ///
    /// Ends when it is closed.
    ///
    /// Inherited descriptors share the lock: keep them from children.
    public static func tryLock(_ fd: FileDescriptor) throws(SystemError) -> Bool {
        let result = try nonblockingCall("flock", fd.subject) {
            flock(fd.rawValue, LOCK_EX | LOCK_NB)
        }
        return result != nil
    }
}
