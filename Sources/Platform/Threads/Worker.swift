// SPDX-License-Identifier: Apache-2.0

/// A thread that takes all waiting jobs at once and hands them over as one batch, in order.
///
/// Made for disk lanes: what arrives during one sync is synced together by the next (group commit).
/// Thread-safe. If the last reference goes without `stop`, the waiting jobs are still done.
public final class Worker<Job: Sendable>: Sendable {
    private let core: Core

    /// Starts the thread.
    /// - Parameters:
    ///   - name: of the thread, cut to 15 bytes.
    ///   - capacity: how many jobs may wait (the batch being worked on not counted), at least 1.
    ///   - body: gets each batch, never an empty one, on the worker's thread; what it leaves in the
    ///     array is dropped.
    public init(
        name: String, capacity: Int, body: @escaping @Sendable (inout [Job]) -> Void
    ) {
        precondition(capacity > 0, "worker \(name): capacity \(capacity) must be positive")
        let core = Core(capacity: capacity)
        self.core = core
        Thread.spawn(name: name) { core.run(body) }
    }

    deinit { core.stop(drain: true) }

    /// Queues a job; false if as many wait as may, or the worker is stopped: then it was not taken.
    public func submit(_ job: consuming Job) -> Bool { core.submit(job) }

    /// Lets the thread end after its current batch; returns at once.
    ///
    /// Later calls change nothing but
    /// that `drain: false` drops what waits.
    /// - Parameters:
    ///   - drain: true to do the waiting jobs first, false to drop them.
    ///   - onStopped: runs once when the thread has done its last job.
    public func stop(drain: Bool, onStopped: @escaping @Sendable () -> Void = {}) {
        core.stop(drain: drain)
        core.finished.whenOpen(onStopped)
    }

    /// Blocks until the thread has done its last job; not from a Swift task nor the worker itself.
    public func join() { core.finished.wait() }

    /// How many jobs wait, not counting the batch being worked on.
    public var waitingCount: Int { core.waitingCount }
}

extension Worker {
    // Apart from Worker, so that the thread does not keep its owner's handle alive.
    private final class Core: @unchecked Sendable {
        let finished = Gate()
        private let lock = Lock()
        private let condition = Condition()
        private let capacity: Int
        private var waiting: [Job] = []
        private var isStopped = false
        private var isIdle = false

        init(capacity: Int) { self.capacity = capacity }

        var waitingCount: Int { lock.withLock { waiting.count } }

        func submit(_ job: consuming Job) -> Bool {
            lock.lock()
            guard !isStopped, waiting.count < capacity else {
                lock.unlock()
                return false
            }
            waiting.append(job)
            let wakes = isIdle
            isIdle = false
            lock.unlock()
            if wakes { condition.signal() }
            return true
        }

        func stop(drain: Bool) {
            var dropped: [Job] = []
            lock.withLock {
                isStopped = true
                isIdle = false
                if !drain { Swift.swap(&dropped, &waiting) }
            }
            condition.signal()
        }

        func run(_ body: (inout [Job]) -> Void) {
            var batch: [Job] = []
            while takeAll(into: &batch) {
                body(&batch)
                batch.removeAll(keepingCapacity: true)
            }
            finished.open()
        }

        /// Waits for jobs; false when stopped and none is left.
        private func takeAll(into batch: inout [Job]) -> Bool {
            lock.lock()
            defer { lock.unlock() }
            while waiting.isEmpty {
                if isStopped { return false }
                isIdle = true
                condition.wait(lock)
            }
            isIdle = false
            Swift.swap(&waiting, &batch)
            return true
        }
    }
}
