// SPDX-License-Identifier: Apache-2.0

import Testing

// How much is sent when (dissertation §10.2.1), and where it comes from.
@Suite struct `Flow scenarios` {
    @Test func `no more messages are unanswered than the window allows`() {
        play(
            """
            > members 2 inflight 2
            > start
            > elect 1
              1 is leader t1
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
            > append 1
              1 persists #4: t1 vote 1 appends [3]
              1->2 append t1 after 2@1 commit 1 [3]
            > append 1
              1 persists #5: t1 vote 1 appends [4]
            > append 1
              1 persists #6: t1 vote 1 appends [5]
            > deliver 1->2
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
              2 persists #5: t1 vote 1 appends [3]
            > write 2 1
              2->1 append yes t1 through 2
            # One answer makes room for one message, which takes all that waits.
            > deliver 2->1
              1->2 append t1 after 3@1 commit 1 [4…5]
            > settle
              1 commits 2
              1 commits 3
              1 commits 5
            > show
              1 leader t1 commit 5 log 1 1 1 1 1
              2 follower t1 of 1 commit 1 log 1 1 1 1 1
            """)
    }

    @Test func `no more bytes are unanswered than the window allows`() {
        play(
            """
            > members 2 inflight-bytes 250 append-bytes 200
            > start
            > elect 1
              1 is leader t1
            > append 1 100 100 100 100 100
              1 persists #3: t1 vote 1 appends [2…6]
              1->2 append t1 after 1@1 commit 1 [2…3]
              1->2 append t1 after 3@1 commit 1 [4…5]
            > deliver 1->2 1
              2 persists #4: t1 vote 1 appends [2…3]
              2 commits 1
            > write 2
              2->1 append yes t1 through 3
            > deliver 2->1
              1->2 append t1 after 5@1 commit 1 [6]
            """)
    }

    @Test func `an append takes as many entries as fit, and one at least`() {
        play(
            """
            > members 2 append-bytes 250
            > start
            > elect 1
              1 is leader t1
            > append 1 100 150 1 900 100
              1 persists #3: t1 vote 1 appends [2…6]
              1->2 append t1 after 1@1 commit 1 [2…3]
              1->2 append t1 after 3@1 commit 1 [4]
              1->2 append t1 after 4@1 commit 1 [5]
              1->2 append t1 after 5@1 commit 1 [6]
            """)
    }

    // What is no longer in memory is read back, one request at a time.
    @Test func `entries below the window are fetched`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 3
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
              1->3 append t1 after 1@1 commit 1 [2]
            > append 1
              1 persists #4: t1 vote 1 appends [3]
              1->2 append t1 after 2@1 commit 1 [3]
              1->3 append t1 after 2@1 commit 1 [3]
            > append 1
              1 persists #5: t1 vote 1 appends [4]
              1->2 append t1 after 3@1 commit 1 [4]
              1->3 append t1 after 3@1 commit 1 [4]
            > append 1
              1 persists #6: t1 vote 1 appends [5]
              1->2 append t1 after 4@1 commit 1 [5]
              1->3 append t1 after 4@1 commit 1 [5]
            > settle
              2 commits 1
              1 commits 2
              1 commits 3
              1 commits 4
              1 commits 5
            > evict 1 3
            > heal
            > connect 1->3
              1 reads back from 2 for 3
            > timeout 1
              1->2 heartbeat t1 commit 5 round 0
              1->3 heartbeat t1 commit 5 round 0
            > deliver 1->3
              3 commits 1
              3->1 heard t1 round 0 received 1 durable 1
            > deliver 3->1
            > fetch 1 1
              1->3 append t1 after 1@1 commit 5 [2]
            > deliver 1->3
              3 persists #4: t1 vote 1 appends [2]
              3 commits 2
            > write 3
              3->1 append yes t1 through 2
            > deliver 3->1
              1 reads back from 3 for 3
            > fetch 1
              1->3 append t1 after 2@1 commit 5 [3…5]
            > settle
              2 commits 5
              3 commits 5
            > show
              1 leader t1 commit 5 log 1 1 1 1 1
              2 follower t1 of 1 commit 5 log 1 1 1 1 1
              3 follower t1 of 1 commit 5 log 1 1 1 1 1
            """)
    }

    // A fetch that was overtaken is of no use; the next one is for what is needed now.
    @Test func `a fetch answered after a new connection does not confuse`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 3
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
              1->3 append t1 after 1@1 commit 1 [2]
            > append 1
              1 persists #4: t1 vote 1 appends [3]
              1->2 append t1 after 2@1 commit 1 [3]
              1->3 append t1 after 2@1 commit 1 [3]
            > append 1
              1 persists #5: t1 vote 1 appends [4]
              1->2 append t1 after 3@1 commit 1 [4]
              1->3 append t1 after 3@1 commit 1 [4]
            > settle
              2 commits 1
              1 commits 2
              1 commits 3
              1 commits 4
            > evict 1 3
            > heal
            > connect 1->3
              1 reads back from 2 for 3
            > connect 1->3
              1 reads back from 2 for 3
            > fetch 1
              1->3 append t1 after 1@1 commit 4 [2…4]
            > fetch 1
            > deliver 1->3
              3 persists #4: t1 vote 1 appends [2…4]
              3 commits 4
            > settle
            > show
              1 leader t1 commit 4 log 1 1 1 1
              2 follower t1 of 1 commit 1 log 1 1 1 1
              3 follower t1 of 1 commit 4 log 1 1 1 1
            """)
    }

    // A fetch answered after leadership has ended is dropped.
    @Test func `a fetch answered to a follower is dropped`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 3
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
              1->3 append t1 after 1@1 commit 1 [2]
            > settle
              2 commits 1
              1 commits 2
            > evict 1 2
            > heal
            > connect 1->3
              1 reads back from 2 for 3
            > cut 1
            > pass 700
            > timeout 1
              1 loses its reads
              1 is follower t1
            > fetch 1
            """)
    }

    // After a restart only part of the log need be in memory.
    @Test func `a leader with a short window brings others up to date from disk`() {
        play(
            """
            > members 3
            > disk 1 t2 log 1 1 1 2 2
            > disk 2 t2 log 1
            > disk 3 t2 log 1 1
            > start
            > crash 1
            > restart 1 in-memory 1
            > elect 1
              1 is leader t3
            > show
              1 leader t3 commit 6 log 1 1 1 2 2 3
              2 follower t3 of 1 commit 0 log 1 1 1 2 2 3
              3 follower t3 of 1 commit 0 log 1 1 1 2 2 3
            """)
    }
}
