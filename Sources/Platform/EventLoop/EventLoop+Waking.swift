// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// Whether a loop needs a system call to notice that it is wanted.
///
/// awake → (about to wait) asleep → (any thread wakes it) notified → (wait returned) awake, and
/// awake → notified, which makes the next wait return at once. Only the step from asleep to notified
/// writes to the eventfd.
enum WakeState: Int {
    case awake
    case asleep
    case notified
}

extension EventLoop {
    /// Makes sure that every member is called after this; from any thread.
    ///
    /// Costs an atomic exchange; a system call only if the loop sleeps, and only for the first of
    /// several wake-ups. On the loop's own thread it asks for another turn.
    public func wake() {
        if isCurrent {
            wantsAnotherTurn = true
            return
        }
        let old = state.exchange(WakeState.notified.rawValue, ordering: .acquiringAndReleasing)
        guard old == WakeState.asleep.rawValue else { return }
        var one: UInt64 = 1
        // The counter would have to reach 2^64 - 1 for this to fail otherwise.
        while Glibc.write(wakeEvent.rawValue, &one, 8) != 8 {
            precondition(errno == EINTR, "write eventfd: \(SystemError.name(of: errno))")
        }
    }

    /// Runs the closure on the loop's thread, in order, at the start of a coming turn; any thread.
    ///
    /// Allocates: for setting up and tearing down, not for the hot path (that is `Mailbox`). Closures
    /// that come after the loop's end are dropped.
    public func perform(_ work: @escaping @Sendable () -> Void) {
        _ = performed.append(work)
        hasPerformed.store(true, ordering: .releasing)
        wake()
        // Either this sees the end, or the end sees the closure.
        if stopped.isOpen { dropPerformed() }
    }

    func dropPerformed() {
        var dropped: [@Sendable () -> Void] = []
        performed.swap(into: &dropped)
    }

    func runPerformed() {
        guard hasPerformed.load(ordering: .relaxed) else { return }
        // Cleared before the swap: a closure added in between sets it again.
        _ = hasPerformed.exchange(false, ordering: .acquiringAndReleasing)
        performed.swap(into: &performing)
        for work in performing { work() }
        performing = []
    }

    /// Ends the loop after the current turn; from any thread, any number of times.
    ///
    /// A loop that has not been started will end right after its start.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        wake()
    }

    /// Blocks until the loop has ended; not from its own thread, nor from a Swift task.
    public func join() {
        precondition(!isCurrent, "event loop \(name) cannot wait for its own end")
        stopped.wait()
    }

    /// Runs the closure when the loop has ended, on its thread; at once if that was so already.
    public func whenStopped(_ action: @escaping @Sendable () -> Void) {
        stopped.whenOpen(action)
    }
}
