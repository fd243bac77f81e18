// SPDX-License-Identifier: Apache-2.0

import Testing

// Linearizable reads by index (dissertation §6.4; pitfalls 11 and 12).
@Suite struct `Read scenarios` {
    // Pitfall 11 [etcd#7331]. What earlier leaders committed is known only then.
    @Test func `a read waits until an entry of the leader's own term is committed`() {
        play(
            """
            > members 3
            > disk 1 t1 log 1 1
            > disk 2 t1 log 1 1
            > disk 3 t1 log 1 1
            > start
            > timeout 1
              1->2 pre-vote? t2 log 2@1
              1->3 pre-vote? t2 log 2@1
              1 is precandidate t1
            > deliver 1->2
              2->1 pre-vote yes t2
            > deliver 2->1
              1 persists #1: t2 vote 1
              1 is candidate t2
            > write 1
              1->2 vote? t2 log 2@1
              1->3 vote? t2 log 2@1
            > deliver 1->2
              2 persists #1: t2
              2 persists #2: t2 vote 1
              2 is follower t2
            > write 2
              2->1 vote yes t2
            > deliver 2->1
              1 starts t2 with entry 3
              1 persists #2: t2 vote 1 appends [3]
              1->2 append t2 after 2@1 commit 0 [3]
              1->3 append t2 after 2@1 commit 0 [3]
              1->2 heartbeat t2 commit 0 round 0
              1->3 heartbeat t2 commit 0 round 0
              1 is leader t2
            > read 1 7
              1->2 heartbeat t2 commit 0 round 1
              1->3 heartbeat t2 commit 0 round 1
            > timeout 1
              1->2 heartbeat t2 commit 0 round 1
              1->3 heartbeat t2 commit 0 round 1
            > deliver 1->2
              2 persists #3: t2 vote 1 appends [3]
              2 is follower t2 of 1
              2->1 heard t2 round 0 received 3 durable 2
              2->1 heard t2 round 1 received 3 durable 2
              2->1 heard t2 round 1 received 3 durable 2
            > deliver 2->1
              1->2 append t2 after 2@1 commit 0 [3]
            # Leadership is confirmed, but nothing of the term is committed.
            > write 1
            > write 2
              2->1 append yes t2 through 3
            > deliver 2->1
              1 commits 3
              1 may answer read 7 at 3
            """)
    }

