// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftTransport
import Testing

@Suite struct `Handshake records` {
    private let hello = Hello(channel: .bulk, sender: introduction(1), receiver: member(2))

    @Test(arguments: [UInt64?.none, 7], [Frame.Channel.control, .bulk])
    func `a hello is read as it was written`(_ cluster: UInt64?, _ channel: Frame.Channel) throws {
        let hello = Hello(
            channel: channel, sender: introduction(1, cluster: cluster), receiver: member(2))
        let record = Handshake.encode(hello)
        let decoded = try Handshake.decodeHello((record + [1, 2, 3]))
        #expect(decoded?.record == hello)
        #expect(decoded?.length == record.count)
    }

    @Test(arguments: [
        Answer.accepted(by: introduction(2)),
        .refused(by: introduction(2, cluster: nil), reason: "no – really"),
    ])
    func `an answer is read as it was written`(_ answer: Answer) throws {
        let record = Handshake.encode(answer)
        let decoded = try Handshake.decodeAnswer(record)
        #expect(decoded?.record == answer)
        #expect(decoded?.length == record.count)
    }

    @Test func `a record is awaited until its last byte`() throws {
        let record = Handshake.encode(hello)
        for count in 0..<record.count {
            let part = Array(record[..<count])
            #expect(try Handshake.decodeHello(part) == nil, "\(count) bytes")
        }
    }

    @Test func `a flipped bit never gives a record`() {
        let record = Handshake.encode(hello)
        for bit in 0..<record.count * 8 {
            var damaged = record
            damaged[bit / 8] ^= 1 << (bit % 8)
            // A longer body may be awaited; anything else is an error at once.
            let decoded = try? Handshake.decodeHello(damaged)
            #expect(decoded == nil, "bit \(bit)")
        }
    }

    @Test func `another protocol is noticed by its first byte`() {
        #expect(throws: HandshakeFailure.notRaft) {
            try Handshake.decodeHello(Array("PING\r\n".utf8))
        }
    }

    @Test func `one's own hello is not an answer`() {
        // What a socket reads that was connected to itself.
        #expect(throws: HandshakeFailure.self) {
            try Handshake.decodeAnswer(Handshake.encode(hello))
        }
    }

    @Test func `a body that claims to be longer than any is refused by its header alone`() {
        var record = Handshake.encode(hello)
        record[11] = 0xFF
        record[12] = 0xFF
        #expect(throws: HandshakeFailure.self) {
            try Handshake.decodeHello(Array(record[..<13]))
        }
    }

    @Test func `the version is looked at before the body`() {
        #expect(throws: HandshakeFailure.version(9)) {
            try Handshake.decodeHello(Handshake.encode(hello, version: 9))
        }
    }

    @Test func `a very long reason is cut, not refused`() throws {
        let reason = String(repeating: "é", count: 5000)
        let record = Handshake.encode(.refused(by: introduction(2), reason: reason))
        #expect(record.count <= Handshake.maximumLength)
        guard case .refused(_, let text) = try Handshake.decodeAnswer(record)?.record
        else {
            Issue.record("not a refusal")
            return
        }
        #expect(reason.hasPrefix(text) && text.utf8.count > 1000)
    }
}

@Suite struct `Who may talk to a member` {
    private let doorkeeper = Doorkeeper(own: introduction(2), peers: [member(1), member(3)])

    private func refusal(
        from number: UInt64, cluster: UInt64? = 7, to receiver: UInt64 = 2
    ) -> Refusal? {
        let sender = introduction(number, cluster: cluster)
        let hello = Hello(channel: .control, sender: sender, receiver: member(receiver))
        return doorkeeper.refusal(of: hello)
    }

    @Test func `a peer of the same cluster is welcome`() {
        #expect(refusal(from: 1) == nil)
        #expect(refusal(from: 3) == nil)
    }

    @Test func `a peer without a cluster is welcome, and so is one with a cluster without ours`() {
        #expect(refusal(from: 1, cluster: nil) == nil)
        let empty = Doorkeeper(own: introduction(2, cluster: nil), peers: [member(1)])
        let hello = Hello(channel: .bulk, sender: introduction(1), receiver: member(2))
        #expect(empty.refusal(of: hello) == nil)
    }

    @Test func `a member of another cluster is refused`() {
        let ours = ClusterID(high: 0, low: 7)
        let theirs = ClusterID(high: 0, low: 8)
        let expected = Refusal.otherCluster(
            member(1), theirs: theirs, member: member(2), ours: ours)
        #expect(refusal(from: 1, cluster: 8) == expected)
        #expect(
            expected.description.contains("\(ours)") && expected.description.contains("\(theirs)"))
    }

    @Test func `whoever wants to talk to another member is refused`() {
        let expected = Refusal.wrongReceiver(intended: member(3), actual: member(2))
        #expect(refusal(from: 1, to: 3) == expected)
        #expect(
            expected.description == "the address given for member 3 belongs to member 2")
    }

    @Test func `an unknown member is refused`() {
        #expect(refusal(from: 9) == .unknownMember(member(9), by: member(2)))
    }

    @Test func `a second process of one's own id is refused`() {
        #expect(refusal(from: 2) == .ownID(member(2)))
    }

    @Test func `an acceptor must be the member that was dialed, of the same cluster`() {
        #expect(doorkeeper.refusal(ofAcceptor: introduction(3), dialed: member(3)) == nil)
        #expect(
            doorkeeper.refusal(ofAcceptor: introduction(1), dialed: member(3))
                == .wrongReceiver(intended: member(3), actual: member(1)))
        #expect(
            doorkeeper.refusal(ofAcceptor: introduction(3, cluster: 8), dialed: member(3)) != nil)
    }
}
