// SPDX-License-Identifier: Apache-2.0

/// Something that works once in every turn of an event loop.
public protocol LoopMember: AnyObject {
    /// Does what there is to do, without blocking.
    ///
    /// - Parameter now: nanoseconds of `SystemClock.monotonicNanoseconds()`, read when the turn began.
    /// - Returns: when to be called again at the latest.
    func turn(now: UInt64) -> Turn
}

/// How a member of an event loop wants to be called again.
public struct Turn: Hashable, Sendable {
    /// The latest time for the next turn, in nanoseconds as `now`; nil for none.
    public var deadline: UInt64?

    /// Whether more work waits already: the loop then looks for I/O without sleeping.
    public var again: Bool

    /// Creates a wish; the default sleeps until I/O or a wake-up.
    public init(deadline: UInt64? = nil, again: Bool = false) {
        self.deadline = deadline
        self.again = again
    }

    /// Nothing to do until I/O or a wake-up.
    public static let idle = Turn()
}

/// Something that reacts when a descriptor is ready.
public protocol IOHandler: AnyObject {
    /// Reads, writes or closes, without blocking; called on the loop's thread.
    ///
    /// The loop is level triggered: what is not dealt with is reported again next turn. After
    /// `hangup` or `error`, which cannot be masked, the handler has to unregister at the latest when
    /// reading or writing fails, or the loop spins.
    func ready(_ events: ReadyEvents)
}

/// A descriptor known to an event loop.
///
/// Worthless after `unregister`, and harmless.
public struct Registration: Hashable, Sendable {
    /// The descriptor that is watched.
    public let descriptor: FileDescriptor
    let index: UInt32
    let generation: UInt32

    /// What epoll carries for us: index in the low half, generation in the high half.
    var token: UInt64 { UInt64(generation) << 32 | UInt64(index) }
}
