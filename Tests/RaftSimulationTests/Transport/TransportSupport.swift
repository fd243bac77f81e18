// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft
import RaftTransport
import Testing

/// A member id that is known to be valid.
func member(_ number: UInt64) -> MemberID {
    guard let id = MemberID(number) else { preconditionFailure("\(number) is not a member id") }
    return id
}

/// An introduction with what a test does not care about filled in.
func introduction(_ number: UInt64, cluster: UInt64? = 7) -> Introduction {
    Introduction(
        cluster: cluster.map { ClusterID(high: 0, low: $0) }, member: member(number),
        incarnation: 100 + number)
}

/// What is reported of a member that belongs to the cluster of that number.
func foreign(_ cluster: UInt64) -> TransportRefusal.Cause {
    .foreignCluster(ClusterID(high: 0, low: cluster))
}

func at(milliseconds: UInt64) -> MonotonicTime {
    MonotonicTime(nanoseconds: milliseconds * 1_000_000)
}

func controlFrame(to number: UInt64, _ bytes: [UInt8]) -> Frame {
    Frame(peer: member(number), channel: .control, bytes: bytes)
}

func bulkFrame(to number: UInt64, _ bytes: [UInt8]) -> Frame {
    Frame(peer: member(number), channel: .bulk, bytes: bytes)
}

/// Four bytes that tell a frame from all others.
func bytes(of number: Int) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt32(number))
    return writer.bytes
}

/// What a transport has delivered so far.
struct Delivered: Sendable {
    var frames: [Frame] = []
    var connected: [(peer: MemberID, channel: Frame.Channel)] = []
    var disconnected: [MemberID] = []
    var refused: [(peer: MemberID?, cause: TransportRefusal.Cause, reason: String)] = []

    var payloads: [[UInt8]] { frames.map(\.bytes) }

    /// Whether both connections to a member were made, so many times.
    func isConnected(to number: UInt64, times: Int = 1) -> Bool {
        connected.count { $0.peer == member(number) && $0.channel == .control } >= times
            && connected.count { $0.peer == member(number) && $0.channel == .bulk } >= times
    }

    mutating func add(_ event: TransportEvent) {
        switch event {
        case .received(let frame): frames.append(frame)
        case .connected(let peer, let channel): connected.append((peer, channel))
        case .disconnected(let peer): disconnected.append(peer)
        case .refused(let peer, let refusal):
            refused.append((peer, refusal.cause, refusal.text))
        }
    }
}

/// Collects what a transport delivers, and lets a test wait for it without blocking a thread.
final class Probe: Sendable {
    private struct Waiter {
        let condition: @Sendable (Delivered) -> Bool
        let continuation: CheckedContinuation<Delivered, Never>
    }

    private struct State {
        var delivered = Delivered()
        var waiters: [Waiter] = []
    }

    private let state = Locked(State())

    var delivered: Delivered { state.withLock { $0.delivered } }

    func deliver(_ events: [TransportEvent]) {
        let (delivered, ready) = state.withLock { state in
            for event in events { state.delivered.add(event) }
            let delivered = state.delivered
            let ready = state.waiters.filter { $0.condition(delivered) }
            state.waiters.removeAll { $0.condition(delivered) }
            return (delivered, ready)
        }
        for waiter in ready { waiter.continuation.resume(returning: delivered) }
    }

    @discardableResult
    func wait(until condition: @escaping @Sendable (Delivered) -> Bool) async -> Delivered {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state -> Delivered? in
                if condition(state.delivered) { return state.delivered }
                state.waiters.append(Waiter(condition: condition, continuation: continuation))
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }
}

/// Runs what blocks on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
{
    try await withCheckedThrowingContinuation { continuation in
        Platform.Thread.spawn(name: "test") { continuation.resume(with: Result { try body() }) }
    }
}

/// Ports nobody listens on, outside the range from which the kernel gives ports to dialers.
func freePorts(_ count: Int) throws -> [UInt16] {
    var sockets: [FileDescriptor] = []
    defer { for socket in sockets { socket.close() } }
    var ports: [UInt16] = []
    while ports.count < count {
        let port = UInt16(10_000 + SystemRandom.uint64() % 20_000)
        do throws(SystemError) {
            sockets.append(try TCP.listen(on: .loopback(port: port)))
            ports.append(port)
        } catch {
            guard error.isAddressInUse else { throw error }
        }
    }
    return ports
}

// Spans of temporaries cannot pass through the macros of the testing library.
extension OutboundLink {
    mutating func received(_ bytes: [UInt8], at now: MonotonicTime) -> Action {
        received(bytes.span.bytes, at: now)
    }
}

extension InboundLink {
    mutating func received(_ bytes: [UInt8], at offset: Int) -> Action {
        received(bytes.span.bytes, at: offset)
    }
}

extension Handshake {
    static func decodeHello(_ bytes: [UInt8]) throws(HandshakeFailure) -> Decoded<Hello>? {
        try decodeHello(bytes.span.bytes)
    }

    static func decodeAnswer(_ bytes: [UInt8]) throws(HandshakeFailure) -> Decoded<Answer>? {
        try decodeAnswer(bytes.span.bytes)
    }
}
