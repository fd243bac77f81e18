// SPDX-License-Identifier: Apache-2.0

package import Raft

/// The life of the connection a member holds open to a peer to send frames of one channel.
///
/// Does no I/O and reads no clock: every event is a method that returns what to do. The dialer alone
/// sends frames; all the acceptor ever sends is its answer to the handshake.
///
///     idle → dialing → greeting → open
///              ↑  ↘       ↓        ↓
///              └───── backingOff ←─┘
package struct OutboundLink: Sendable {
    /// Where in its life a connection is.
    package enum State: Hashable, Sendable {
        /// Not started, or stopped.
        case idle
        /// No socket; dial when the time comes.
        case backingOff(until: MonotonicTime)
        /// The operating system is connecting.
        case dialing(until: MonotonicTime)
        /// Our hello is under way, the answer is awaited.
        case greeting(until: MonotonicTime)
        /// Frames flow.
        case open(since: MonotonicTime)
    }

    /// What to do after an event.
    package enum Action: Hashable, Sendable {
        /// Nothing.
        case none
        /// Open a socket to the peer.
        case dial
        /// Send the handshake record, before any frame.
        case greet([UInt8])
        /// The handshake is done: report the connection, and send the frames that wait.
        case open
        /// Close the socket, if there is one, and drop the frames that wait.
        case close
        /// The same, and report why this will not succeed.
        case closeRefused(TransportRefusal)
    }

    /// How long the operating system may take to connect.
    package static let dialTimeout = Interval.seconds(1)
    /// How long a peer may take to answer the handshake.
    package static let greetingTimeout = Interval.seconds(2)
    /// A connection that ended younger than this does not count as a success: whoever accepts and
    /// hangs up at once is not dialed a hundred times a second.
    package static let settledAge = Interval.seconds(1)

    /// The other member.
    package let peer: MemberID
    /// What the connection is for.
    package let channel: Frame.Channel
    /// Where in its life the connection is.
    package private(set) var state = State.idle
    private var doorkeeper: Doorkeeper
    private var backoff: Backoff

    /// Creates a link that has not started.
    /// - Parameter random: For the back-off; every link of a process needs its own.
    package init(
        to peer: MemberID, channel: Frame.Channel, doorkeeper: Doorkeeper, random: SplitMix64
    ) {
        self.peer = peer
        self.channel = channel
        self.doorkeeper = doorkeeper
        backoff = Backoff(random: random)
    }

    /// Whether frames handed over now may be sent: the connection is open or about to be.
    package var takesFrames: Bool {
        switch state {
        case .greeting, .open: true
        case .idle, .backingOff, .dialing: false
        }
    }

    /// Whether frames may be written to the socket.
    package var isOpen: Bool {
        switch state {
        case .open: true
        case .idle, .backingOff, .dialing, .greeting: false
        }
    }

    /// When `timePassed` must be called next.
    package var deadline: MonotonicTime? {
        switch state {
        case .idle, .open: nil
        case .backingOff(let until), .dialing(let until), .greeting(let until): until
        }
    }
}

extension OutboundLink {
    /// The member starts.
    package mutating func start(at now: MonotonicTime) -> Action {
        precondition(state == .idle, "link to member \(peer) started while \(state)")
        return dial(at: now)
    }

    /// The deadline may have passed.
    package mutating func timePassed(at now: MonotonicTime) -> Action {
        guard let deadline, deadline <= now else { return .none }
        switch state {
        case .idle, .open: return .none
        case .backingOff: return dial(at: now)
        case .dialing, .greeting: return ended(at: now)
        }
    }

    /// The socket is connected.
    package mutating func connected(at now: MonotonicTime) -> Action {
        guard case .dialing = state else { return .none }
        state = .greeting(until: now + Self.greetingTimeout)
        let hello = Hello(channel: channel, sender: doorkeeper.own, receiver: peer)
        return .greet(Handshake.encode(hello))
    }

    /// Bytes have come from the acceptor.
    /// - Parameter bytes: All that came since the socket was connected.
    package mutating func received(_ bytes: RawSpan, at now: MonotonicTime) -> Action {
        switch state {
        case .idle, .backingOff, .dialing: return .none
        case .open: return ended(at: now)
        case .greeting: break
        }
        do throws(HandshakeFailure) {
            guard let decoded = try Handshake.decodeAnswer(bytes) else { return .none }
            switch decoded.record {
            case .refused(let acceptor, let reason):
                // Its text says why; who it is, and of which cluster, is told by its introduction.
                let refusal = doorkeeper.refusal(ofAcceptor: acceptor, dialed: peer)
                return refused(reason, refusal?.cause ?? .other, at: now)
            case .accepted(let acceptor):
                if let refusal = doorkeeper.refusal(ofAcceptor: acceptor, dialed: peer) {
                    return refused(refusal.description, refusal.cause, at: now)
                }
                guard decoded.length == bytes.byteCount else { return ended(at: now) }
                state = .open(since: now)
                return .open
            }
        } catch {
            switch error {
            case .notRaft: return refused("what answers there is not a Raft member", at: now)
            case .version(let theirs):
                return refused("it speaks transport format \(theirs)", at: now)
            case .malformed: return ended(at: now)
            }
        }
    }

    /// The socket could not be opened, has failed, or was closed by the peer.
    package mutating func ended(at now: MonotonicTime) -> Action {
        switch state {
        case .idle, .backingOff: return .none
        case .dialing, .greeting: break
        case .open(let since): if now - since >= Self.settledAge { backoff.reset() }
        }
        state = .backingOff(until: now + backoff.next())
        return .close
    }

    /// The member says from now on that it is someone else: shake hands again.
    package mutating func introduce(by doorkeeper: Doorkeeper, at now: MonotonicTime) -> Action {
        self.doorkeeper = doorkeeper
        backoff.reset()
        if state == .idle { return .none }
        state = .backingOff(until: now)
        return .close
    }

    /// The member stops.
    package mutating func stop() -> Action {
        state = .idle
        return .close
    }

    private mutating func dial(at now: MonotonicTime) -> Action {
        state = .dialing(until: now + Self.dialTimeout)
        return .dial
    }

    private mutating func refused(
        _ reason: String, _ cause: TransportRefusal.Cause = .other, at now: MonotonicTime
    ) -> Action {
        state = .backingOff(until: now + backoff.nextAfterRefusal())
        return .closeRefused(TransportRefusal(cause, reason))
    }
}
