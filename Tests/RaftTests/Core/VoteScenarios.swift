// SPDX-License-Identifier: Apache-2.0

import Testing

// Who may vote for whom, and what a vote is (dissertation §3.4, §3.6.1, §9.6; pitfalls 3 and 5).
@Suite struct `Vote scenarios` {
    // §9.6, pitfall 5. What was said before the vote does not count in it.
    @Test func `a pre-vote replayed while votes are counted is no vote`() {
        play(
            """
            > members 3
            > start
            > timeout 1
              1->2 pre-vote? t1 log 0@0
              1->3 pre-vote? t1 log 0@0
              1 is precandidate t0
            > deliver 1->2
              2->1 pre-vote yes t1
            > copy 2->1
            > deliver 2->1 1
              1 persists #1: t1 vote 1
              1 is candidate t1
            > write 1
              1->2 vote? t1 log 0@0
              1->3 vote? t1 log 0@0
            > deliver 2->1
            > show
              1 candidate t1 commit 0 log
              2 follower t0 commit 0 log
              3 follower t0 commit 0 log
            """)
    }

    // §3.6.1. The term of the last entry decides, then the length.
    @Test func `votes go to the newer log, not to the longer one`() {
        play(
            """
            > members 3
            > disk 1 t3 log 1 1 1
            > disk 2 t3 log 1 3
            > disk 3 t3 log 1 1
            > start
            > timeout 1
              1->2 pre-vote? t4 log 3@1
              1->3 pre-vote? t4 log 3@1
              1 is precandidate t3
            > deliver 1->2
              2->1 pre-vote no, t3
            > deliver 1->3
              3->1 pre-vote yes t4
            > deliver 3->1
              1 persists #1: t4 vote 1
              1 is candidate t4
            # A majority was ready to vote, and member 2 is not part of it.
            > write 1
              1->2 vote? t4 log 3@1
              1->3 vote? t4 log 3@1
            > deliver 1->2
              2 persists #1: t4
              2 is follower t4
            > write 2
              2->1 vote no, t4
            > deliver 2->1
            > drop 1->3
            > timeout 2
              2->1 pre-vote? t5 log 2@3
              2->3 pre-vote? t5 log 2@3
              2 is precandidate t4
            > deliver 2->*
              1->2 pre-vote yes t5
              3->2 pre-vote yes t5
            > deliver *->2
              2 persists #2: t5 vote 2
              2 is candidate t5
            > write 2
              2->1 vote? t5 log 2@3
              2->3 vote? t5 log 2@3
            > settle
              1 is follower t5
              3 is follower t5
              2 is leader t5
              1 is follower t5 of 2
              3 is follower t5 of 2
              2 commits 3
            > show
              1 follower t5 of 2 commit 0 log 1 3 5
              2 leader t5 commit 3 log 1 3 5
              3 follower t5 of 2 commit 0 log 1 3 5
            """)
    }

    // §3.4, pitfall 3. One vote a term, whatever crashes.
    @Test func `a vote on disk binds after a restart`() {
        play(
            """
            > members 3
            > start
            > timeout 1
              1->2 pre-vote? t1 log 0@0
              1->3 pre-vote? t1 log 0@0
              1 is precandidate t0
            > timeout 2
              2->1 pre-vote? t1 log 0@0
              2->3 pre-vote? t1 log 0@0
              2 is precandidate t0
            > deliver 1->3
              3->1 pre-vote yes t1
            > deliver 2->3
              3->2 pre-vote yes t1
            > deliver 3->*
              1 persists #1: t1 vote 1
              1 is candidate t1
              2 persists #1: t1 vote 2
              2 is candidate t1
            > write 1
              1->2 vote? t1 log 0@0
              1->3 vote? t1 log 0@0
            > write 2
              2->1 vote? t1 log 0@0
              2->3 vote? t1 log 0@0
            > deliver 1->3
              3 persists #1: t1
              3 persists #2: t1 vote 1
              3 is follower t1
            > write 3
              3->1 vote yes t1
            > deliver 3->1
              1 starts t1 with entry 1
              1 persists #2: t1 vote 1 appends [1]
              1->2 append t1 after 0@0 commit 0 [1]
              1->3 append t1 after 0@0 commit 0 [1]
              1->2 heartbeat t1 commit 0 round 0
              1->3 heartbeat t1 commit 0 round 0
              1 is leader t1
            > crash 3
            > restart 3
            > deliver 2->3
              3->2 vote no, t1
            > deliver 3->2
            > settle
              2 is follower t1 of 1
              3 is follower t1 of 1
              1 commits 1
            > show
              1 leader t1 commit 1 log 1
              2 follower t1 of 1 commit 0 log 1
              3 follower t1 of 1 commit 0 log 1
            """)
    }

    // §3.8, pitfall 3. A vote that did not reach the disk was never given.
    @Test func `a vote lost in a crash has not left either`() {
        play(
            """
            > members 3
            > start
            > timeout 1
              1->2 pre-vote? t1 log 0@0
              1->3 pre-vote? t1 log 0@0
              1 is precandidate t0
            > timeout 2
              2->1 pre-vote? t1 log 0@0
              2->3 pre-vote? t1 log 0@0
              2 is precandidate t0
            > deliver 1->3
              3->1 pre-vote yes t1
            > deliver 2->3
              3->2 pre-vote yes t1
            > deliver 3->*
              1 persists #1: t1 vote 1
              1 is candidate t1
              2 persists #1: t1 vote 2
              2 is candidate t1
            > write 1
              1->2 vote? t1 log 0@0
              1->3 vote? t1 log 0@0
            > write 2
              2->1 vote? t1 log 0@0
              2->3 vote? t1 log 0@0
            > deliver 1->3
              3 persists #1: t1
              3 persists #2: t1 vote 1
              3 is follower t1
            > crash 3
            > flight 3->*
            > restart 3
            > deliver 2->3
              3 persists #1: t1
              3 persists #2: t1 vote 2
              3 is follower t1
            > write 3
              3->2 vote yes t1
            > deliver 3->2
              2 starts t1 with entry 1
              2 persists #2: t1 vote 2 appends [1]
              2->1 append t1 after 0@0 commit 0 [1]
              2->3 append t1 after 0@0 commit 0 [1]
              2->1 heartbeat t1 commit 0 round 0
              2->3 heartbeat t1 commit 0 round 0
              2 is leader t1
            > show
              1 candidate t1 commit 0 log
              2 leader t1 commit 0 log | 1
              3 follower t1 commit 0 log
            """)
    }

    // A vote request that arrives twice is answered twice, from the same vote.
    @Test func `a repeated vote request gets the same answer`() {
        play(
            """
            > members 3
            > start
            > timeout 1
              1->2 pre-vote? t1 log 0@0
              1->3 pre-vote? t1 log 0@0
              1 is precandidate t0
            > deliver 1->2
              2->1 pre-vote yes t1
            > deliver 2->1
              1 persists #1: t1 vote 1
              1 is candidate t1
            > write 1
              1->2 vote? t1 log 0@0
              1->3 vote? t1 log 0@0
            > copy 1->2
            > deliver 1->2
              2 persists #1: t1
              2 persists #2: t1 vote 1
              2 is follower t1
            > write 2
              2->1 vote yes t1
            """)
    }
}
