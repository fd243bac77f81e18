// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft
import RaftTransport

/// A TCP transport with its loop and what it delivered.
final class TestMember: Sendable {
    let number: UInt64
    let loop: EventLoop
    let transport: TCPTransport
    let probe = Probe()

    init(_ number: UInt64, port: UInt16 = 0) throws {
        self.number = number
        loop = try EventLoop(name: "member-\(number)")
        transport = TCPTransport(loop: loop, listen: .loopback(port: port))
        loop.start()
    }

    deinit { loop.stop() }

    /// Starts with peers at ports of this machine.
    func start(peers: [UInt64: UInt16], cluster: UInt64? = 7) throws {
        let probe = probe
        try transport.start(
            as: introduction(number, cluster: cluster),
            peers: peers.map { Peer(id: member($0.key), address: "127.0.0.1:\($0.value)") }
        ) { probe.deliver($0) }
    }

    var port: UInt16 { transport.boundAddress?.port ?? 0 }

    /// Runs the closure on the loop, and returns when the turn it ran in is over.
    func inOneTurn(_ body: @escaping @Sendable (TCPTransport) -> Void) async {
        await withCheckedContinuation { continuation in
            loop.perform { [loop, transport] in
                body(transport)
                loop.perform { continuation.resume() }
            }
        }
    }

    /// Stops the transport and returns when its sockets are closed.
    func stop() async { await inOneTurn { $0.stop() } }
}

/// Two members, connected in both directions.
func connectedPair() async throws -> (TestMember, TestMember) {
    let ports = try freePorts(2)
    let one = try TestMember(1, port: ports[0])
    let two = try TestMember(2, port: ports[1])
    try one.start(peers: [1: ports[0], 2: ports[1]])
    try two.start(peers: [1: ports[0], 2: ports[1]])
    await one.probe.wait { $0.isConnected(to: 2) }
    await two.probe.wait { $0.isConnected(to: 1) }
    return (one, two)
}

/// A connection to a member that says what a test wants, on a thread of its own.
struct RawDialer {
    let descriptor: FileDescriptor

    init(port: UInt16) throws {
        descriptor = try TCP.connect(to: .loopback(port: port))
        _ = try descriptor.wait(for: .write, timeoutMilliseconds: 10_000)
        try TCP.finishConnect(descriptor)
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes
        while !rest.isEmpty {
            switch try descriptor.write(rest) {
            case .bytes(let count): rest.removeFirst(count)
            case .wouldBlock: _ = try descriptor.wait(for: .write, timeoutMilliseconds: 10_000)
            }
        }
    }

    func send(frame bytes: [UInt8], flippingBit bit: UInt8 = 0) throws {
        var writer = ByteWriter()
        let header = FrameCodec.header(for: bytes)
        writer.write(header.contents)
        writer.write(header.checksum)
        writer.write(raw: bytes.dropLast())
        writer.write(raw: bytes.suffix(1).map { $0 ^ bit })
        try send(writer.bytes)
    }

    /// Says hello and returns the answer.
    func greet(as number: UInt64, to receiver: UInt64, version: UInt16 = 1) throws -> Answer? {
        let hello = Hello(
            channel: .control, sender: introduction(number), receiver: member(receiver))
        try send(Handshake.encode(hello, version: version))
        var answer: [UInt8] = []
        while true {
            if let decoded = try Handshake.decodeAnswer(answer) { return decoded.record }
            guard try readOnce(into: &answer) else { return nil }
        }
    }

    /// Everything that comes until the other side closes.
    func readToEnd() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while try readOnce(into: &bytes) {}
        return bytes
    }

    func close() { descriptor.close() }

    private func readOnce(into bytes: inout [UInt8]) throws -> Bool {
        while true {
            do throws(SystemError) {
                switch try descriptor.read(appendingTo: &bytes, maximum: 4096) {
                case .bytes: return true
                case .endOfFile, .bufferFull: return false
                case .wouldBlock:
                    let events = try descriptor.wait(for: .read, timeoutMilliseconds: 10_000)
                    if events.isEmpty { throw SystemError(call: "read", errno: 110) }
                }
            } catch {
                // A reset is an end, too.
                if SystemError.name(of: error.errno) == "ECONNRESET" { return false }
                throw error
            }
        }
    }
}
