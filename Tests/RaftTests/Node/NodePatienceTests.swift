// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftTransport
import Testing

/// Callers that give up, on whole nodes: by a time limit of their own or by cancellation.
@Suite(.serialized, .timeLimit(.minutes(1))) struct NodePatienceTests {
    private static let soon = Interval.milliseconds(100)

    /// Runs `body` on a member that knows no leader, then has the others come back.
    /// - Returns: What all came to in the end.
    private func withoutLeader(
        _ body: (RaftNode<Counter>) async throws -> Void
    ) async throws -> Int64 {
        let group = try TestGroup(members: 3)
        let nodes = try await group.startAll()
        let alone = nodes[0]
        for running in nodes[1...] { try await running.stop() }
        while await alone.node.status().leader != nil { await Task.yield() }
        try await body(alone.node)
        let back = try await group.start(Array(group.peers[1...]))
        let total = try await alone.node.propose(100).output
        for running in back + [alone] { try await running.stop() }
        return total
    }

    /// Runs `body` on a leader that reaches nobody.
    private func withIsolatedLeader(
        _ body: (RaftNode<Counter>) async throws -> Void
    ) async throws {
        let group = try TestGroup(members: 3)
        let nodes = try await group.startAll()
        let leader = await leader(of: nodes)
        group.network.isolate(group.peers[leader].id)
        try await body(nodes[leader].node)
        group.network.heal()
        for running in nodes { try await running.stop() }
    }

    /// Cancels a call once the node has taken it up.
    private func cancelled<Value: Sendable, Failure: Error>(
        on node: RaftNode<Counter>, _: Failure.Type,
        _ call: @escaping @Sendable (RaftNode<Counter>) async throws(Failure) -> Value
    ) async -> Result<Value, any Error> {
        let taken = AsyncStream<Void>.makeStream()
        let task = Task {
            taken.continuation.finish()
            return try await call(node)
        }
        for await _ in taken.stream {}
        // Some of these are after it, and all of them before it if it is never run.
        for _ in 0..<3 { _ = await node.status() }
        task.cancel()
        return await task.result
    }

    @Test func `a command that no leader was given in time is taken back`() async throws {
        let total = try await withoutLeader { node in
            await #expect(throws: ProposalError.rejected(.deadlineExceeded)) {
                try await node.propose(1, timeout: Self.soon)
            }
            await #expect(throws: ProposalError.rejected(.deadlineExceeded)) {
                try await node.openSession(timeout: Self.soon)
            }
            await #expect(throws: ReadError.deadlineExceeded) {
                try await node.read(timeout: Self.soon) { $0.total }
            }
            let stale = try await node.read(.stale, timeout: Self.soon) { $0.total }
            #expect(stale == 0)
        }
        #expect(total == 100)
    }

    @Test func `a command that was cancelled before a leader was given it is taken back`()
        async throws
    {
        let total = try await withoutLeader { node in
            let command = await cancelled(on: node, ProposalError.self) {
                node throws(ProposalError) in try await node.propose(1)
            }
            #expect(throws: ProposalError.rejected(.cancelled)) { try command.get() }
            let session = await cancelled(on: node, ProposalError.self) {
                node throws(ProposalError) in try await node.openSession()
            }
            #expect(throws: ProposalError.rejected(.cancelled)) { try session.get() }
            let read = await cancelled(on: node, ReadError.self) {
                node throws(ReadError) in try await node.read { $0.total }
            }
            #expect(throws: ReadError.cancelled) { try read.get() }
        }
        #expect(total == 100)
    }

    @Test func `what a leader was given is in doubt when its caller gives up`() async throws {
        try await withIsolatedLeader { node in
            await #expect(throws: ProposalError.outcomeUnknown) {
                try await node.propose(1, timeout: Self.soon)
            }
            let before = await node.status().lastIndex
            let task = Task { try await node.propose(1) }
            while await node.status().lastIndex == before { await Task.yield() }
            task.cancel()
            await #expect(throws: ProposalError.outcomeUnknown) { try await task.value }
            await #expect(throws: ReadError.deadlineExceeded) {
                try await node.read(timeout: Self.soon) { $0.total }
            }
        }
    }

    @Test func `a call that was cancelled before a node was run is not made`() async throws {
        let group = try TestGroup(members: 1)
        let node = try group.makeNode(group.peers[0])
        let command = Task { try await node.propose(1) }
        let read = Task { try await node.read { $0.total } }
        command.cancel()
        read.cancel()
        await #expect(throws: ProposalError.rejected(.cancelled)) { try await command.value }
        await #expect(throws: ReadError.cancelled) { try await read.value }
        let life = Task { try await node.run() }
        #expect(try await eventually { try await node.propose(100).output } == 100)
        node.stop()
        try await life.value
    }

    @Test func `a batch tells every command what became of it when its time is over`()
        async throws
    {
        let total = try await withoutLeader { node in
            var batch = ProposalBatch()
            for _ in 0..<1000 { batch.append(Int64(1)) }
            let told = AsyncStream<[ProposalResult<Int64>]>.makeStream()
            node.submit(batch, timeout: Self.soon) { told.continuation.yield($0) }
            var ordinals: [Int] = []
            for await part in told.stream {
                for result in part {
                    ordinals.append(result.ordinal)
                    #expect(throws: ProposalError.rejected(.deadlineExceeded)) {
                        try result.result.get()
                    }
                }
                if ordinals.count >= 1000 { break }
            }
            #expect(ordinals == Array(0..<1000))
        }
        #expect(total == 100)
    }

    @Test func `a time limit that is not reached changes nothing`() async throws {
        let group = try TestGroup(members: 3)
        let nodes = try await group.startAll()
        let longest = Interval(nanoseconds: .max)
        for (count, running) in nodes.enumerated() {
            let applied = try await running.node.propose(1, timeout: longest)
            #expect(applied.output == Int64(count + 1))
            #expect(try await running.node.read(timeout: longest) { $0.total } == count + 1)
        }
        for running in nodes { try await running.stop() }
    }

    /// What a call gives once the node serves.
    private func eventually<Value>(_ call: () async throws -> Value) async throws -> Value {
        while true {
            do { return try await call() } catch ProposalError.rejected(.noLeader) {
                await Task.yield()
            }
        }
    }
}
