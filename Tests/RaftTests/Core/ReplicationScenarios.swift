// SPDX-License-Identifier: Apache-2.0

import Testing

// Which entries survive, and when they are committed (dissertation §3.5, §3.6).
@Suite struct `Replication scenarios` {
    // Figure 3.7. Missing entries, surplus entries, and both: all logs become the leader's.
    @Test func `the logs of figure 3.7 become the leader's`() {
        play(
            """
            > members 7
            > disk 1 t7 log 1 1 1 4 4 5 5 6 6 6
            > disk 2 t6 log 1 1 1 4 4 5 5 6 6
            > disk 3 t4 log 1 1 1 4
            > disk 4 t6 log 1 1 1 4 4 5 5 6 6 6 6
            > disk 5 t7 log 1 1 1 4 4 5 5 6 6 6 7 7
            > disk 6 t4 log 1 1 1 4 4 4 4
            > disk 7 t3 log 1 1 1 2 2 2 3 3 3 3 3
            > start
            > elect 1
              1 is leader t8
            > elect 1
            > show
              1 leader t8 commit 11 log 1 1 1 4 4 5 5 6 6 6 8
              2 follower t8 of 1 commit 11 log 1 1 1 4 4 5 5 6 6 6 8
              3 follower t8 of 1 commit 11 log 1 1 1 4 4 5 5 6 6 6 8
              4 follower t8 of 1 commit 11 log 1 1 1 4 4 5 5 6 6 6 8
              5 follower t8 of 1 commit 11 log 1 1 1 4 4 5 5 6 6 6 8
              6 follower t8 of 1 commit 11 log 1 1 1 4 4 5 5 6 6 6 8
              7 follower t8 of 1 commit 11 log 1 1 1 4 4 5 5 6 6 6 8
            """)
    }

    // §3.5. Both sides skip whole terms: one rejection a term, not one an entry.
    @Test func `a long divergence is found in one round trip a term`() {
        play(
            """
            > members 3
            > disk 1 t9 log 1 1 5 5 5 6 6 6 6
            > disk 2 t8 log 1 1 2 2 2 2 3 3 3 4 4 4
            > disk 3 t9 log 1
            > start
            > timeout 1
              1->2 pre-vote? t10 log 9@6
              1->3 pre-vote? t10 log 9@6
              1 is precandidate t9
            > deliver 1->3
              3->1 pre-vote yes t10
            > deliver 3->1
              1 persists #1: t10 vote 1
              1 is candidate t10
            > write 1
              1->2 vote? t10 log 9@6
              1->3 vote? t10 log 9@6
            > deliver 1->3
              3 persists #1: t10
              3 persists #2: t10 vote 1
              3 is follower t10
            > write 3
              3->1 vote yes t10
            > deliver 3->1
              1 starts t10 with entry 10
              1 persists #2: t10 vote 1 appends [10]
              1->2 append t10 after 9@6 commit 0 [10]
              1->3 append t10 after 9@6 commit 0 [10]
              1->2 heartbeat t10 commit 0 round 0
              1->3 heartbeat t10 commit 0 round 0
              1 is leader t10
            > drop 1->3
            > drop 1->2 1
            > drop 1->2 1
            > deliver 1->2
              2 persists #1: t10
              2 is follower t10 of 1
            > write 2
              2->1 append no t10 after 9, try 9@3
              2->1 heard t10 round 0 received 0 durable 0
            > deliver 2->1
              1->2 append t10 after 2@1 commit 0 [3…10]
            > deliver 1->2
              2 persists #2: t10 truncates 3… appends [3…10]
            > deliver 2->1
            > deliver 1->2
            > write 2
              2->1 append yes t10 through 10
            > show
              1 leader t10 commit 0 log 1 1 5 5 5 6 6 6 6 | 10
              2 follower t10 of 1 commit 0 log 1 1 5 5 5 6 6 6 6 10
              3 follower t10 commit 0 log 1
            """)
    }

