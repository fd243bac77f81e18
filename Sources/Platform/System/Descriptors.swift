// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Descriptors of the process as a whole.
public enum Descriptors {
    /// Raises the soft limit of open descriptors to the hard limit; returns the limit that holds now.
    @discardableResult
    public static func raiseLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Creates a pipe, closed on exec.
    public static func pipe(
        nonblocking: Bool
    ) throws(SystemError) -> (readEnd: FileDescriptor, writeEnd: FileDescriptor) {
        var pair: (Int32, Int32) = (-1, -1)
        let flags = nonblocking ? O_CLOEXEC | O_NONBLOCK : O_CLOEXEC
        try systemCall("pipe2") {
            withUnsafeMutableBytes(of: &pair) {
                clinux_pipe2($0.assumingMemoryBound(to: Int32.self).baseAddress, flags)
            }
        }
        return (FileDescriptor(rawValue: pair.0), FileDescriptor(rawValue: pair.1))
    }
}
