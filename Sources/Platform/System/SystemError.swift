// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A system call that failed: which one, on what, and why.
///
/// Interrupted calls (`EINTR`) are repeated and never reported; a call that would block is a result
/// of its own (`wouldBlock`, `nil`) and never an error.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the system call, as in its manual page.
    public let call: String

    /// The error number that the call left.
    public let errno: Int32

    /// What the call was about: a path, an address, a thread's name.
    public let subject: String?

    /// Creates an error; `errno` is a code as in `errno(3)`.
    public init(call: String, errno: Int32, subject: String? = nil) {
        self.call = call
        self.errno = errno
        self.subject = subject
    }

    /// A sentence for people, such as `bind 127.0.0.1:7379: Address already in use (EADDRINUSE)`.
    public var description: String {
        let what = subject.map { "\(call) \($0)" } ?? call
        return "\(what): \(Self.text(of: errno)) (\(Self.name(of: errno)))"
    }

    /// The symbolic name of an error number, such as `ENOSPC`.
    public static func name(of errno: Int32) -> String {
        guard let name = clinux_error_name(errno) else { return "errno \(errno)" }
        return String(cString: name)
    }

    /// The system's English text for an error number, such as `No space left on device`.
    public static func text(of errno: Int32) -> String {
        guard let text = clinux_error_text(errno) else { return "Unknown error" }
        return String(cString: text)
    }
}

extension SystemError {
    /// Whether the device, the quota or the file size limit is exhausted.
    public var isOutOfSpace: Bool { errno == ENOSPC || errno == EDQUOT || errno == EFBIG }

    /// Whether the named file, directory or process does not exist.
    public var isNotFound: Bool { errno == ENOENT || errno == ESRCH }

    /// Whether the device failed.
    public var isInputOutput: Bool { errno == EIO }

    /// Whether the process may not do this.
    public var isPermissionDenied: Bool { errno == EACCES || errno == EPERM || errno == EROFS }

    /// Whether something of that name is there already.
    public var isAlreadyPresent: Bool { errno == EEXIST || errno == ENOTEMPTY }

    /// Whether the address to listen on is taken.
    public var isAddressInUse: Bool { errno == EADDRINUSE }

    /// Whether nobody listens at the address that was connected to.
    public var isConnectionRefused: Bool { errno == ECONNREFUSED }

    /// Whether the process or the system has run out of descriptors or socket memory.
    ///
    /// A listener must then stop accepting for a while: its socket stays readable.
    public var isOutOfDescriptors: Bool {
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM
    }
}