    // Figure 3.8, pitfall 2. A majority has entry 2, and still it is not committed …
    @Test func `an entry of an earlier term is not committed by counting and may be overwritten`() {
        play(
            """
            > members 5 append-bytes 100
            > disk 1 t3 log 1 2
            > disk 2 t2 log 1 2
            > disk 3 t3 log 1
            > disk 4 t3 log 1
            > disk 5 t3 vote 5 log 1 3
            > start
            > timeout 1
              1->2 pre-vote? t4 log 2@2
              1->3 pre-vote? t4 log 2@2
              1->4 pre-vote? t4 log 2@2
              1->5 pre-vote? t4 log 2@2
              1 is precandidate t3
            > drop 1->4
            > drop 1->5
            > deliver 1->*
              2->1 pre-vote yes t4
              3->1 pre-vote yes t4
            > deliver *->1
              1 persists #1: t4 vote 1
              1 is candidate t4
            > write 1
              1->2 vote? t4 log 2@2
              1->3 vote? t4 log 2@2
              1->4 vote? t4 log 2@2
              1->5 vote? t4 log 2@2
            > drop 1->4
            > drop 1->5
            > deliver 1->*
              2 persists #1: t4
              2 persists #2: t4 vote 1
              2 is follower t4
              3 persists #1: t4
              3 persists #2: t4 vote 1
              3 is follower t4
            > write 2
              2->1 vote yes t4
            > write 3
              3->1 vote yes t4
            > deliver *->1
              1 starts t4 with entry 3
              1 persists #2: t4 vote 1 appends [3]
              1->2 append t4 after 2@2 commit 0 [3]
              1->3 append t4 after 2@2 commit 0 [3]
              1->4 append t4 after 2@2 commit 0 [3]
              1->5 append t4 after 2@2 commit 0 [3]
              1->2 heartbeat t4 commit 0 round 0
              1->3 heartbeat t4 commit 0 round 0
              1->4 heartbeat t4 commit 0 round 0
              1->5 heartbeat t4 commit 0 round 0
              1 is leader t4
            > drop 1->4
            > drop 1->5
            # Member 3 gets entry 2 and nothing more; member 2 has it already.
            > deliver 1->3
              3->1 append no t4 after 2, try 1@1
              3 is follower t4 of 1
              3->1 heard t4 round 0 received 0 durable 0
            > drop 3->1 2
            > deliver 3->1
              1->3 append t4 after 1@1 commit 0 [2]
            > deliver 1->3
              3 persists #3: t4 vote 1 appends [2]
            > write 3
              3->1 append yes t4 through 2
            > deliver 3->1
              1->3 append t4 after 2@2 commit 0 [3]
            > deliver 1->2
              2 persists #3: t4 vote 1 appends [3]
              2 is follower t4 of 1
              2->1 heard t4 round 0 received 3 durable 2
            > deliver 2->1
              1->2 append t4 after 2@2 commit 0 [3]
            > show
              1 leader t4 commit 0 log 1 2 | 4
              2 follower t4 of 1 commit 0 log 1 2 | 4
              3 follower t4 of 1 commit 0 log 1 2
              4 follower t3 commit 0 log 1
              5 follower t3 commit 0 log 1 3
            # … for member 5 can still be elected, and replace it.
            > crash 1
            > crash 2
            > drop *->*
            > elect 5
            > elect 5
              5 is leader t5
            > restart 1
            > restart 2
            > elect 5
            > show
              1 follower t5 of 5 commit 3 log 1 3 5
              2 follower t5 of 5 commit 3 log 1 3 5
              3 follower t5 of 5 commit 3 log 1 3 5
              4 follower t5 of 5 commit 3 log 1 3 5
              5 leader t5 commit 3 log 1 3 5
            """)
    }

    // Figure 3.8 (e). With an entry of its own term the leader commits the earlier one too.
    @Test func `an entry of the leader's own term commits all before it`() {
        play(
            """
            > members 3
            > disk 1 t3 log 1 2
            > disk 2 t2 log 1
            > disk 3 t3 log 1
            > start
            > elect 1
              1 is leader t4
            > show
              1 leader t4 commit 3 log 1 2 4
              2 follower t4 of 1 commit 0 log 1 2 4
              3 follower t4 of 1 commit 0 log 1 2 4
            """)
    }

    // §3.3. A leader of an older term is told so, and its entries change nothing.
    @Test func `a stale leader's entries are refused and end its leadership`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 1
            > pass 700
            > elect 2
              2 is leader t2
            > heal
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
              1->3 append t1 after 1@1 commit 1 [2]
            > read 1 5
              1->2 heartbeat t1 commit 1 round 1
              1->3 heartbeat t1 commit 1 round 1
            > deliver 1->3
              3->1 append no t2 after 1, try 1@1
              3->1 heard t2 round 0 received 2 durable 2
            > show
              1 leader t1 commit 1 log 1 | 1
              2 leader t2 commit 2 log 1 2
              3 follower t2 of 2 commit 0 log 1 2
            > deliver 3->1
              1 loses its reads
              1 persists #4: t2
              1 is follower t2
            > elect 2
            > show
              1 follower t2 of 2 commit 2 log 1 2
              2 leader t2 commit 2 log 1 2
              3 follower t2 of 2 commit 2 log 1 2
            """)
    }

    // Pitfall 18. A follower's own surplus is never taken for what the leader committed.
    @Test func `a surplus is not committed by a heartbeat or an empty append`() {
        play(
            """
            > members 3
            > disk 1 t3 log 1 2
            > disk 2 t3 log 1 2
            > disk 3 t3 log 1 3 3 3
            > start
            > crash 3
            > elect 1
              1 is leader t4
            > elect 1
            > append 1
              1 persists #3: t4 vote 1 appends [4]
              1->2 append t4 after 3@4 commit 3 [4]
            > append 1
              1 persists #4: t4 vote 1 appends [5]
              1->2 append t4 after 4@4 commit 3 [5]
            > settle
              1 commits 4
              1 commits 5
            > show
              1 leader t4 commit 5 log 1 2 4 4 4
              2 follower t4 of 1 commit 3 log 1 2 4 4 4
              3 down t3 log 1 3 3 3
            > restart 3
            > timeout 1
              1->2 heartbeat t4 commit 5 round 0
              1->3 heartbeat t4 commit 5 round 0
            > deliver 1->3
              3 persists #1: t4
              3 is follower t4 of 1
            > show
              1 leader t4 commit 5 log 1 2 4 4 4
              2 follower t4 of 1 commit 3 log 1 2 4 4 4
              3 follower t4 of 1 commit 0 log 1 3 3 3
            > run 1500
              2 commits 5
              3 commits 5
            > show
              1 leader t4 commit 5 log 1 2 4 4 4
              2 follower t4 of 1 commit 5 log 1 2 4 4 4
              3 follower t4 of 1 commit 5 log 1 2 4 4 4
            """)
    }
}
