// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Makes one system call, again while it is interrupted, and throws what it left in `errno`.
@inline(__always)
@discardableResult
func systemCall<Result: SignedInteger & FixedWidthInteger>(
    _ name: StaticString, _ subject: @autoclosure () -> String? = nil, _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code == EINTR { continue }
        throw SystemError(call: name.description, errno: code, subject: subject())
    }
}

/// Like `systemCall`, with `nil` for a call that would block.
@inline(__always)
func nonblockingCall<Result: SignedInteger & FixedWidthInteger>(
    _ name: StaticString, _ subject: @autoclosure () -> String? = nil, _ body: () -> Result
) throws(SystemError) -> Result? {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code == EINTR { continue }
        if code == EAGAIN || code == EWOULDBLOCK { return nil }
        throw SystemError(call: name.description, errno: code, subject: subject())
    }
}

/// For calls that return their error instead of leaving it in `errno` (pthreads, posix_spawn).
func throwIfFailed(
    _ code: Int32, _ call: StaticString, _ subject: @autoclosure () -> String? = nil
) throws(SystemError) {
    guard code == 0 else {
        throw SystemError(call: call.description, errno: code, subject: subject())
    }
}
