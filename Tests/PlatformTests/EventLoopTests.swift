// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@Suite struct `An event loop` {
    @Test func `calls members by phase, then in the order they came`() async throws {
        let calls = try await onThread {
            let loop = try EventLoop(name: "loop")
            var calls: [String] = []
            func add(_ name: String, _ phase: EventLoop.Phase) {
                loop.add(
                    Member { _ in
                        calls.append(name)
                        return .idle
                    }, phase: phase)
            }
            add("flush", .flush)
            add("collect 1", .collect)
            add("process", .process)
            add("collect 2", .collect)
            loop.add(
                Member { _ in
                    loop.stop()
                    return .idle
                }, phase: .flush)
            loop.run()
            return calls
        }
        #expect(calls == ["collect 1", "collect 2", "process", "flush"])
    }

    @Test func `handles I/O before the members' turns`() async throws {
        let calls = try await onThread {
            let loop = try EventLoop(name: "loop")
            let (near, far) = try TCP.socketPair()
            var calls: [String] = []
            let handler = Handler()
            handler.onReady = { events in
                calls.append(events == .readable ? "readable" : "other")
                loop.stop()
            }
            _ = try far.write([1])
            _ = try loop.register(near, interest: .read, handler: handler)
            loop.add(
                Member { _ in
                    calls.append("turn")
                    return .idle
                }, phase: .collect)
            loop.run()
            near.close()
            far.close()
            return calls
        }
        #expect(calls == ["readable", "turn"])
    }

    @Test func `a deadline ends the sleep, not before its time and without spinning`() async throws
    {
        let (turns, times, deadlines) = try await onThread {
            let loop = try EventLoop(name: "loop")
            var deadlines: [UInt64] = []
            var times: [UInt64] = []
            loop.add(
                Member { now in
                    times.append(now)
                    if times.count == 6 { loop.stop() }
                    // Shorter than the millisecond that epoll_wait can count.
                    deadlines.append(now + 300_000)
                    return Turn(deadline: deadlines.last)
                }, phase: .process)
            // A later deadline must not hide the earlier one.
            loop.add(Member { Turn(deadline: $0 + 60_000_000_000) }, phase: .process)
            loop.run()
            return (loop.turnCount, times, deadlines)
        }
        #expect(turns == 6)
        for (deadline, next) in zip(deadlines, times.dropFirst()) { #expect(next >= deadline) }
    }

    @Test func `a member with more work is called again without sleep`() async throws {
        let turns = try await onThread {
            let loop = try EventLoop(name: "loop")
            var turns = 0
            loop.add(
                Member { _ in
                    turns += 1
                    if turns == 1000 { loop.stop() }
                    return Turn(again: true)
                }, phase: .process)
            loop.run()
            return turns
        }
        #expect(turns == 1000)
    }

    @Test func `a removed member is not called again, an added one from the next turn on`()
        async throws
    {
        let calls = try await onThread {
            let loop = try EventLoop(name: "loop")
            var calls: [String] = []
            let victim = Member { _ in
                calls.append("victim")
                return .idle
            }
            let late = Member { _ in
                calls.append("late")
                loop.stop()
                return .idle
            }
            loop.add(
                Member { _ in
                    calls.append("first")
                    if calls.count == 1 {
                        loop.remove(victim)
                        loop.add(late, phase: .collect)
                    }
                    return .idle
                }, phase: .collect)
            loop.add(victim, phase: .process)
            loop.run()
            return calls
        }
        #expect(calls == ["first", "first", "late"])
    }

    @Test func `a wake from its own thread asks for one more turn`() async throws {
        let turns = try await onThread {
            let loop = try EventLoop(name: "loop")
            var turns = 0
            loop.add(
                Member { _ in
                    turns += 1
                    if turns < 3 { loop.wake() } else { loop.stop() }
                    return .idle
                }, phase: .flush)
            loop.run()
            return turns
        }
        #expect(turns == 3)
    }

    @Test func `no wake from another thread is lost`() async throws {
        // The consumer sleeps for ever unless woken; a lost wake would hang this test.
        let sum = try await onThread {
            let loop = try EventLoop(name: "loop")
            let mailbox = Mailbox<Int>()
            let acknowledged = Mailbox<Int>()
            let producerLoop = try EventLoop(name: "producer")
            let total = Locked(0)
            var batch: [Int] = []
            loop.add(
                Member { _ in
                    mailbox.swap(into: &batch)
                    for number in batch {
                        total.withLock { $0 += number }
                        if acknowledged.append(number) { producerLoop.wake() }
                        if number == 3000 { loop.stop() }
                    }
                    return .idle
                }, phase: .collect)
            var next = 1
            var answers: [Int] = []
            producerLoop.add(
                Member { _ in
                    acknowledged.swap(into: &answers)
                    if let last = answers.last { next = last + 1 }
                    if next > 3000 {
                        producerLoop.stop()
                    } else if next == 1 || !answers.isEmpty {
                        if mailbox.append(next) { loop.wake() }
                    }
                    return .idle
                }, phase: .collect)
            loop.start()
            producerLoop.run()
            loop.join()
            return total.withLock { $0 }
        }
        #expect(sum == 3000 * 3001 / 2)
    }

    @Test func `performs closures on its thread, in order, until it has ended`() async throws {
        try await onThread {
            let loop = try EventLoop(name: "loop")
            let order = Locked<[Int]>([])
            let ended = Gate()
            loop.start(onStopped: ended.open)
            #expect(!loop.isCurrent)
            for number in 0..<100 {
                loop.perform {
                    order.withLock { $0.append(loop.isCurrent ? number : -1) }
                }
            }
            loop.perform {
                loop.perform {
                    order.withLock { $0.append(100) }
                    loop.stop()
                }
            }
            loop.join()
            ended.wait()
            #expect(order.withLock { $0 } == Array(0...100))
            loop.perform { order.withLock { $0.append(-2) } }
            #expect(order.withLock { $0.count } == 101)
        }
    }

    @Test func `lets go of members and handlers when it ends`() async throws {
        try await onThread {
            let loop = try EventLoop(name: "loop")
            let (near, far) = try TCP.socketPair()
            weak var weakMember: Member?
            weak var weakHandler: Handler?
            do {
                let member = Member { _ in
                    loop.stop()
                    return .idle
                }
                let handler = Handler()
                loop.add(member, phase: .collect)
                _ = try loop.register(near, interest: .read, handler: handler)
                weakMember = member
                weakHandler = handler
            }
            #expect(weakMember != nil)
            #expect(weakHandler != nil)
            loop.run()
            #expect(weakMember == nil)
            #expect(weakHandler == nil)
            near.close()
            far.close()
        }
    }
}
