// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread that waits for I/O, deadlines and wake-ups, and runs everything that shares it.
///
/// A turn is: `epoll_wait`, then I/O handlers and performed closures, then every member of the phase
/// `collect`, then `process`, then `flush`. Whatever arrived together is thus worked on together,
/// and answers leave in as few writes as possible.
///
/// Only `wake`, `perform`, `stop`, `join`, `isCurrent` and `whenStopped` may be called from any
/// thread. The rest belongs to the loop's thread; before the loop runs, to the thread that sets it up.
/// In steady state the loop allocates nothing.
public final class EventLoop: @unchecked Sendable {
    /// When in a turn a member is called.
    public enum Phase: Int, CaseIterable, Sendable {
        /// Take in what arrived: mailboxes, decoded requests.
        case collect
        /// Work on it.
        case process
        /// Send what came of it: sockets, other threads.
        case flush
    }

    /// The name of the loop and its thread.
    public let name: String

    /// Nanoseconds of `SystemClock.monotonicNanoseconds()`, read at the start of the turn.
    public internal(set) var now: UInt64

    /// How many turns were begun.
    public internal(set) var turnCount: UInt64 = 0

    static let maximumEvents = 512
    static let wakeToken = UInt64.max

    let epoll: FileDescriptor
    let wakeEvent: FileDescriptor
    let events: UnsafeMutablePointer<epoll_event>
    var handlers = HandlerTable()
    var members = MemberTable()
    var wantsAnotherTurn = false
    var isPreciseWaitMissing = false
    let performed = Mailbox<@Sendable () -> Void>(capacityHint: 0)
    var performing: [@Sendable () -> Void] = []
    let hasPerformed = Atomic<Bool>(false)
    let state = Atomic<Int>(WakeState.awake.rawValue)
    let thread = Atomic<UInt>(0)
    let isStopping = Atomic<Bool>(false)
    let wasStarted = Atomic<Bool>(false)
    let stopped = Gate()

    /// Creates a loop that does not run yet.
    ///
    /// Throws when descriptors have run out.
    public init(name: String) throws(SystemError) {
        let epoll = FileDescriptor(
            rawValue: try systemCall("epoll_create1", name) { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        let wakeEvent: FileDescriptor
        do throws(SystemError) {
            let flags = Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)
            let raw = try systemCall("eventfd", name) { eventfd(0, flags) }
            wakeEvent = FileDescriptor(rawValue: raw)
        } catch {
            epoll.close()
            throw error
        }
        // Edge triggered: each write is one event, and the counter never needs to be read.
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLET.rawValue
        event.data.u64 = EventLoop.wakeToken
        do throws(SystemError) {
            try systemCall("epoll_ctl", name) {
                epoll_ctl(epoll.rawValue, EPOLL_CTL_ADD, wakeEvent.rawValue, &event)
            }
        } catch {
            wakeEvent.close()
            epoll.close()
            throw error
        }
        self.name = name
        self.epoll = epoll
        self.wakeEvent = wakeEvent
        self.events = .allocate(capacity: EventLoop.maximumEvents)
        self.now = SystemClock.monotonicNanoseconds()
    }

    deinit {
        events.deallocate()
        wakeEvent.close()
        epoll.close()
    }

    /// Whether the caller is on the loop's thread.
    public var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Reads the clock again in the middle of a long turn.
    public func refreshNow() { now = SystemClock.monotonicNanoseconds() }

    /// Adds a member, called from the next turn on, after those of its phase that came earlier.
    public func add(_ member: any LoopMember, phase: Phase) {
        checkThread()
        members.add(member, phase: phase)
    }

    /// Removes a member; it is not called again, not even in this turn.
    ///
    /// Unknown members are ignored.
    public func remove(_ member: any LoopMember) {
        checkThread()
        members.remove(member)
    }

    func checkThread() {
        precondition(
            isCurrent || thread.load(ordering: .relaxed) == 0,
            "event loop \(name) was used from another thread than its own")
    }
}
