// SPDX-License-Identifier: Apache-2.0

public import Platform
public import Raft

/// Carries frames over TCP, on an event loop that it shares with others.
///
/// Every member dials every peer, twice: one connection for control frames, one for bulk, so that a
/// heartbeat never waits behind entries. Frames travel on a connection in one direction only, from
/// the dialer to the acceptor, which sends nothing but its answer to the handshake. That needs no
/// tie-break between two members who dial each other, lets each side own the queue, the back-off and
/// the life of what it sends on, and makes the end of a connection *from* a peer mean that peer.
///
/// In a turn of the loop everything that was read is delivered as one batch, in the phase `collect`,
/// and everything that was sent leaves in one write for each peer and channel, in the phase `flush`.
///
/// Queues are bounded, see ``queueLimit(on:)``; what does not fit is dropped and counted
/// (``metrics``). Frames for a peer that is not connected are dropped at once: a stale backlog
/// helps nobody. Connections are made again after 5 ms to 250 ms, below any election timeout; a
/// refused one, which is reported once for each distinct reason, after half a second to one. A peer
/// that vanished without a word is noticed within about 5 s.
///
/// Frames are protected against damage (CRC-32C), not against an enemy on the network.
///
/// Thread-safe. Everything happens on the loop's thread; `send` from that thread takes no detour.
public final class TCPTransport: Transport {
    private let loop: EventLoop
    private let endpoint: TCPEndpoint
    private let shared: TCPSharedState
    private let ownsLoop: Bool
    private let address: SocketAddress

    /// Creates a transport that lives on a loop shared with others; it does nothing before `start`.
    /// - Parameters:
    ///   - loop: Runs already, or will.
    ///   - address: Where to listen; port 0 picks a free one, see ``boundAddress``.
    public convenience init(loop: EventLoop, listen address: SocketAddress) {
        self.init(loop: loop, ownsLoop: false, address: address)
    }

    /// Creates a transport with a thread of its own.
    /// - Parameter address: Where to listen, as `host:port`.
    /// - Throws: If the text is not an address, or the system has run out of descriptors.
    public convenience init(listen address: String) throws(RaftError) {
        let parsed: SocketAddress
        do throws(AddressError) {
            parsed = try SocketAddress(parsing: address)
        } catch {
            throw RaftError(.invalidConfiguration, "cannot listen for peers: \(error)")
        }
        let loop: EventLoop
        do throws(SystemError) {
            loop = try EventLoop(name: "raft-transport")
        } catch {
            throw RaftError(.transport, "cannot create an event loop: \(error)")
        }
        self.init(loop: loop, ownsLoop: true, address: parsed)
        loop.start()
    }

    private init(loop: EventLoop, ownsLoop: Bool, address: SocketAddress) {
        self.loop = loop
        self.ownsLoop = ownsLoop
        self.address = address
        shared = TCPSharedState()
        endpoint = TCPEndpoint(loop: loop, shared: shared)
    }

    deinit { stop() }

    /// The most bytes, headers included, that may wait to be sent to one peer on a channel.
    ///
    /// A frame longer than that is taken when nothing else waits: otherwise it could never be sent.
    public static func queueLimit(on channel: Frame.Channel) -> Int {
        switch channel {
        case .control: 1 << 20
        case .bulk: 32 << 20
        }
    }

    /// Starts listening and connecting; once.
    ///
    /// Peers whose address is a host name are looked up on another thread, again for every
    /// connection. An entry for this member itself is ignored.
    /// - Parameter deliver: Called on the loop's thread.
    /// - Throws: If the address cannot be listened on (`transport`), or if a peer's address cannot be
    ///   one or two peers have one id (`invalidConfiguration`). Nothing was started then.
    public func start(
        as introduction: Introduction, peers: [Peer],
        deliver: @escaping @Sendable ([TransportEvent]) -> Void
    ) throws(RaftError) {
        let targets = try PeerTarget.all(peers, except: introduction.member)
        guard shared.begin() else {
            throw RaftError(.transport, "the transport was started or stopped before")
        }
        let listener: TCPListener
        do throws(SystemError) {
            listener = try TCPListener(address)
        } catch {
            shared.cancelBegin()
            throw RaftError(.transport, "cannot listen for peers: \(error)")
        }
        shared.setBoundAddress(listener.address)
        let endpoint = endpoint
        let open: @Sendable () -> Void = {
            endpoint.open(
                as: introduction, targets: targets, listener: listener, deliver: deliver)
        }
        if loop.isCurrent { open() } else { loop.perform(open) }
    }

    /// Where the transport listens; nil before a successful `start`.
    public var boundAddress: SocketAddress? { shared.boundAddress }

    /// What the transport has done, as of the end of the loop's last turn.
    public var metrics: TransportMetrics { shared.metrics }

    /// Changes who this member says it is; its id must stay the same.
    ///
    /// All connections, in both directions, are closed and made anew.
    public func introduce(as introduction: Introduction) {
        let endpoint = endpoint
        if loop.isCurrent {
            endpoint.introduce(as: introduction)
        } else {
            loop.perform { endpoint.introduce(as: introduction) }
        }
    }

    /// Hands over frames to send.
    ///
    /// On the loop's thread they are copied into the queues of their connections; on any other, they
    /// wait for the loop's next turn.
    public func send(_ frames: [Frame]) {
        if loop.isCurrent {
            for frame in frames { endpoint.send(frame) }
        } else if shared.post(frames) {
            loop.wake()
        }
    }

    /// Closes all connections and the listening socket; for good.
    ///
    /// From another thread than the loop's it returns at once, and the loop closes in its next turn;
    /// what the loop is delivering at the moment is still delivered.
    public func stop() {
        guard shared.end() else { return }
        let endpoint = endpoint
        if loop.isCurrent { endpoint.close() } else { loop.perform { endpoint.close() } }
        if ownsLoop {
            // In this order: the loop runs what it was given before it ends.
            let loop = loop
            loop.perform { loop.stop() }
        }
    }
}
