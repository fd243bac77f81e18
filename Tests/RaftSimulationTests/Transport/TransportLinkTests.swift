// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftTransport
import Testing

private let doorkeeperOfOne = Doorkeeper(own: introduction(1), peers: [member(2)])
private let doorkeeperOfTwo = Doorkeeper(own: introduction(2), peers: [member(1)])
private let accepted = Handshake.encode(.accepted(by: introduction(2)))

@Suite struct `The life of an outbound connection` {
    private func link(seed: UInt64 = 1) -> OutboundLink {
        OutboundLink(
            to: member(2), channel: .control, doorkeeper: doorkeeperOfOne,
            random: SplitMix64(seed: seed))
    }

    private func openLink(at now: MonotonicTime) -> OutboundLink {
        var link = link()
        _ = link.start(at: now)
        _ = link.connected(at: now)
        #expect(link.received(accepted, at: now) == .open)
        return link
    }

    /// How long the link waits before it dials again.
    private func pause(_ link: OutboundLink, since now: MonotonicTime) throws -> Interval {
        guard case .backingOff(let until) = link.state else {
            throw RaftError(.transport, "not backing off but \(link.state)")
        }
        return until - now
    }

    @Test func `dials, greets, and is open when the answer has come`() throws {
        var link = link()
        #expect(link.start(at: .zero) == .dial)
        #expect(!link.takesFrames)
        let hello = Hello(channel: .control, sender: introduction(1), receiver: member(2))
        #expect(link.connected(at: .zero) == .greet(Handshake.encode(hello)))
        #expect(link.takesFrames && !link.isOpen)
        for count in 0..<accepted.count {
            let part = Array(accepted[..<count])
            #expect(link.received(part, at: .zero) == .none)
        }
        #expect(link.received(accepted, at: at(milliseconds: 3)) == .open)
        #expect(link.state == .open(since: at(milliseconds: 3)))
        #expect(link.takesFrames && link.isOpen && link.deadline == nil)
    }

    @Test func `pauses double from 10 to 250 ms, each cut by up to a half`() throws {
        var link = link()
        var now = MonotonicTime.zero
        var action = link.start(at: now)
        for nominal: UInt64 in [10, 20, 40, 80, 160, 250, 250, 250, 250] {
            #expect(action == .dial)
            #expect(link.ended(at: now) == .close)
            let pause = try pause(link, since: now)
            #expect(pause <= .milliseconds(nominal) && pause * 2 >= .milliseconds(nominal))
            #expect(link.timePassed(at: now) == .none)
            now = now + pause
            action = link.timePassed(at: now)
        }
    }

    @Test func `links with different seeds do not dial in step`() throws {
        let pauses = try (0..<20 as Range<UInt64>).map { seed in
            var link = link(seed: seed)
            _ = link.start(at: .zero)
            _ = link.ended(at: .zero)
            return try pause(link, since: .zero)
        }
        #expect(Set(pauses).count > 15)
    }

    @Test func `pauses start anew after a connection that lasted`() throws {
        var link = link()
        var now = MonotonicTime.zero
        _ = link.start(at: now)
        for _ in 0..<10 {
            _ = link.ended(at: now)
            now = now + .seconds(1)
            _ = link.timePassed(at: now)
        }
        _ = link.connected(at: now)
        _ = link.received(accepted, at: now)
        now = now + OutboundLink.settledAge
        #expect(link.ended(at: now) == .close)
        #expect(try pause(link, since: now) <= .milliseconds(10))
    }

    @Test func `whoever accepts and hangs up at once is dialed ever more slowly`() throws {
        var link = link()
        var now = MonotonicTime.zero
        _ = link.start(at: now)
        for _ in 0..<8 {
            _ = link.connected(at: now)
            _ = link.received(accepted, at: now)
            _ = link.ended(at: now)
            now = now + .seconds(1)
            _ = link.timePassed(at: now)
        }
        _ = link.ended(at: now)
        #expect(try pause(link, since: now) >= .milliseconds(125))
    }

