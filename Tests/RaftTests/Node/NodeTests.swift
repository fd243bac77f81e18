// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft
import RaftTransport
import Testing

/// Whole nodes with their lanes, on real files; the network is the process' own.
@Suite(.serialized, .timeLimit(.minutes(1))) struct NodeTests {
    @Test func `every member takes commands, and each sees them all`() async throws {
        let group = try TestGroup(members: 3)
        let nodes = try await group.startAll()
        var expected: Int64 = 0
        for running in nodes + nodes {
            expected += 5
            let applied = try await running.node.propose(5)
            #expect(applied.output == expected)
        }
        for running in nodes {
            #expect(try await running.node.read { $0.total } == expected)
        }
        for running in nodes { try await running.stop() }
    }

    @Test func `a batch completes every command once and in order`() async throws {
        let group = try TestGroup(members: 3)
        let nodes = try await group.startAll()
        for running in nodes {
            let before = try await running.node.read { $0.total }
            var batch = ProposalBatch()
            for _ in 0..<1000 { batch.append(Int64(1)) }
            let results = AsyncStream<[ProposalResult<Int64>]>.makeStream()
            running.node.submit(batch) { results.continuation.yield($0) }
            var outputs: [Int64] = []
            for await part in results.stream {
                for result in part {
                    #expect(result.ordinal == outputs.count)
                    outputs.append(try result.result.get().output)
                }
                if outputs.count == 1000 { break }
            }
            #expect(outputs == (1...1000).map { before + $0 })
        }
        for running in nodes { try await running.stop() }
    }

    @Test func `what was acknowledged is there after all members were stopped and started`()
        async throws
    {
        let group = try TestGroup(members: 3)
        for round in 1...3 {
            let nodes = try await group.startAll()
            #expect(try await nodes[0].node.read { $0.total } == Int64(round - 1) * 7)
            // At least a term start and a command for every earlier life.
            #expect(await nodes[0].node.status().logBytes >= (round - 1) * 2 * 48)
            _ = try await nodes[round % 3].node.propose(7)
            for running in nodes { try await running.stop() }
        }
    }

    @Test func `an isolated leader is replaced, and learns what it missed`() async throws {
        let group = try TestGroup(members: 3)
        let nodes = try await group.startAll()
        _ = try await nodes[0].node.propose(1)
        let old = await leader(of: nodes)
        group.network.isolate(group.peers[old].id)
        let survivor = nodes[(old + 1) % 3]
        #expect(try await survivor.node.propose(10).output == 11)
        group.network.heal()
        #expect(try await nodes[old].node.read { $0.total } == 11)
        for running in nodes { try await running.stop() }
    }

    @Test func `a member without a majority rejects or does not know, and answers no read`()
        async throws
    {
        let group = try TestGroup(members: 3, patience: .milliseconds(500))
        let nodes = try await group.startAll()
        let old = await leader(of: nodes)
        group.network.isolate(group.peers[old].id)
        await #expect(throws: ProposalError.outcomeUnknown) {
            try await nodes[old].node.propose(1)
        }
        await #expect(throws: ReadError.unavailable) {
            try await nodes[old].node.read { $0.total }
        }
        #expect(try await nodes[old].node.read(.stale) { $0.total } == 0)
        group.network.heal()
        for running in nodes { try await running.stop() }
    }

    @Test func `a group of one serves`() async throws {
        let group = try TestGroup(members: 1)
        let nodes = try await group.startAll()
        #expect(try await nodes[0].node.propose(3).output == 3)
        #expect(try await nodes[0].node.read { $0.total } == 3)
        try await nodes[0].stop()
    }

    @Test func `a stopped node refuses instead of hanging`() async throws {
        let group = try TestGroup(members: 1)
        let running = try await group.startAll()[0]
        try await running.stop()
        await #expect(throws: ProposalError.rejected(.stopped)) {
            try await running.node.propose(1)
        }
        await #expect(throws: ReadError.stopped) { try await running.node.read { $0.total } }
        #expect(await running.node.status().member == group.peers[0].id)
    }

    @Test func `a node that was stopped before it was run does not begin`() async throws {
        let group = try TestGroup(members: 1)
        let node = try group.makeNode(group.peers[0])
        node.stop()
        let early = Task { try await node.read { $0.total } }
        try await node.run()
        await #expect(throws: ReadError.stopped) { try await early.value }
        #expect(try Files.list(group.directory.path).isEmpty)

        let other = try group.makeNode(group.peers[0])
        let life = Task { try await other.run() }
        life.cancel()
        try await life.value
    }

    @Test func `a node that is stopped while it reads its directory ends`() async throws {
        let group = try TestGroup(members: 1)
        let fileSystem = GatedFileSystem(directory: group.directory.path)
        let node = try group.makeNode(group.peers[0], fileSystem: fileSystem)
        let life = Task { try await node.run() }
        await fileSystem.locking.arrived()
        node.stop()
        // Answered after the stop was taken; and later, after what was read from the directory was.
        _ = await node.status()
        fileSystem.locking.open()
        await fileSystem.unlocking.arrived()
        _ = await node.status()
        fileSystem.unlocking.open()
        try await life.value
    }

    @Test func `a node that is stopped while a spare segment is made ends in good order`()
        async throws
    {
        let group = try TestGroup(members: 1)
        let fileSystem = GatedFileSystem(
            directory: group.directory.path, holding: "wal/spare")
        fileSystem.locking.open()
        fileSystem.unlocking.open()
        let running = try await group.start(group.peers[0], fileSystem: fileSystem)
        // A quarter of a segment: the next one is made ready.
        var batch = ProposalBatch()
        for _ in 0..<3000 { batch.append(Int64(1)) }
        running.node.submit(batch) { _ in }
        await fileSystem.opening.arrived()
        let end = Task { try await running.stop() }
        // Closed, but for the lane that is held up.
        while true {
            do { _ = try await running.node.read(.stale) { $0.total } } catch { break }
        }
        fileSystem.opening.open()
        try await end.value
    }

    @Test func `cancelling the task that runs a node stops it`() async throws {
        let group = try TestGroup(members: 1)
        let running = try await group.startAll()[0]
        running.life.cancel()
        try await running.life.value
    }

    @Test func `a configuration that contradicts itself is refused before anything starts`() throws
    {
        let group = try TestGroup(members: 3)
        let stranger = try #require(MemberID(9))
        #expect {
            try RaftNode<Counter>(
                NodeConfiguration(member: stranger, initialMembers: group.peers),
                environment: (), transport: group.network.makeTransport(),
                fileSystem: POSIXFileSystem(directory: group.directory.path))
        } throws: {
            ($0 as? RaftError)?.code == .invalidConfiguration
        }
    }
}
