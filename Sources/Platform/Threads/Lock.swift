// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A mutual exclusion lock over `pthread_mutex_t`, not recursive.
///
/// Not `Synchronization.Mutex`: Thread Sanitizer does not understand that one on Linux and reports
/// races that do not exist.
public struct Lock: ~Copyable, @unchecked Sendable {
    let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Creates an unlocked lock.
    public init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        let code = pthread_mutex_init(mutex, nil)
        precondition(code == 0, "pthread_mutex_init: \(SystemError.name(of: code))")
    }

    deinit {
        let code = pthread_mutex_destroy(mutex)
        precondition(code == 0, "a lock was destroyed while held: \(SystemError.name(of: code))")
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Waits until the lock is free and takes it.
    public borrowing func lock() {
        let code = pthread_mutex_lock(mutex)
        precondition(code == 0, "pthread_mutex_lock: \(SystemError.name(of: code))")
    }

    /// Frees the lock, which this thread holds.
    public borrowing func unlock() {
        let code = pthread_mutex_unlock(mutex)
        precondition(code == 0, "pthread_mutex_unlock: \(SystemError.name(of: code))")
    }

    /// Runs the closure while holding the lock.
    ///
    /// Keep it short: nothing that blocks or calls out.
    @inlinable
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }
}

/// A condition to wait for while holding a `Lock`.
struct Condition: ~Copyable, @unchecked Sendable {
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        let code = pthread_cond_init(condition, nil)
        precondition(code == 0, "pthread_cond_init: \(SystemError.name(of: code))")
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deinitialize(count: 1)
        condition.deallocate()
    }

    /// Frees the lock, sleeps until signalled (or spuriously), and takes the lock again.
    borrowing func wait(_ lock: borrowing Lock) {
        let code = pthread_cond_wait(condition, lock.mutex)
        precondition(code == 0, "pthread_cond_wait: \(SystemError.name(of: code))")
    }

    borrowing func signal() { pthread_cond_signal(condition) }

    borrowing func broadcast() { pthread_cond_broadcast(condition) }
}
