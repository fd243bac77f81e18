// SPDX-License-Identifier: Apache-2.0

import KVServer
import KVStateMachine
import Platform
import Raft

/// Serves clients on the loop it shares with the member: sockets on one side of the gateway, the
/// member on the other.
///
/// Confined to the loop. In a turn, sockets are read as they are ready, what their commands need
/// is handed over together in `collect`, the member works in `process`, replies leave in `flush`.
final class ClientServer: @unchecked Sendable {
    private let loop: EventLoop
    private let node: RaftNode<KVStore>
    private let sockets: ClientSockets
    private var gateway: Gateway
    private let buffer: UnsafeMutableRawBufferPointer
    private var lastTurn: UInt64 = 0
    private var drain: Drain?
    private var members: [PhaseMember] = []

    /// The end of serving.
    private struct Drain {
        let deadline: UInt64
        let done: () -> Void
    }

    /// How much is read from a socket at once.
    private static let bufferBytes = 64 << 10
    /// Longer than the member waits for any outcome: whatever is owed is known by then.
    private static let drainNanoseconds: UInt64 = 4_000_000_000

    init(_ options: GatewayOptions, node: RaftNode<KVStore>, loop: EventLoop) {
        self.loop = loop
        self.node = node
        sockets = ClientSockets(loop: loop)
        gateway = Gateway(options, now: MonotonicTime(nanoseconds: loop.now))
        gateway.isServing = false
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// Takes part in the loop's turns.
    func start() {
        members = [
            PhaseMember { [unowned self] _ in collect() },
            PhaseMember { [unowned self] now in flush(now) },
        ]
        loop.add(members[0], phase: .collect)
        loop.add(members[1], phase: .flush)
    }

    /// The member can carry commands out from now on.
    func serve() { gateway.isServing = true }

    /// Takes a client in, or sends it away if there are too many.
    func accept(_ descriptor: FileDescriptor, from address: SocketAddress) {
        beginTurn()
        guard let id = gateway.connect(address: address.description) else {
            // Best effort: the socket is new, its buffer empty.
            _ = try? descriptor.write(Gateway.tooManyClients)
            descriptor.close()
            return
        }
        do throws(SystemError) {
            try sockets.add(ClientConnection(id, descriptor, self))
        } catch {
            gateway.disconnected(id)
            descriptor.close()
        }
    }

    /// Reads what a client sent.
    func read(_ connection: ClientConnection) {
        beginTurn()
        do throws(SystemError) {
            switch try connection.descriptor.read(into: buffer) {
            case .bytes(let count):
                gateway.received(
                    connection.id, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .endOfFile: gateway.inputEnded(connection.id)
            case .wouldBlock, .bufferFull: break
            }
        } catch {
            lost(connection)
        }
    }

    /// A client's socket takes output again.
    func writable(_ connection: ClientConnection) { gateway.writable(connection.id) }

    /// A client's connection is broken.
    func lost(_ connection: ClientConnection) {
        gateway.disconnected(connection.id)
        sockets.close(connection.id)
    }

    /// Finishes what was begun, closes every connection, and calls `done`; in a few seconds at
    /// most.
    func stop(_ done: @escaping () -> Void) {
        guard drain == nil else { return }
        beginTurn()
        gateway.drain()
        drain = Drain(deadline: loop.now + Self.drainNanoseconds, done: done)
        loop.wake()
    }

    /// Tells the gateway the time, once a turn, before anything else of the turn.
    private func beginTurn() {
        guard loop.turnCount != lastTurn else { return }
        lastTurn = loop.turnCount
        gateway.beginTurn(
            now: MonotonicTime(nanoseconds: loop.now),
            clusterTime: node.clusterTime)
    }

    private func collect() -> Turn {
        beginTurn()
        submitRounds()
        return .idle
    }

    private func flush(_ now: UInt64) -> Turn {
        gateway.flush(to: sockets)
        // Commands that waited for a reply to leave: the member takes them in the next turn.
        if gateway.hasRounds { submitRounds() }
        guard let drain else { return .idle }
        guard gateway.isIdle || now >= drain.deadline else { return Turn(deadline: drain.deadline) }
        for member in members { loop.remove(member) }
        drain.done()
        return .idle
    }

    private func submitRounds() {
        while let round = gateway.takeOperation() {
            node.submit(round.operation) { [self] result in
                gateway.finishOperation(round.token, result)
            }
        }
        if let round = gateway.takeWrites() {
            node.submit(round.batch) { [self] results in
                gateway.finishWrites(round.token, results)
            }
        }
        while let round = gateway.takeReads() { submit(round) }
    }

    private func submit(_ round: ReadRound) {
        if round.asksForStatus { node.status { [self] in gateway.status = $0 } }
        let token = round.token
        node.read(round.consistency) { [self] store, context in
            gateway.answerReads(token, from: store, at: context.appliedIndex)
        } failure: { [self] error in
            gateway.failReads(token, error)
        }
    }
}

/// A closure that is called in one phase of every turn.
private final class PhaseMember: LoopMember {
    private let body: (UInt64) -> Turn

    init(_ body: @escaping (UInt64) -> Turn) { self.body = body }

    func turn(now: UInt64) -> Turn { body(now) }
}