    @Test func `neither connecting nor greeting lasts for ever`() throws {
        var link = link()
        _ = link.start(at: .zero)
        let first = try #require(link.deadline)
        #expect(link.timePassed(at: first) == .close)

        let second = try #require(link.deadline)
        #expect(link.timePassed(at: second) == .dial)
        _ = link.connected(at: second)
        let third = try #require(link.deadline)
        #expect(link.timePassed(at: third) == .close)
    }

    @Test func `a refusal is reported and tried again slowly`() throws {
        var link = link()
        _ = link.start(at: .zero)
        _ = link.connected(at: .zero)
        let answer = Handshake.encode(.refused(by: introduction(2), reason: "because"))
        let action = link.received(answer, at: .zero)
        #expect(action == .closeRefused(TransportRefusal(.other, "because")))
        let pause = try pause(link, since: .zero)
        #expect(pause >= .milliseconds(500) && pause <= .seconds(1))
    }

    @Test(arguments: [
        (introduction(2, cluster: 8), foreign(8)), (introduction(2), .other),
        (introduction(2, cluster: nil), .other),
        // It is not the member that was dialed: that one's cluster is not known.
        (introduction(3, cluster: 8), .other),
    ])
    func `a refusal tells whether the acceptor is of another cluster`(
        _ acceptor: Introduction, _ cause: TransportRefusal.Cause
    ) {
        var link = link()
        _ = link.start(at: .zero)
        _ = link.connected(at: .zero)
        let answer = Handshake.encode(.refused(by: acceptor, reason: "because"))
        let action = link.received(answer, at: .zero)
        #expect(action == .closeRefused(TransportRefusal(cause, "because")))
    }

    @Test func `an acceptance by the wrong member is a refusal`() throws {
        var link = link()
        _ = link.start(at: .zero)
        _ = link.connected(at: .zero)
        let answer = Handshake.encode(.accepted(by: introduction(3)))
        let action = link.received(answer, at: .zero)
        #expect(
            action
                == .closeRefused(
                    TransportRefusal(
                        .other, "the address given for member 2 belongs to member 3")))
    }

    @Test func `another protocol at the address is a refusal`() {
        var link = link()
        _ = link.start(at: .zero)
        _ = link.connected(at: .zero)
        let action = link.received(Array("HTTP/1.1 400".utf8), at: .zero)
        let refusal = TransportRefusal(.other, "what answers there is not a Raft member")
        #expect(action == .closeRefused(refusal))
    }

    @Test func `an acceptor that sends more than its answer is hung up on`() {
        var link = openLink(at: .zero)
        #expect(link.received((accepted + [0]), at: .zero) == .close)

        var other = self.link()
        _ = other.start(at: .zero)
        _ = other.connected(at: .zero)
        #expect(other.received((accepted + [0]), at: .zero) == .close)
    }

    @Test func `a new introduction is made at once, on a new connection`() throws {
        var link = openLink(at: .zero)
        let new = Doorkeeper(own: introduction(1, cluster: 9), peers: [member(2)])
        #expect(link.introduce(by: new, at: .zero) == .close)
        #expect(link.timePassed(at: .zero) == .dial)
        guard case .greet(let bytes) = link.connected(at: .zero) else {
            Issue.record("no greeting")
            return
        }
        #expect(try Handshake.decodeHello(bytes)?.record.sender == new.own)
    }

    @Test func `nothing happens after it has stopped`() {
        var link = openLink(at: .zero)
        #expect(link.stop() == .close)
        #expect(link.ended(at: .zero) == .none)
        #expect(link.timePassed(at: at(milliseconds: 100_000)) == .none)
        #expect(link.received(accepted, at: .zero) == .none)
        #expect(link.deadline == nil && !link.takesFrames)
    }
}

@Suite struct `The life of an inbound connection` {
    private let hello = Handshake.encode(
        Hello(channel: .control, sender: introduction(1), receiver: member(2)))

    private func frame(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        let header = FrameCodec.header(for: bytes)
        writer.write(header.contents)
        writer.write(header.checksum)
        writer.write(raw: bytes)
        return writer.bytes
    }

