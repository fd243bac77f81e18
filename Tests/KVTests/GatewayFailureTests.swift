// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KVServer
@testable import Raft

/// What a client learns when something did not work: above all, whether its command was executed.
@Suite struct `Commands without an outcome` {
    let harness = GatewayHarness()

    @Test(arguments: [
        (
            ProposalError.outcomeUnknown,
            "-INDOUBT the write may or may not take effect: its outcome is not known"
        ),
        (.rejected(.noLeader), "-CLUSTERDOWN no leader; not executed"),
        (.rejected(.stopped), "-CLUSTERDOWN this member is stopping; not executed"),
        (.rejected(.overloaded), "-BUSY too many commands are waiting; not executed"),
        (
            .rejected(.tooLarge),
            "-TOOLARGE the command does not fit an entry of the log; not executed"
        ),
    ]) func `a write says whether it may take effect`(error: ProposalError, reply: String) {
        let client = harness.connect()
        client.ask("SET k v")
        harness.turn()
        harness.fail(error)
        harness.turn()
        #expect(client.answer == reply)
        #expect(!client.isClosed)
    }

    @Test func `a read in the log is never in doubt`() {
        let client = harness.connect()
        client.ask("SET k v", "GET k")
        harness.turn()
        harness.fail(ProposalError.outcomeUnknown)
        harness.turn()
        #expect(
            client.answer.hasSuffix(
                "|-CLUSTERDOWN the read was not answered in time; not executed"))
        #expect(harness.statistics.writesInDoubt == 1)
    }

    @Test(arguments: [
        (ReadError.unavailable, "-CLUSTERDOWN no leader confirmed the read; not executed"),
        (.overloaded, "-BUSY too many reads are waiting; not executed"),
        (.stopped, "-CLUSTERDOWN this member is stopping; not executed"),
    ]) func `a read that can't be confirmed was not executed`(error: ReadError, reply: String) {
        let client = harness.connect()
        client.ask("GET k", "INFO raft")
        harness.turn()
        // The round on local state is taken first, and fails like the other.
        harness.fail(error)
        harness.fail(error)
        harness.turn()
        #expect(client.answer == "\(reply)|\(reply)")
    }

    @Test func `a failed read lets the write behind it begin`() {
        let client = harness.connect()
        client.ask("GET k", "SET k v")
        harness.turn()
        harness.fail(ReadError.unavailable)
        harness.run()
        #expect(client.answer.hasSuffix("|+OK"))
    }

    @Test func `a read that failed may still be answered with a later one, once`() {
        let client = harness.connect()
        client.ask("GET k")
        harness.turn()
        client.ask("GET k")
        harness.turn()
        let first = harness.reads[0].token
        harness.confirm(1)
        harness.gateway.failReads(first, .unavailable)
        harness.turn()
        #expect(client.answer == "$-1|$-1")
    }
}
