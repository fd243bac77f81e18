// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Owned operating system threads.
public enum Thread {
    /// Starts a detached thread that runs `body` once.
    ///
    /// The thread blocks all signals, so that they arrive where the program looks for them.
    /// - Parameters:
    ///   - name: shown by `top -H` and debuggers, cut to 15 bytes.
    ///   - body: runs on the new thread; what it captures is released there.
    ///
    /// Traps if the system has no room for another thread: no program of ours can go on without.
    public static func spawn(name: String, body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

        var blocked = SignalSet.allAsynchronous.set
        var previous = sigset_t()
        pthread_sigmask(SIG_BLOCK, &blocked, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }

        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Thread.enter(argument) }
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            let error = SystemError(call: "pthread_create", errno: code, subject: name)
            preconditionFailure(error.description)
        }
    }

    /// Names the calling thread; cut to 15 bytes.
    public static func setCurrentName(_ name: String) {
        _ = String(decoding: name.utf8.prefix(15), as: UTF8.self).withCString {
            clinux_setname(pthread_self(), $0)
        }
    }

    private static func enter(_ argument: UnsafeMutableRawPointer) {
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        setCurrentName(start.name)
        start.body()
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
