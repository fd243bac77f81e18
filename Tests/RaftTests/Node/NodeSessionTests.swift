// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

/// Sessions on whole nodes.
@Suite(.serialized, .timeLimit(.minutes(1))) struct NodeSessionTests {
    @Test func `a command is carried out once, whichever members it is proposed on`() async throws {
        let group = try TestGroup(members: 3)
        let nodes = try await group.startAll()
        var session = ClientSession(try await nodes[0].node.openSession())
        for round in 1...5 as ClosedRange<Int64> {
            let begun = session.begin()
            let stamp = try #require(begun)
            for running in nodes {
                let applied = try await running.node.propose(7, as: stamp)
                #expect(applied.output == round * 7)
            }
            session.finish(stamp.sequence)
        }
        try await nodes[1].node.keepAlive(session.id)
        try await nodes[2].node.closeSession(session.id)
        let begun = session.begin()
        let stamp = try #require(begun)
        await #expect(throws: ProposalError.rejected(.sessionEnded)) {
            try await nodes[0].node.propose(7, as: stamp)
        }
        for running in nodes { #expect(try await running.node.read { $0.total } == 35) }
        for running in nodes { try await running.stop() }
    }

    @Test func `a repeat is known after all members were stopped and started`() async throws {
        let group = try TestGroup(members: 3)
        var nodes = try await group.startAll()
        var session = ClientSession(
            try await nodes[0].node.openSession(lifetime: .seconds(3600)))
        let begun = session.begin()
        let stamp = try #require(begun)
        let first = try await nodes[1].node.propose(7, as: stamp)
        for running in nodes { try await running.stop() }
        nodes = try await group.startAll()
        let again = try await nodes[2].node.propose(7, as: stamp)
        #expect(again.output == first.output && again.index == first.index)
        #expect(try await nodes[0].node.read { $0.total } == 7)
        for running in nodes { try await running.stop() }
        await #expect(throws: ProposalError.rejected(.stopped)) {
            try await nodes[0].node.openSession()
        }
    }
}
