// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A number the kernel gave for an open file, socket or pipe.
///
/// A plain value: copying does not duplicate, and whoever owns it calls `close()` exactly once.
public struct FileDescriptor: Hashable, Sendable, CustomStringConvertible {
    /// The kernel's number, at least 0.
    public let rawValue: Int32

    /// Wraps a descriptor that the kernel gave.
    public init(rawValue: Int32) {
        precondition(rawValue >= 0, "file descriptor \(rawValue) is negative")
        self.rawValue = rawValue
    }

    /// Standard input, descriptor 0.
    public static let standardInput = FileDescriptor(rawValue: 0)

    /// Standard output, descriptor 1.
    public static let standardOutput = FileDescriptor(rawValue: 1)

    /// Standard error, descriptor 2.
    public static let standardError = FileDescriptor(rawValue: 2)

    /// The number, such as `fd 7`.
    public var description: String { "fd \(rawValue)" }
}

/// What came of one attempt to read.
public enum ReadResult: Hashable, Sendable {
    /// So many bytes were read, at least 1.
    case bytes(Int)
    /// Nothing is there now; wait until the descriptor is readable.
    case wouldBlock
    /// The other side has closed, or the file ends here.
    case endOfFile
    /// The buffer holds as much as it may: consume before reading on.
    case bufferFull
}

/// What came of one attempt to write.
public enum WriteResult: Hashable, Sendable {
    /// So many bytes were taken; may be fewer than offered, and is 0 only if none were offered.
    case bytes(Int)
    /// Nothing can be taken now; wait until the descriptor is writable.
    case wouldBlock
}

extension FileDescriptor {
    /// Reads once into the buffer, which must not be empty.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> ReadResult {
        precondition(!buffer.isEmpty, "read into an empty buffer cannot tell the end of the file")
        let count = try nonblockingCall("read", subject) {
            Glibc.read(rawValue, buffer.baseAddress, buffer.count)
        }
        guard let count else { return .wouldBlock }
        return count == 0 ? .endOfFile : .bytes(count)
    }

    /// Reads once and appends to the array, at most `maximum` bytes.
    public func read(
        appendingTo bytes: inout [UInt8], maximum: Int = 65536
    ) throws(SystemError) -> ReadResult {
        precondition(maximum > 0, "maximum \(maximum) must be positive")
        var result = ReadResult.wouldBlock
        var failure: SystemError?
        bytes += [UInt8](unsafeUninitializedCapacity: maximum) { buffer, initialized in
            do throws(SystemError) {
                result = try read(into: UnsafeMutableRawBufferPointer(buffer))
                if case .bytes(let count) = result { initialized = count }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return result
    }

    /// Writes once from the buffer.
    ///
    /// A peer that is gone is `EPIPE`, not a signal, for sockets; other descriptors need
    /// `Signals.ignoreBrokenPipe()`.
    public func write(_ buffer: UnsafeRawBufferPointer) throws(SystemError) -> WriteResult {
        if buffer.isEmpty { return .bytes(0) }
        let count = try nonblockingCall("write", subject) {
            // For a socket, this is write(2) without the signal.
            let sent = send(rawValue, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            guard sent == -1, errno == ENOTSOCK else { return sent }
            return Glibc.write(rawValue, buffer.baseAddress, buffer.count)
        }
        return count.map { .bytes($0) } ?? .wouldBlock
    }

    /// Writes once from the array.
    public func write(_ bytes: [UInt8]) throws(SystemError) -> WriteResult {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(SystemError) in try write(buffer) }
        }
        return try result.get()
    }

    /// Gives the descriptor back; using or closing it afterwards is a programming error.
    public func close() {
        // After EINTR or EIO the descriptor is gone on Linux: repeating could close someone else's.
        let result = Glibc.close(rawValue)
        precondition(
            result == 0 || errno != EBADF,
            "descriptor \(rawValue) was closed twice, or was never open")
    }

    /// Makes the descriptor blocking or non-blocking.
    public func setNonblocking(_ nonblocking: Bool) throws(SystemError) {
        let old = try systemCall("fcntl", subject) { clinux_get_status_flags(rawValue) }
        let new = nonblocking ? old | O_NONBLOCK : old & ~O_NONBLOCK
        if new != old {
            try systemCall("fcntl", subject) { clinux_set_status_flags(rawValue, new) }
        }
    }

    /// Says whether programs started from this process keep the descriptor.
    public func setCloseOnExec(_ closes: Bool) throws(SystemError) {
        try systemCall("fcntl", subject) {
            clinux_set_descriptor_flags(rawValue, closes ? FD_CLOEXEC : 0)
        }
    }

    /// Blocks until one of the events or the timeout; the empty set means that time is up.
    ///
    /// For programs without an event loop. A negative timeout waits for ever.
    public func wait(
        for interest: Interest, timeoutMilliseconds: Int
    ) throws(SystemError) -> ReadyEvents {
        let end =
            SystemClock.monotonicNanoseconds() / 1_000_000 + UInt64(max(0, timeoutMilliseconds))
        while true {
            let left = end - min(end, SystemClock.monotonicNanoseconds() / 1_000_000)
            let timeout = timeoutMilliseconds < 0 ? -1 : Int32(clamping: left)
            var entry = pollfd(fd: rawValue, events: interest.pollEvents, revents: 0)
            let count = poll(&entry, 1, timeout)
            precondition(entry.revents & Int16(POLLNVAL) == 0, "\(self) is not open")
            if count > 0 { return ReadyEvents(poll: entry.revents) }
            if count == 0 && timeoutMilliseconds >= 0 && left <= UInt64(Int32.max) { return [] }
            guard count == 0 || errno == EINTR else {
                throw SystemError(call: "poll", errno: errno, subject: subject)
            }
        }
    }

    /// Whether the descriptor is a terminal.
    public var isTerminal: Bool { isatty(rawValue) == 1 }

    /// What the kernel calls this descriptor (a path, `socket:[…]`): for error messages only.
    var subject: String {
        let target = try? Files.readLink("/proc/self/fd/\(rawValue)")
        return target ?? description
    }
}
