// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@Suite struct `Registrations of an event loop` {
    @Test func `a handler that was unregistered in the same turn hears nothing`() async throws {
        let calls = try await onThread {
            let loop = try EventLoop(name: "loop")
            let (a, b) = try TCP.socketPair()
            let (c, d) = try TCP.socketPair()
            // Both events are collected by one epoll_wait; whoever is first ends the other.
            _ = try b.write([1])
            _ = try d.write([1])
            let handlers = [Handler(), Handler()]
            let registrations = [
                try loop.register(a, interest: .read, handler: handlers[0]),
                try loop.register(c, interest: .read, handler: handlers[1]),
            ]
            var calls = 0
            for index in 0..<2 {
                handlers[index].onReady = { _ in
                    calls += 1
                    loop.unregister(registrations[1 - index])
                }
            }
            loop.add(
                Member { _ in
                    loop.stop()
                    return .idle
                }, phase: .flush)
            loop.run()
            for fd in [a, b, c, d] { fd.close() }
            return calls
        }
        #expect(calls == 1)
    }

    @Test func `an old event does not reach the new owner of its slot and number`() async throws {
        let calls = try await onThread {
            let loop = try EventLoop(name: "loop")
            let (a, b) = try TCP.socketPair()
            let (c, d) = try TCP.socketPair()
            _ = try b.write([1])
            _ = try d.write([1])
            var owned = [a, c]
            var others = [b, d]
            let handlers = [Handler(), Handler()]
            var registrations = [
                try loop.register(a, interest: .read, handler: handlers[0]),
                try loop.register(c, interest: .read, handler: handlers[1]),
            ]
            let newcomer = Handler()
            var calls: [String] = []
            newcomer.onReady = { _ in calls.append("newcomer") }
            for index in 0..<2 {
                handlers[index].onReady = { _ in
                    calls.append("handler")
                    let other = 1 - index
                    // The kernel gives the lowest free number: that which was just closed.
                    let old = owned[other]
                    loop.unregister(registrations[other])
                    old.close()
                    guard let (e, f) = try? TCP.socketPair(),
                        let new = try? loop.register(e, interest: .read, handler: newcomer)
                    else { return }
                    owned[other] = e
                    registrations[other] = new
                    others.append(f)
                }
            }
            loop.add(
                Member { _ in
                    loop.stop()
                    return .idle
                }, phase: .flush)
            loop.run()
            for fd in owned + others { fd.close() }
            return calls
        }
        #expect(calls == ["handler"])
    }

    @Test func `an ended registration is harmless`() throws {
        let loop = try EventLoop(name: "loop")
        let (a, b) = try TCP.socketPair()
        defer {
            a.close()
            b.close()
        }
        let first = try loop.register(a, interest: .read, handler: Handler())
        loop.unregister(first)
        let second = try loop.register(a, interest: .read, handler: Handler())
        loop.unregister(first)
        loop.modify(first, interest: [])
        #expect(loop.registrationCount == 1)
        loop.unregister(second)
        #expect(loop.registrationCount == 0)
    }

    @Test func `a descriptor cannot be registered twice, nor a file at all`() throws {
        let loop = try EventLoop(name: "loop")
        let (a, b) = try TCP.socketPair()
        let file = try Files.open("/proc/self/exe")
        defer { for fd in [a, b, file] { fd.close() } }
        _ = try loop.register(a, interest: .read, handler: Handler())
        #expect(throws: SystemError.self) {
            _ = try loop.register(a, interest: .read, handler: Handler())
        }
        #expect(throws: SystemError.self) {
            _ = try loop.register(file, interest: .read, handler: Handler())
        }
        #expect(loop.registrationCount == 1)
    }

    @Test func `only what is wanted is reported`() async throws {
        let seen = try await onThread {
            let loop = try EventLoop(name: "loop")
            let (near, far) = try TCP.socketPair()
            _ = try far.write([1])
            let handler = Handler()
            let registration = try loop.register(near, interest: .write, handler: handler)
            var seen: [ReadyEvents] = []
            handler.onReady = { events in
                seen.append(events)
                switch seen.count {
                case 1: loop.modify(registration, interest: [.read, .write])
                case 2: loop.modify(registration, interest: .read)
                case 3: loop.modify(registration, interest: [])
                case 4:
                    loop.unregister(registration)
                    loop.stop()
                default: break
                }
                // Nothing is wanted now; a hang-up is told all the same.
                if seen.count == 3 { loop.perform { far.close() } }
            }
            loop.run()
            near.close()
            return seen
        }
        #expect(Array(seen.prefix(3)) == [.writable, [.readable, .writable], .readable])
        #expect(seen.count == 4 && seen[3].contains(.hangup))
    }
}
