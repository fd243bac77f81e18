// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft
import RaftTransport

/// The smallest machine whose outputs tell whether anything was lost, repeated or reordered.
struct Counter: StateMachine {
    var total: Int64 = 0
    init(_: Void) {}
    init(restoring reader: inout ByteReader, _: Void) throws(DecodingFailure) {
        total = try reader.read()
    }
    mutating func apply(_ command: Int64, _: ApplyContext) -> Int64 {
        total += command
        return total
    }
    static func write(_ capture: Counter, to writer: inout ByteWriter) {
        writer.write(capture.total)
    }
}

/// A directory that goes with the value.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let random = String(SystemRandom.uint64(), radix: 36)
        path = "/tmp/raft-node-test-\(random)"
        try Files.makeDirectory(path)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        if Files.isDirectory(path) {
            for name in (try? Files.list(path)) ?? [] { remove(path + "/" + name) }
            try? Files.removeDirectory(path)
        } else {
            try? Files.unlink(path)
        }
    }
}

/// A running node and the task that runs it.
struct RunningNode: Sendable {
    let node: RaftNode<Counter>
    let life: Task<Void, any Error>

    /// Stops the node and waits until it has.
    func stop() async throws {
        node.stop()
        try await life.value
    }

    /// Waits until the node has ended by itself; why it did.
    func failure() async -> RaftError? {
        switch await life.result {
        case .success: nil
        case .failure(let error): error as? RaftError
        }
    }
}

/// Nodes of one process on one network, with real files.
struct TestGroup: Sendable {
    let network: InMemoryNetwork
    let directory: TemporaryDirectory
    let peers: [Peer]
    private let patience: Interval?

    /// Creates a group that was never started.
    /// - Parameters:
    ///   - network: One that is shared with another group.
    ///   - patience: How long its members wait before they give up a command or a read; for tests in
    ///     which they have to. Nil for the library's defaults, of seconds.
    init(
        members: Int, on network: InMemoryNetwork = InMemoryNetwork(), patience: Interval? = nil
    ) throws {
        self.network = network
        self.patience = patience
        directory = try TemporaryDirectory()
        peers = (1...UInt64(members)).compactMap { number in
            MemberID(number).map { Peer(id: $0, address: "member-\(number)") }
        }
    }

    /// Runs a member on its directory and returns when it is ready.
    func start(
        _ peer: Peer, in name: String? = nil, fileSystem: (any FileSystem)? = nil
    ) async throws -> RunningNode {
        let ready = AsyncStream<Void>.makeStream()
        let node = try makeNode(peer, in: name, fileSystem: fileSystem) { event in
            if case .ready = event { ready.continuation.finish() }
        }
        let life = Task {
            defer { ready.continuation.finish() }
            try await node.run()
        }
        for await _ in ready.stream {}
        return RunningNode(node: node, life: life)
    }

    /// A member that does not run yet.
    func makeNode(
        _ peer: Peer, in name: String? = nil, fileSystem: (any FileSystem)? = nil,
        observe: @escaping @Sendable (NodeEvent) -> Void = { _ in }
    ) throws -> RaftNode<Counter> {
        var configuration = NodeConfiguration(member: peer.id, initialMembers: peers)
        configuration.segmentBytes = 256 << 10
        configuration.options.core.electionTimeoutMinimum = .milliseconds(150)
        configuration.options.core.electionTimeoutMaximum = .milliseconds(300)
        configuration.options.core.heartbeatInterval = .milliseconds(30)
        if let patience {
            configuration.options.leaderWait = patience
            configuration.options.proposalTimeout = patience
            configuration.options.readTimeout = patience
        }
        return try RaftNode<Counter>(
            configuration, environment: (), transport: network.makeTransport(),
            fileSystem: fileSystem
                ?? POSIXFileSystem(directory: "\(directory.path)/\(name ?? "\(peer.id)")"),
            observe: observe)
    }

    /// Runs all members and returns when all are ready.
    func startAll() async throws -> [RunningNode] { try await start(peers) }

    /// Runs some members and returns when they are ready.
    func start(_ peers: [Peer]) async throws -> [RunningNode] {
        try await withThrowingTaskGroup(of: (Int, RunningNode).self) { group in
            for (position, peer) in peers.enumerated() {
                group.addTask { (position, try await start(peer)) }
            }
            var nodes: [(Int, RunningNode)] = []
            for try await node in group { nodes.append(node) }
            return nodes.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

/// The member that leads, as the others see it.
func leader(of nodes: [RunningNode]) async -> Int {
    while true {
        for (position, running) in nodes.enumerated() {
            let status = await running.node.status()
            if status.role == .leader, status.commitIndex > .zero { return position }
        }
        await Task.yield()
    }
}
