// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@Suite struct `A mailbox` {
    @Test func `hands over everything in order and tells when it was empty`() {
        let mailbox = Mailbox<Int>(capacityHint: 4)
        #expect(mailbox.append(1))
        #expect(!mailbox.append(2))
        #expect(!mailbox.append(contentsOf: [3, 4]))
        var batch = [99]
        mailbox.swap(into: &batch)
        #expect(batch == [1, 2, 3, 4])
        #expect(mailbox.count == 0)
        #expect(mailbox.append(contentsOf: [5]))
        #expect(!mailbox.append(contentsOf: []))
        mailbox.swap(into: &batch)
        #expect(batch == [5])
        #expect(!mailbox.append(contentsOf: []), "nothing came, so there is nobody to wake")
    }

    @Test func `reuses the consumer's storage`() {
        let mailbox = Mailbox<Int>(capacityHint: 0)
        var batch: [Int] = []
        batch.reserveCapacity(1000)
        let address = batch.withUnsafeBufferPointer { $0.baseAddress }
        mailbox.swap(into: &batch)
        _ = mailbox.append(1)
        mailbox.swap(into: &batch)
        #expect(batch.withUnsafeBufferPointer { $0.baseAddress } == address)
    }

    @Test func `loses nothing between many producers and one consumer`() async throws {
        try await onThread {
            let mailbox = Mailbox<(producer: Int, number: Int)>()
            let perProducer = 5000
            for producer in 0..<4 {
                Thread.spawn(name: "producer") {
                    for number in 0..<perProducer { _ = mailbox.append((producer, number)) }
                }
            }
            var next = [0, 0, 0, 0]
            var batch: [(producer: Int, number: Int)] = []
            while next.reduce(0, +) < 4 * perProducer {
                mailbox.swap(into: &batch)
                for message in batch {
                    #expect(message.number == next[message.producer])
                    next[message.producer] = message.number + 1
                }
            }
            #expect(next == [perProducer, perProducer, perProducer, perProducer])
        }
    }
}

@Suite struct `A worker` {
    @Test func `takes all that waits as one batch, in order`() async throws {
        try await onThread {
            let batches = Locked<[[Int]]>([])
            let entered = Gate()
            let proceed = Gate()
            let worker = Worker<Int>(name: "worker", capacity: 10) { jobs in
                batches.withLock { $0.append(jobs) }
                entered.open()
                proceed.wait()
            }
            #expect(worker.submit(0))
            entered.wait()
            for job in 1...10 { #expect(worker.submit(job)) }
            #expect(worker.waitingCount == 10)
            #expect(!worker.submit(11), "the eleventh exceeds the capacity")
            proceed.open()
            worker.stop(drain: true)
            worker.join()
            #expect(batches.withLock { $0 } == [[0], Array(1...10)])
            #expect(!worker.submit(12), "a stopped worker takes nothing")
        }
    }

    @Test func `drops what waits when it is not to be drained`() async throws {
        try await onThread {
            let done = Locked<[Int]>([])
            let entered = Gate()
            let proceed = Gate()
            let worker = Worker<Int>(name: "worker", capacity: 10) { jobs in
                done.withLock { $0 += jobs }
                entered.open()
                proceed.wait()
            }
            let stopped = Gate()
            #expect(worker.submit(1))
            entered.wait()
            #expect(worker.submit(2))
            worker.stop(drain: false, onStopped: stopped.open)
            #expect(!stopped.isOpen, "its batch is not done yet")
            proceed.open()
            stopped.wait()
            #expect(done.withLock { $0 } == [1])
        }
    }

    @Test func `finishes its jobs when its owner lets go of it`() async throws {
        let done = Locked(0)
        try await onThread {
            let finished = Gate()
            do {
                let worker = Worker<Int>(name: "worker", capacity: 10) { jobs in
                    done.withLock { $0 += jobs.count }
                    if done.withLock({ $0 }) == 3 { finished.open() }
                }
                for job in 0..<3 { #expect(worker.submit(job)) }
            }
            finished.wait()
        }
        #expect(done.withLock { $0 } == 3)
    }

    @Test func `an idle one stops at once`() async throws {
        try await onThread {
            let worker = Worker<Int>(name: "worker", capacity: 1) { _ in }
            worker.stop(drain: true)
            worker.join()
        }
    }
}

@Suite struct `A gate` {
    @Test func `opens once and runs each action once`() {
        let gate = Gate()
        let count = Locked(0)
        gate.whenOpen { count.withLock { $0 += 1 } }
        #expect(!gate.isOpen)
        gate.open()
        gate.open()
        #expect(count.withLock { $0 } == 1)
        gate.whenOpen { count.withLock { $0 += 10 } }
        #expect(count.withLock { $0 } == 11)
        gate.wait()
    }
}

@Suite struct `A lock` {
    @Test func `lets one thread in at a time`() async throws {
        try await onThread {
            let value = Locked(0)
            let gates = (0..<4).map { _ in Gate() }
            for gate in gates {
                Thread.spawn(name: "adder") {
                    for _ in 0..<10_000 { value.withLock { $0 += 1 } }
                    gate.open()
                }
            }
            for gate in gates { gate.wait() }
            #expect(value.withLock { $0 } == 40_000)
        }
    }
}
