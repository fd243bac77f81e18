// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

extension EventLoop {
    /// Watches a descriptor, level triggered; the handler is kept until `unregister`.
    ///
    /// Throws if the descriptor is registered already (`EEXIST`) or cannot be watched: regular files
    /// cannot (`EPERM`).
    public func register(
        _ fd: FileDescriptor, interest: Interest, handler: any IOHandler
    ) throws(SystemError) -> Registration {
        checkThread()
        let registration = handlers.insert(handler, descriptor: fd, interest: interest)
        do throws(SystemError) {
            try control(EPOLL_CTL_ADD, registration, interest)
        } catch {
            _ = handlers.remove(registration)
            throw error
        }
        return registration
    }

    /// Changes what is wanted; costs nothing if that is what is wanted already.
    ///
    /// A registration that has ended is ignored.
    public func modify(_ registration: Registration, interest: Interest) {
        checkThread()
        guard let old = handlers.exchangeInterest(registration, interest), old != interest else {
            return
        }
        controlOrTrap(EPOLL_CTL_MOD, registration, interest)
    }

    /// Ends a registration; its handler hears of nothing more, not even what epoll has collected.
    ///
    /// Safe inside any handler. Unregister *before* the descriptor is closed. A registration that has
    /// ended is ignored.
    public func unregister(_ registration: Registration) {
        checkThread()
        guard handlers.remove(registration) else { return }
        controlOrTrap(EPOLL_CTL_DEL, registration, [])
    }

    /// How many descriptors are registered.
    public var registrationCount: Int { handlers.count }

    private func control(
        _ operation: Int32, _ registration: Registration, _ interest: Interest
    ) throws(SystemError) {
        var event = epoll_event()
        event.events = interest.epollEvents
        event.data.u64 = registration.token
        try systemCall("epoll_ctl", registration.descriptor.subject) {
            epoll_ctl(epoll.rawValue, operation, registration.descriptor.rawValue, &event)
        }
    }

    private func controlOrTrap(
        _ operation: Int32, _ registration: Registration, _ interest: Interest
    ) {
        do throws(SystemError) {
            try control(operation, registration, interest)
        } catch {
            // Going on would mean events for a descriptor that someone else owns by now.
            preconditionFailure(
                "\(registration.descriptor) was closed while registered with loop \(name): \(error)"
            )
        }
    }
}
