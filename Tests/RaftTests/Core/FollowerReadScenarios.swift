// SPDX-License-Identifier: Apache-2.0

import Testing

// Reads that arrive at others than the leader (dissertation §6.4).
@Suite struct `Follower read scenarios` {
    // In a group of three the question itself is the second voice of a majority.
    @Test func `a follower's question needs no round among three`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > elect 1
            > read 2 9
              2->1 asks for read 9 in t1
            > deliver 2->1
              1->2 read t1 9 at 1
            > deliver 1->2
              2 may answer read 9 at 1
            """)
    }

    // In a group of five it does.
    @Test func `a follower's question needs a round among five`() {
        play(
            """
            > members 5
            > start
            > elect 1
              1 is leader t1
            > elect 1
            > read 2 9
              2->1 asks for read 9 in t1
            > deliver 2->1
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
              1->4 heartbeat t1 commit 1 round 1
              1->5 heartbeat t1 commit 1 round 1
            > deliver 1->2
              2->1 heard t1 round 1 received 1 durable 1
            > deliver 2->1
            > deliver 1->3
              3->1 heard t1 round 1 received 1 durable 1
            > deliver 3->1
              1->2 read t1 9 at 1
            > deliver 1->2
              2 may answer read 9 at 1
            """)
    }

    // A learner's voice does not count.
    @Test func `a learner's question needs a round`() {
        play(
            """
            > members 3 learners 1
            > start
            > elect 1
              1 is leader t1
            > elect 1
            > read 4 9
              4->1 asks for read 9 in t1
            > deliver 4->1
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
              1->4 heartbeat t1 commit 1 round 1
            > deliver 1->2
              2->1 heard t1 round 1 received 1 durable 1
            > deliver 2->1
              1->4 read t1 9 at 1
            > deliver 1->4
              4->1 heard t1 round 1 received 1 durable 1
              4 may answer read 9 at 1
            """)
    }

    // A question asked in an earlier term is not answered, even by a member that led then and leads again.
    @Test func `a question of another term is not answered`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > read 2 9
              2->1 asks for read 9 in t1
            > cut 2
            > pass 700
            > timeout 1
              1 loses its reads
              1 is follower t1
            > timeout 1
              1->2 pre-vote? t2 log 1@1
              1->3 pre-vote? t2 log 1@1
              1 is precandidate t1
            > deliver 1->3
              3->1 pre-vote yes t2
            > deliver 3->1
              1 persists #3: t2 vote 1
              1 is candidate t2
            > write 1
              1->2 vote? t2 log 1@1
              1->3 vote? t2 log 1@1
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
            > deliver 1->3
              3 persists #6: t2 vote 1 appends [2]
              3 commits 1
              3 is follower t2 of 1
              3->1 heard t2 round 0 received 2 durable 1
            > write 3
              3->1 append yes t2 through 2
            > write 1
            > deliver 3->1
              1->3 append t2 after 1@1 commit 1 [2]
              1 commits 2
            > flight 2->1
              2->1 read? t1 9
            > deliver 2->1
            """)
    }
}