    // §6.4. All reads that arrive during a round wait for the next one together.
    @Test func `reads share rounds, and a round confirms only what arrived before it`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > read 1 1
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
            > read 1 2
            > read 1 3
            > deliver 1->2
              2 commits 1
              2->1 heard t1 round 1 received 1 durable 1
            > deliver 2->1
              1 may answer read 1 at 1
              1->2 heartbeat t1 commit 1 round 2
              1->3 heartbeat t1 commit 1 round 2
            > deliver 1->2
              2->1 heard t1 round 2 received 1 durable 1
            > deliver 2->1
              1 may answer read 2 at 1
              1 may answer read 3 at 1
            """)
    }

    // Pitfall 12 [etcd-raft PR 397]. An answer counts for the round it names.
    @Test func `an answer to an earlier round confirms no later one`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > read 1 1
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
            > deliver 1->2
              2 commits 1
              2->1 heard t1 round 1 received 1 durable 1
            > copy 2->1
            > deliver 2->1 1
              1 may answer read 1 at 1
            > read 1 2
              1->2 heartbeat t1 commit 1 round 2
              1->3 heartbeat t1 commit 1 round 2
            > deliver 2->1
            > drop 1->*
            > timeout 1
              1->2 heartbeat t1 commit 1 round 2
              1->3 heartbeat t1 commit 1 round 2
            > deliver 1->3
              3 commits 1
              3->1 heard t1 round 2 received 1 durable 1
            > deliver 3->1
              1 may answer read 2 at 1
            """)
    }

    // Pitfall 12. Rounds are counted from one in each term; an answer of another term says nothing.
    @Test func `an answer of an earlier term confirms nothing`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > read 1 1
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
            > deliver 1->2
              2 commits 1
              2->1 heard t1 round 1 received 1 durable 1
            > drop 1->3
            # The answer is delayed until member 1 leads again, two terms later.
            > pass 700
            > cut 2->1
            > timeout 1
              1 loses its reads
              1 is follower t1
            > timeout 1
              1->2 pre-vote? t2 log 1@1
              1->3 pre-vote? t2 log 1@1
              1 is precandidate t1
            > drop 1->2
            > deliver 1->3
              3->1 pre-vote yes t2
            > deliver 3->1
              1 persists #3: t2 vote 1
              1 is candidate t2
            > write 1
              1->2 vote? t2 log 1@1
              1->3 vote? t2 log 1@1
            > drop 1->2
            > deliver 1->3
              3 persists #4: t2
              3 persists #5: t2 vote 1
              3 is follower t2
            > write 3
              3->1 vote yes t2
            > deliver 3->1
              1 starts t2 with entry 2
              1 persists #4: t2 vote 1 appends [2]
              1->2 append t2 after 1@1 commit 1 [2]
              1->3 append t2 after 1@1 commit 1 [2]
              1->2 heartbeat t2 commit 1 round 0
              1->3 heartbeat t2 commit 1 round 0
              1 is leader t2
            > drop 1->2
            > deliver 1->3
              3 persists #6: t2 vote 1 appends [2]
              3 commits 1
              3 is follower t2 of 1
              3->1 heard t2 round 0 received 2 durable 1
            > write 1
            > write 3
              3->1 append yes t2 through 2
            > deliver 3->1
              1->3 append t2 after 1@1 commit 1 [2]
              1 commits 2
            > drop 1->*
            > read 1 2
              1->2 heartbeat t2 commit 2 round 1
              1->3 heartbeat t2 commit 2 round 1
            > flight *->1
              2->1 heard t1 round 1 received 1 durable 1
            > deliver 2->1
            > deliver 1->3
              3 commits 2
              3->1 heard t2 round 1 received 2 durable 2
            > deliver 3->1
              1 may answer read 2 at 2
            """)
    }

    // [etcd#741]. A leader that has lost its followers confirms nothing, however sure it is.
    @Test func `a deposed leader answers no reads`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 1
            > read 1 1
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
            > pass 700
            > elect 2
              2 is leader t2
            > append 2
              2 persists #6: t2 vote 2 appends [3]
              2->3 append t2 after 2@2 commit 2 [3]
            > settle
              3 commits 2
              2 commits 3
            > read 1 2
            > heal
            > timeout 1
              1 loses its reads
              1 is follower t1
            """)
    }

    // Whoever waits is told when leadership ends, and later reads are refused.
    @Test func `reads are lost when the leader steps down`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 2->1
            > cut 3->1
            > read 1 1
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
            > read 1 2
            > pass 700
            > timeout 1
              1 loses its reads
              1 is follower t1
            > read 1 3
            """)
    }

    // Alone, one is a majority.
    @Test func `a single member answers at once`() {
        play(
            """
            > members 1
            > start
            > timeout 1
              1 persists #1: t1 vote 1
              1 is candidate t1
            > write 1
              1 starts t1 with entry 1
              1 persists #2: t1 vote 1 appends [1]
              1 is leader t1
            > read 1 1
            > write 1
              1 commits 1
              1 may answer read 1 at 1
            > read 1 2
              1 may answer read 2 at 1
            """)
    }

    // A lost round is repeated by the next heartbeat.
    @Test func `a lost round is made up for by the next heartbeat`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > read 1 1
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
            > drop 1->*
            > timeout 1
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
            > deliver 1->3
              3 commits 1
              3->1 heard t1 round 1 received 1 durable 1
            > deliver 3->1
              1 may answer read 1 at 1
            """)
    }
}
