// SPDX-License-Identifier: Apache-2.0

import Platform
import RaftTransport
import Testing

@testable import Raft

/// What a node does whose program is replaced by a newer one or an older one.
@Suite struct `Machine versions: a node` {
    private let directory: TemporaryDirectory
    private let peer: Peer
    /// What nodes have told of.
    private let risen = Locked<[MachineVersion]>([])

    init() throws {
        directory = try TemporaryDirectory()
        peer = Peer(id: try #require(MemberID(1)), address: "only")
    }

    /// A node that does not run yet, and a stream that ends when it is ready.
    private func makeNode<Machine: StateMachine>(
        _: Machine.Type
    ) throws -> (RaftNode<Machine>, ready: AsyncStream<Void>) where Machine.Environment == Void {
        let ready = AsyncStream<Void>.makeStream()
        let risen = risen
        let node = try RaftNode<Machine>(
            NodeConfiguration(member: peer.id, initialMembers: [peer]), environment: (),
            transport: InMemoryNetwork().makeTransport(),
            fileSystem: POSIXFileSystem(directory: directory.path)
        ) { event in
            if case .ready = event { ready.continuation.finish() }
            if case .machineVersionRose(let version, _) = event {
                risen.withLock { $0.append(version) }
            }
        }
        return (node, ready.stream)
    }

    @Test func `a cluster begins in its program's newest version, and an older program refuses it`()
        async throws
    {
        let (node, nodeReady) = try makeNode(VersionedCounter.self)
        async let life: Void = node.run()
        for await _ in nodeReady {}
        #expect(try await node.propose(1).output == 10)
        let status = await node.status()
        #expect(status.machineVersion == 2)
        #expect(status.machineVersions == 1...2)
        node.stop()
        try await life

        let (older, _) = try makeNode(Counter.self)
        let error = await #expect(throws: RaftError.self) { try await older.run() }
        #expect(error?.code == .unsupportedMachineVersion)
        #expect(error?.message.contains("start this member with the program") == true)
    }

    @Test func `a newer program goes on as the older one did until the version has risen`()
        async throws
    {
        let (older, olderReady) = try makeNode(Counter.self)
        async let olderLife: Void = older.run()
        for await _ in olderReady {}
        #expect(try await older.propose(1).output == 1)
        #expect(await older.status().machineVersion == 1)
        older.stop()
        try await olderLife

        let (newer, newerReady) = try makeNode(VersionedCounter.self)
        async let newerLife: Void = newer.run()
        for await _ in newerReady {}
        var total: Int64 = 1
        while await newer.status().machineVersion != 2 {
            let output = try await newer.propose(1).output
            #expect(output == total + 1 || output == total + 10)
            total = output
        }
        #expect(try await newer.propose(1).output == total + 10)
        let adopted = try await newer.read { $0.adopted.map { $0[0] } }
        #expect(adopted == [1, 2])
        #expect(risen.withLock { $0 } == [2])
        newer.stop()
        try await newerLife
    }
}
