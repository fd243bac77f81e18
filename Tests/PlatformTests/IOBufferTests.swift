// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@Suite struct `An I/O buffer` {
    @Test func `behaves like an array with a limit`() {
        for seed in UInt64(0)..<30 {
            var random = SeededGenerator(state: seed)
            let limit = Int.random(in: 1...(seed < 25 ? 300 : 9000), using: &random)
            let buffer = Bytes(limit: limit)
            var model: [UInt8] = []
            var isRight = true
            for _ in 0..<300 {
                let count = Int.random(in: 0...(limit / 2 + 1), using: &random)
                if Bool.random(using: &random) {
                    let bytes = (0..<count).map {
                        UInt8(truncatingIfNeeded: $0 &* 7 &+ model.count)
                    }
                    let fits = model.count + count <= limit
                    isRight = buffer.append(bytes) == fits
                    if fits { model += bytes }
                } else {
                    let used = min(count, model.count)
                    buffer.consume(used)
                    model.removeFirst(used)
                }
                // Not #expect: that is slow in a loop like this.
                isRight = isRight && buffer.all == model && buffer.count == model.count
                isRight = isRight && buffer.availableCount == limit - model.count
                isRight = isRight && buffer.storageCapacity <= limit + limit / 4
                guard isRight else {
                    Issue.record("seed \(seed): the buffer differs from the model")
                    return
                }
            }
        }
    }

    @Test func `takes bytes in every form`() {
        let buffer = Bytes(limit: 100)
        let bytes: [UInt8] = [1, 2, 3, 4]
        var taken = [
            buffer.buffer.append(bytes), buffer.buffer.append(bytes[1..<3]),
            buffer.buffer.append(bytes.span.bytes),
            bytes.withUnsafeBytes { buffer.buffer.append($0) }, buffer.buffer.append("+OK\r\n"),
        ]
        taken.append(
            buffer.buffer.append(upTo: 10) { free in
                free[0] = 9
                return free.count == 10 ? 1 : 0
            })
        taken.append(buffer.append([]))
        #expect(taken.allSatisfy { $0 })
        let expected = bytes + [2, 3] + bytes + bytes + Array("+OK\r\n".utf8) + [9]
        #expect(buffer.all == expected)
        let count = buffer.buffer.withReadableBytes { $0.byteCount }
        #expect(count == expected.count)
    }

    @Test func `refuses what exceeds its limit and takes none of it`() {
        let buffer = Bytes(limit: 8)
        #expect(buffer.append([1, 2, 3, 4, 5]))
        #expect(!buffer.append([6, 7, 8, 9]))
        #expect(buffer.all == [1, 2, 3, 4, 5])
        #expect(buffer.append([6, 7, 8]))
        #expect(!buffer.reserve(1))
        #expect(!buffer.reserve(Int.max))
        #expect(buffer.availableCount == 0)
    }

    @Test func `needs no storage before the first byte`() {
        let buffer = Bytes()
        #expect(buffer.storageCapacity == 0)
        #expect(buffer.all == [])
    }

    @Test func `a queue that never runs empty does not grow`() {
        let buffer = Bytes()
        let piece = [UInt8](repeating: 1, count: 1000)
        #expect(buffer.append(piece))
        for _ in 0..<1000 {
            #expect(buffer.append(piece))
            buffer.consume(1000)
        }
        #expect(buffer.storageCapacity <= 8192)
    }

    @Test func `gives storage back after a burst`() {
        let buffer = Bytes()
        let burst = [UInt8](repeating: 1, count: 500_000)
        #expect(buffer.append(burst))
        buffer.consume(burst.count)
        #expect(buffer.storageCapacity >= burst.count)
        for _ in 0..<130 {
            #expect(buffer.append([1]))
            buffer.consume(1)
        }
        #expect(buffer.storageCapacity <= 4096)
    }

    @Test func `a silent connection's storage goes when asked for`() {
        let buffer = Bytes()
        #expect(buffer.append([UInt8](repeating: 1, count: 500_000)))
        buffer.buffer.removeAll()
        buffer.buffer.shrinkIfOversized()
        buffer.buffer.shrinkIfOversized()
        #expect(buffer.storageCapacity <= 4096)
    }

    @Test func `carries bytes through a socket in order`() throws {
        let (near, far) = try TCP.socketPair()
        defer {
            near.close()
            far.close()
        }
        let output = Bytes()
        let input = Bytes()
        let sent = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        #expect(output.append(sent))
        var received: [UInt8] = []
        var wasBlocked = false
        while received.count < sent.count {
            if try output.writeOnce(to: near) == .wouldBlock { wasBlocked = true }
            guard case .bytes(let count) = try input.readOnce(from: far) else { continue }
            #expect(count == input.count)
            received += input.all
            input.consume(count)
        }
        #expect(received == sent)
        #expect(output.isEmpty)
        #expect(input.storageCapacity > 65536, "full reads did not make the next ones larger")
        #expect(try input.readOnce(from: far) == .wouldBlock)
        #expect(try output.writeOnce(to: near) == .bytes(0))
        while !wasBlocked {
            #expect(output.append(sent))
            wasBlocked = try output.writeOnce(to: near) == .wouldBlock
        }
    }

    @Test func `reads no more than its limit, then the rest, then the end`() async throws {
        try await onThread { try readToTheEnd() }
    }

    private func readToTheEnd() throws {
        let (near, far) = try TCP.socketPair()
        defer { far.close() }
        #expect(try near.write(Array(0..<50)) == .bytes(50))
        near.close()
        let buffer = Bytes(limit: 30)
        #expect(try buffer.readOnce(from: far) == .bytes(30))
        #expect(try buffer.readOnce(from: far) == .bufferFull)
        buffer.consume(10)
        #expect(try buffer.readOnce(from: far) == .bytes(10))
        #expect(buffer.all == Array(10..<40))
        buffer.buffer.removeAll()
        #expect(try buffer.readOnce(from: far) == .bytes(10))
        #expect(try eventually { try buffer.readOnce(from: far) == .endOfFile })
        #expect(buffer.all == Array(40..<50))
    }

    @Test func `writing to a peer that is gone is an error, not a signal`() async throws {
        try await onThread { try writeToNobody() }
    }

    private func writeToNobody() throws {
        let (near, far) = try TCP.socketPair()
        defer { near.close() }
        far.close()
        #expect(try near.wait(for: [], timeoutMilliseconds: 10_000).contains(.hangup))
        let buffer = Bytes()
        #expect(buffer.append([1]))
        do throws(SystemError) {
            _ = try buffer.writeOnce(to: near)
            Issue.record("expected EPIPE")
        } catch {
            #expect(SystemError.name(of: error.errno) == "EPIPE")
        }
        #expect(buffer.count == 1)
    }
}
