// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// What a registration wants to hear of; an empty set still hears of hang-ups and errors.
public struct Interest: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt32

    /// Creates a set from bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bytes or connections can be read, or the end of the stream.
    public static let read = Interest(rawValue: 1)

    /// There is room to write, or a connection attempt ended.
    public static let write = Interest(rawValue: 2)

    var epollEvents: UInt32 {
        var events: UInt32 = 0
        if contains(.read) { events |= EPOLLIN.rawValue }
        if contains(.write) { events |= EPOLLOUT.rawValue }
        return events
    }

    var pollEvents: Int16 {
        var events: Int16 = 0
        if contains(.read) { events |= Int16(POLLIN) }
        if contains(.write) { events |= Int16(POLLOUT) }
        return events
    }
}

/// What a descriptor is ready for.
public struct ReadyEvents: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt32

    /// Creates a set from bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bytes or connections can be read, or the end of the stream.
    public static let readable = ReadyEvents(rawValue: 1)

    /// There is room to write, or a connection attempt ended.
    public static let writable = ReadyEvents(rawValue: 2)

    /// Both directions are closed.
    ///
    /// Bytes may still wait to be read.
    public static let hangup = ReadyEvents(rawValue: 4)

    /// The descriptor failed; reading, writing or `TCP.finishConnect` tells how.
    public static let error = ReadyEvents(rawValue: 8)

    init(epoll events: UInt32) {
        var bits: UInt32 = 0
        if events & EPOLLIN.rawValue != 0 { bits |= 1 }
        if events & EPOLLOUT.rawValue != 0 { bits |= 2 }
        if events & EPOLLHUP.rawValue != 0 { bits |= 4 }
        if events & EPOLLERR.rawValue != 0 { bits |= 8 }
        self.init(rawValue: bits)
    }

    init(poll events: Int16) {
        var bits: UInt32 = 0
        if events & Int16(POLLIN) != 0 { bits |= 1 }
        if events & Int16(POLLOUT) != 0 { bits |= 2 }
        if events & Int16(POLLHUP) != 0 { bits |= 4 }
        if events & Int16(POLLERR) != 0 { bits |= 8 }
        self.init(rawValue: bits)
    }
}
