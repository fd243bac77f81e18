// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A process that this one started.
///
/// Thread-safe.
///
/// Somebody must ask for its status until there is one, or a zombie stays. Letting go of the object
/// closes its descriptors and leaves the process running: see `Lifeline` for the opposite.
public final class ChildProcess: @unchecked Sendable {
    /// The process id.
    public let processID: Int32

    /// Readable when the process has ended: register it with an event loop.
    public let exitDescriptor: FileDescriptor

    /// Our end of its standard output if that is a pipe; non-blocking.
    public let standardOutput: FileDescriptor?

    /// Our end of its standard error if that is a pipe; non-blocking.
    public let standardError: FileDescriptor?

    private let lock = Lock()
    private var status: ExitStatus?

    init(
        processID: Int32, exitDescriptor: FileDescriptor, standardOutput: FileDescriptor?,
        standardError: FileDescriptor?
    ) {
        self.processID = processID
        self.exitDescriptor = exitDescriptor
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    deinit {
        exitDescriptor.close()
        standardOutput?.close()
        standardError?.close()
    }

    /// How the process ended; nil while it runs.
    ///
    /// Never blocks.
    public func exitStatus() throws(SystemError) -> ExitStatus? {
        lock.lock()
        defer { lock.unlock() }
        return try reap()
    }

    /// Blocks until the process has ended or time is up (nil); not from a Swift task.
    public func wait(timeoutMilliseconds: Int) throws(SystemError) -> ExitStatus? {
        if let status = try exitStatus() { return status }
        _ = try exitDescriptor.wait(for: .read, timeoutMilliseconds: timeoutMilliseconds)
        return try exitStatus()
    }

    /// Sends a signal; nothing happens if the process has ended.
    public func send(_ signal: Signal) throws(SystemError) {
        lock.lock()
        defer { lock.unlock() }
        // Not reaped yet: so the number is still that of our child and cannot hit a stranger.
        guard try reap() == nil else { return }
        try systemCall("kill", "process \(processID)") { Glibc.kill(processID, signal.rawValue) }
    }

    private func reap() throws(SystemError) -> ExitStatus? {
        if let status { return status }
        var raw: Int32 = 0
        let result = try systemCall("waitpid", "process \(processID)") {
            waitpid(processID, &raw, WNOHANG)
        }
        if result == processID { status = ExitStatus(waitStatus: raw) }
        return status
    }
}

extension ChildProcess {
    /// How a process ended.
    public enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
        /// It ended by itself with this code, 0 through 255.
        case exited(Int32)
        /// A signal ended it.
        case killed(Signal)

        /// Whether it ended by itself with code 0.
        public var isSuccess: Bool { self == .exited(0) }

        /// Such as `exited with code 1` or `killed by signal 9`.
        public var description: String {
            switch self {
            case .exited(let code): "exited with code \(code)"
            case .killed(let signal): "killed by \(signal)"
            }
        }

        init(waitStatus status: Int32) {
            self =
                clinux_exited(status) != 0
                ? .exited(clinux_exit_code(status))
                : .killed(Signal(rawValue: clinux_term_signal(status)))
        }
    }
}
