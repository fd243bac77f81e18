// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

extension EventLoop {
    /// Runs the loop on a thread of its own; once.
    /// - Parameter onStopped: runs on that thread when the loop has ended.
    public func start(onStopped: @escaping @Sendable () -> Void = {}) {
        whenStopped(onStopped)
        Thread.spawn(name: name) { self.run() }
    }

    /// Runs the loop on the calling thread until `stop()`; once.
    ///
    /// At the end all members and handlers are forgotten, registrations end, descriptors stay open.
    public func run() {
        let wasStarted = wasStarted.exchange(true, ordering: .acquiringAndReleasing)
        precondition(!wasStarted, "event loop \(name) can run only once")
        thread.store(UInt(pthread_self()), ordering: .releasing)
        // The first turn comes at once: members learn the time and say when they want to be called.
        var wait = Wait.none
        while !isStopping.load(ordering: .acquiring) {
            let count = waitForEvents(wait)
            turnCount &+= 1
            refreshNow()
            dispatch(count)
            runPerformed()
            wait = runMembers()
        }
        members.removeAll()
        handlers.removeAll()
        thread.store(0, ordering: .releasing)
        stopped.open()
        dropPerformed()
    }

    /// How long the loop may sleep.
    private enum Wait {
        case none
        case until(UInt64)
        case forEver
    }

    private func runMembers() -> Wait {
        var again = false
        // Wakes during I/O are answered by the calls that follow.
        wantsAnotherTurn = false
        var deadline = UInt64.max
        let count = members.beginWalk()
        for index in 0..<count {
            guard let member = members[index] else { continue }
            let turn = member.turn(now: now)
            again = again || turn.again
            if let wanted = turn.deadline { deadline = min(deadline, wanted) }
        }
        if members.endWalk() { again = true }
        if wantsAnotherTurn || hasPerformed.load(ordering: .relaxed) { again = true }
        if again { return .none }
        return deadline == UInt64.max ? .forEver : .until(deadline)
    }

    private func dispatch(_ count: Int) {
        for index in 0..<count {
            let event = events[index]
            if event.data.u64 == EventLoop.wakeToken { continue }
            handlers.handler(forToken: event.data.u64)?.ready(ReadyEvents(epoll: event.events))
        }
    }

    private func waitForEvents(_ wait: Wait) -> Int {
        var nanoseconds: Int64 = 0
        switch wait {
        case .none: break
        case .until(let deadline):
            let now = SystemClock.monotonicNanoseconds()
            nanoseconds = deadline > now ? Int64(clamping: deadline - now) : 0
        case .forEver: nanoseconds = -1
        }
        if nanoseconds != 0 {
            let (asleep, _) = state.compareExchange(
                expected: WakeState.awake.rawValue, desired: WakeState.asleep.rawValue,
                ordering: .acquiringAndReleasing)
            if !asleep { nanoseconds = 0 }
        }
        let count = pollEvents(nanoseconds)
        // Acquires what the wakers wrote before they woke us; what comes later wakes us again.
        _ = state.exchange(WakeState.awake.rawValue, ordering: .acquiringAndReleasing)
        return count
    }

    /// Waits that long (negative: for ever); an interrupted wait is one without events.
    private func pollEvents(_ nanoseconds: Int64) -> Int {
        let maximum = Int32(EventLoop.maximumEvents)
        var result: Int32
        if nanoseconds > 0 && !isPreciseWaitMissing {
            result = clinux_epoll_pwait2(epoll.rawValue, events, maximum, nanoseconds)
            if result < 0 && (errno == ENOSYS || errno == EPERM) {
                isPreciseWaitMissing = true
                return 0
            }
        } else {
            // Before Linux 5.11 there are only milliseconds; rounded up, for a wait that ends early
            // would be repeated until the deadline has come.
            let milliseconds = nanoseconds < 0 ? -1 : (nanoseconds + 999_999) / 1_000_000
            result = epoll_wait(epoll.rawValue, events, maximum, Int32(clamping: milliseconds))
        }
        if result >= 0 { return Int(result) }
        precondition(errno == EINTR, "epoll_wait in loop \(name): \(SystemError.name(of: errno))")
        return 0
    }
}
