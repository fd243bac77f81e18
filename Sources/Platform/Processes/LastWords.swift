// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// What a process says when it is ended by a fault of its own, such as a failed precondition.
///
/// A trap tells what was wrong, but not what the program was at; each thread can leave a note of that.
public enum LastWords {
    /// How long a note may be, in bytes.
    public static let maximumBytes = 1024

    /// Has notes written to standard error when the process is ended by a trap or a bad access.
    ///
    /// It ends by the same signal all the same.
    public static func enable() {
        // Made here: a signal handler must not.
        _ = key
        var action = sigaction()
        // Once: after the note, the fault comes again and has its usual effect.
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        action.__sigaction_handler.sa_handler = { _ in LastWords.speak() }
        for signal in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
            sigaction(signal, &action, nil)
        }
    }

    /// Leaves a note for the calling thread, in place of the one before.
    /// - Parameter note: Cut to ``maximumBytes``; end lines yourself.
    public static func set(_ note: String) {
        let buffer = buffer()
        let bytes = note.utf8.prefix(maximumBytes)
        // While the note changes, there is none.
        buffer.storeBytes(of: 0, as: Int.self)
        for (position, byte) in bytes.enumerated() {
            buffer.storeBytes(of: byte, toByteOffset: headerBytes + position, as: UInt8.self)
        }
        buffer.storeBytes(of: bytes.count, as: Int.self)
    }

    private static let headerBytes = MemoryLayout<Int>.size

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let code = pthread_key_create(&key) { free($0) }
        precondition(code == 0, "pthread_key_create: \(SystemError.name(of: code))")
        return key
    }()

    /// The thread's buffer: the length of the note, then its bytes.
    private static func buffer() -> UnsafeMutableRawPointer {
        if let buffer = pthread_getspecific(key) { return buffer }
        guard let buffer = calloc(1, headerBytes + maximumBytes) else {
            preconditionFailure("no memory for a note of \(maximumBytes) bytes")
        }
        pthread_setspecific(key, buffer)
        return buffer
    }

    /// Runs in a signal handler: reads memory and makes one system call, nothing else.
    private static func speak() {
        guard let buffer = pthread_getspecific(key) else { return }
        let count = buffer.load(as: Int.self)
        if count > 0 { _ = Glibc.write(2, buffer + headerBytes, count) }
    }
}
