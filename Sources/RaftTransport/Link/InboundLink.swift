// SPDX-License-Identifier: Apache-2.0

package import Raft

/// The life of a connection that a peer holds open to this member to send frames of one channel.
///
/// Does no I/O and reads no clock: every event is a method that returns what to do.
package struct InboundLink: Sendable {
    /// Where in its life a connection is.
    package enum State: Hashable, Sendable {
        /// The dialer's hello is awaited.
        case greeting(until: MonotonicTime)
        /// Frames may come.
        case open(from: MemberID, Frame.Channel)
        /// Nothing of what comes is looked at any more.
        case ended
    }

    /// What to do after bytes have come.
    package enum Action: Hashable, Sendable {
        /// Nothing, until more bytes have come.
        case wait
        /// Send the answer, drop so many bytes, report nothing, and ask again.
        case accept(MemberID, Frame.Channel, answer: [UInt8], consuming: Int)
        /// A frame stands in this range: hand it over, and ask again for what is behind it.
        case receive(MemberID, Frame.Channel, Range<Int>)
        /// Send the answer, if there is one, close, and report it.
        case refuse(MemberID?, answer: [UInt8]?, TransportRefusal)
        /// Close and report it: the peer's bytes are not frames.
        case abort(MemberID, reason: String)
    }

    /// How long a dialer may take to send its hello.
    package static let greetingTimeout = Interval.seconds(2)

    /// Where in its life the connection is.
    package private(set) var state: State
    private let doorkeeper: Doorkeeper

    /// Creates a link for a connection that was just accepted.
    /// - Parameter doorkeeper: Knows who may talk to this member.
    package init(doorkeeper: Doorkeeper, at now: MonotonicTime) {
        self.doorkeeper = doorkeeper
        state = .greeting(until: now + Self.greetingTimeout)
    }

    /// When `hasTimedOut` must be asked next.
    package var deadline: MonotonicTime? {
        switch state {
        case .greeting(let until): until
        case .open, .ended: nil
        }
    }

    /// Whether the dialer let its time pass: close without a word.
    package func hasTimedOut(at now: MonotonicTime) -> Bool {
        guard let deadline else { return false }
        return deadline <= now
    }

    /// Bytes have come, or are left after the last action.
    /// - Parameters:
    ///   - bytes: What has come.
    ///   - offset: Where in it begins what was not consumed.
    package mutating func received(_ bytes: RawSpan, at offset: Int) -> Action {
        switch state {
        case .ended: return .wait
        case .greeting:
            if offset == bytes.byteCount { return .wait }
            return greeted(bytes.extracting(offset..<bytes.byteCount))
        case .open(let peer, let channel):
            do throws(FrameViolation) {
                switch try FrameCodec.decode(bytes, at: offset, on: channel) {
                case .incomplete: return .wait
                case .frame(let range): return .receive(peer, channel, range)
                }
            } catch {
                state = .ended
                return .abort(peer, reason: "member \(peer) \(error) on its \(channel) connection")
            }
        }
    }

    /// The connection has ended; returns the peer that may be gone, if one had been accepted.
    package mutating func ended() -> MemberID? {
        defer { state = .ended }
        switch state {
        case .open(let peer, _): return peer
        case .greeting, .ended: return nil
        }
    }

    private mutating func greeted(_ bytes: RawSpan) -> Action {
        let own = doorkeeper.own
        do throws(HandshakeFailure) {
            guard let decoded = try Handshake.decodeHello(bytes) else { return .wait }
            let hello = decoded.record
            if let refusal = doorkeeper.refusal(of: hello) {
                return refuse(hello.sender.member, refusal)
            }
            state = .open(from: hello.sender.member, hello.channel)
            return .accept(
                hello.sender.member, hello.channel,
                answer: Handshake.encode(.accepted(by: own)), consuming: decoded.length)
        } catch {
            switch error {
            case .notRaft:
                state = .ended
                let refusal = TransportRefusal(.other, "it is not a Raft member")
                return .refuse(nil, answer: nil, refusal)
            case .version(let theirs):
                return refuse(nil, .otherVersion(theirs: theirs, member: own.member))
            case .malformed(let failure):
                return refuse(nil, .malformed(failure, member: own.member))
            }
        }
    }

    private mutating func refuse(_ member: MemberID?, _ refusal: Refusal) -> Action {
        state = .ended
        let reason = refusal.description
        let answer = Answer.refused(by: doorkeeper.own, reason: reason)
        return .refuse(
            member, answer: Handshake.encode(answer), TransportRefusal(refusal.cause, reason))
    }
}