    @Test func `a hello is accepted, and frames behind it are received`() {
        var link = InboundLink(doorkeeper: doorkeeperOfTwo, at: .zero)
        let stream = hello + frame([1, 2]) + frame([3])
        let expected = InboundLink.Action.accept(
            member(1), .control, answer: accepted, consuming: hello.count)
        #expect(link.received(stream, at: 0) == expected)
        #expect(link.state == .open(from: member(1), .control))
        let first = hello.count + 12..<hello.count + 14
        #expect(
            link.received(stream, at: hello.count)
                == .receive(member(1), .control, first))
        #expect(
            link.received(stream, at: first.upperBound)
                == .receive(member(1), .control, first.upperBound + 12..<first.upperBound + 13))
        #expect(link.received(stream, at: stream.count) == .wait)
        #expect(link.ended() == member(1))
        #expect(link.ended() == nil)
    }

    @Test func `a refused dialer is told why`() {
        var link = InboundLink(doorkeeper: doorkeeperOfTwo, at: .zero)
        let stranger = Hello(channel: .bulk, sender: introduction(9), receiver: member(2))
        let reason = "member 2 does not know a member 9"
        let answer = Handshake.encode(.refused(by: introduction(2), reason: reason))
        #expect(
            link.received(Handshake.encode(stranger), at: 0)
                == .refuse(member(9), answer: answer, TransportRefusal(.other, reason)))
        #expect(link.ended() == nil)
    }

    @Test func `of a refused dialer is told which other cluster it belongs to`() {
        var link = InboundLink(doorkeeper: doorkeeperOfTwo, at: .zero)
        let stranger = Hello(
            channel: .bulk, sender: introduction(1, cluster: 8), receiver: member(2))
        guard
            case .refuse(member(1), _?, let refusal) =
                link.received(Handshake.encode(stranger), at: 0)
        else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.cause == foreign(8))
    }

    @Test func `a dialer of another version is told in the form that all versions share`() throws {
        var link = InboundLink(doorkeeper: doorkeeperOfTwo, at: .zero)
        let hello = Hello(channel: .control, sender: introduction(1), receiver: member(2))
        let bytes = Handshake.encode(hello, version: 2)
        guard case .refuse(nil, let answer?, let refusal) = link.received(bytes, at: 0)
        else {
            Issue.record("not refused")
            return
        }
        let reason = "member 2 speaks transport format 1, not 2"
        #expect(refusal == TransportRefusal(.other, reason))
        #expect(
            try Handshake.decodeAnswer(answer)?.record
                == .refused(by: introduction(2), reason: reason))
    }

    @Test func `whoever speaks another protocol gets no answer`() {
        var link = InboundLink(doorkeeper: doorkeeperOfTwo, at: .zero)
        let action = link.received(Array("*1\r\n$4\r\nPING\r\n".utf8), at: 0)
        let refusal = TransportRefusal(.other, "it is not a Raft member")
        #expect(action == .refuse(nil, answer: nil, refusal))
    }

    @Test func `bytes that are not a frame end the connection, naming the peer`() {
        var link = InboundLink(doorkeeper: doorkeeperOfTwo, at: .zero)
        _ = link.received(hello, at: 0)
        var damaged = frame([1, 2, 3])
        damaged[13] ^= 1
        #expect(
            link.received(damaged, at: 0)
                == .abort(
                    member(1),
                    reason: "member 1 sent a frame that does not match its checksum on its "
                        + "control connection"))
        #expect(link.received(frame([1]), at: 0) == .wait)
        // Its process is not gone.
        #expect(link.ended() == nil)
    }

    @Test func `a dialer that says nothing times out, an accepted one never`() {
        var link = InboundLink(doorkeeper: doorkeeperOfTwo, at: .zero)
        #expect(!link.hasTimedOut(at: at(milliseconds: 1999)))
        #expect(link.hasTimedOut(at: at(milliseconds: 2000)))
        _ = link.received(hello, at: 0)
        #expect(!link.hasTimedOut(at: at(milliseconds: 1_000_000)))
    }
}
