// SPDX-License-Identifier: Apache-2.0

/// Opens once, for ever; lets threads wait for that.
///
/// Thread-safe. Never wait in a Swift task: that blocks a thread of the cooperative pool.
public final class Gate: @unchecked Sendable {
    private let lock = Lock()
    private let condition = Condition()
    private var isOpenLocked = false
    private var actions: [@Sendable () -> Void] = []

    /// Creates a closed gate.
    public init() {}

    /// Whether the gate is open.
    public var isOpen: Bool { lock.withLock { isOpenLocked } }

    /// Lets everyone through, now and later; opening again does nothing.
    public func open() {
        let waiting = lock.withLock {
            isOpenLocked = true
            defer { actions = [] }
            return actions
        }
        condition.broadcast()
        for action in waiting { action() }
    }

    /// Blocks the calling thread until the gate is open.
    public func wait() {
        lock.withLock {
            while !isOpenLocked { condition.wait(lock) }
        }
    }

    /// Runs the closure once when the gate opens, on the opening thread; at once if it is open.
    public func whenOpen(_ action: @escaping @Sendable () -> Void) {
        let isOpen = lock.withLock {
            if !isOpenLocked { actions.append(action) }
            return isOpenLocked
        }
        if isOpen { action() }
    }
}
