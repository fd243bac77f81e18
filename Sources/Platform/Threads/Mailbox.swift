// SPDX-License-Identifier: Apache-2.0

/// Messages from any thread to one consumer, handed over a whole batch at a time.
///
/// Producers append under a mutex; the consumer swaps the array out and leaves its old one to be
/// filled, so that in steady state nothing is allocated. About 50 ns a message. The mailbox itself
/// does not refuse: what bounds it is the number of messages its producers may have in flight.
/// Thread-safe; messages of one producer stay in order.
public final class Mailbox<Message: Sendable>: @unchecked Sendable {
    @usableFromInline let lock = Lock()

    // Behind a pointer: a stored property would add a dynamic exclusivity check to every access.
    @usableFromInline let messages: UnsafeMutablePointer<[Message]>

    /// Creates an empty mailbox with room for so many messages before it first grows.
    public init(capacityHint: Int = 64) {
        precondition(capacityHint >= 0, "capacity hint \(capacityHint) is negative")
        messages = .allocate(capacity: 1)
        messages.initialize(to: [])
        messages.pointee.reserveCapacity(capacityHint)
    }

    deinit {
        messages.deinitialize(count: 1)
        messages.deallocate()
    }

    /// Adds a message; true if the mailbox was empty, and the caller must wake the consumer.
    @inlinable
    public func append(_ message: consuming Message) -> Bool {
        lock.lock()
        let wasEmpty = messages.pointee.isEmpty
        messages.pointee.append(message)
        lock.unlock()
        return wasEmpty
    }

    /// Adds messages in order; true if the mailbox was empty, and the caller must wake the consumer.
    ///
    /// False for an empty sequence: there is nothing to wake for.
    @inlinable
    public func append(contentsOf batch: some Collection<Message>) -> Bool {
        if batch.isEmpty { return false }
        lock.lock()
        let wasEmpty = messages.pointee.isEmpty
        messages.pointee.append(contentsOf: batch)
        lock.unlock()
        return wasEmpty
    }

    /// Empties the mailbox into `batch`, whose old elements are dropped and whose storage is reused.
    @inlinable
    public func swap(into batch: inout [Message]) {
        batch.removeAll(keepingCapacity: true)
        lock.lock()
        Swift.swap(&messages.pointee, &batch)
        lock.unlock()
    }

    /// How many messages wait at this moment.
    public var count: Int { lock.withLock { messages.pointee.count } }
}
