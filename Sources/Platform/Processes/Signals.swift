// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A signal that one process sends another.
public struct Signal: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The kernel's number.
    public let rawValue: Int32

    /// Wraps a number as in `signal(7)`.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Ctrl-C at the terminal.
    public static let interrupt = Signal(rawValue: SIGINT)
    /// A polite request to end.
    public static let terminate = Signal(rawValue: SIGTERM)
    /// The terminal is gone; by convention: read the configuration again.
    public static let hangup = Signal(rawValue: SIGHUP)
    /// Ctrl-\ at the terminal.
    public static let quit = Signal(rawValue: SIGQUIT)
    /// A child process ended or stopped.
    public static let child = Signal(rawValue: SIGCHLD)
    /// Ends the process at once; cannot be caught.
    public static let kill = Signal(rawValue: SIGKILL)
    /// Stops the process until `resume`; cannot be caught.
    public static let stop = Signal(rawValue: SIGSTOP)
    /// Lets a stopped process go on.
    public static let resume = Signal(rawValue: SIGCONT)
    /// Free for the program's own use.
    public static let user1 = Signal(rawValue: SIGUSR1)

    /// The number, such as `signal 15`.
    public var description: String { "signal \(rawValue)" }
}

/// What the process does about signals.
public enum Signals {
    /// Turns writing to a closed pipe into the error `EPIPE` instead of the end of the process.
    public static func ignoreBrokenPipe() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Keeps the signals from interrupting this thread and those it starts.
    public static func block(_ signals: [Signal]) throws(SystemError) {
        var set = SignalSet(signals).set
        try throwIfFailed(pthread_sigmask(SIG_BLOCK, &set, nil), "pthread_sigmask")
    }

    /// Blocks the signals and returns a non-blocking descriptor that is readable when one comes.
    ///
    /// Call it in the main thread before any other thread is started: a thread that does not block
    /// them would get them instead.
    public static func signalFD(for signals: [Signal]) throws(SystemError) -> FileDescriptor {
        try block(signals)
        var set = SignalSet(signals).set
        let flags = Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)
        let raw = try systemCall("signalfd") { signalfd(-1, &set, flags) }
        return FileDescriptor(rawValue: raw)
    }

    /// The next signal that came to a descriptor of `signalFD`; nil if none waits.
    public static func read(_ fd: FileDescriptor) throws(SystemError) -> Signal? {
        var info = signalfd_siginfo()
        let result = try withUnsafeMutableBytes(of: &info) { buffer throws(SystemError) in
            try fd.read(into: buffer)
        }
        switch result {
        case .bytes: return Signal(rawValue: Int32(bitPattern: info.ssi_signo))
        case .wouldBlock, .endOfFile, .bufferFull: return nil
        }
    }
}

/// A set of signals in the kernel's form.
struct SignalSet {
    var set = sigset_t()

    init(_ signals: [Signal]) {
        sigemptyset(&set)
        for signal in signals {
            let result = sigaddset(&set, signal.rawValue)
            precondition(result == 0, "there is no \(signal)")
        }
    }

    /// All signals but those by which a program reports its own fault, or is measured.
    static var allAsynchronous: SignalSet {
        var all = SignalSet([])
        sigfillset(&all.set)
        for number in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGPROF] {
            sigdelset(&all.set, number)
        }
        return all
    }
}
