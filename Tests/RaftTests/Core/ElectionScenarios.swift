// SPDX-License-Identifier: Apache-2.0

import Testing

// From follower to leader (dissertation §3.4).
@Suite struct `Election scenarios` {
    // §3.4. No vote and no request for one leaves before it is on disk.
    @Test func `an election, step by step`() {
        play(
            """
            > members 3
            > start
            > timeout 1
              1->2 pre-vote? t1 log 0@0
              1->3 pre-vote? t1 log 0@0
              1 is precandidate t0
            > deliver 1->*
              2->1 pre-vote yes t1
              3->1 pre-vote yes t1
            > deliver *->1
              1 persists #1: t1 vote 1
              1 is candidate t1
            # Nothing was asked yet: the candidate's vote for itself is not on disk.
            > write 1
              1->2 vote? t1 log 0@0
              1->3 vote? t1 log 0@0
            > deliver 1->*
              2 persists #1: t1
              2 persists #2: t1 vote 1
              2 is follower t1
              3 persists #1: t1
              3 persists #2: t1 vote 1
              3 is follower t1
            # Term and vote are two requests; the vote leaves with the second.
            > write 2 1
            > write 2 1
              2->1 vote yes t1
            > deliver 2->1
              1 starts t1 with entry 1
              1 persists #2: t1 vote 1 appends [1]
              1->2 append t1 after 0@0 commit 0 [1]
              1->3 append t1 after 0@0 commit 0 [1]
              1->2 heartbeat t1 commit 0 round 0
              1->3 heartbeat t1 commit 0 round 0
              1 is leader t1
            > show
              1 leader t1 commit 0 log | 1
              2 follower t1 commit 0 log
              3 follower t1 commit 0 log
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

    // §3.4, pitfall 40. A vote that arrives twice is one vote.
    @Test func `a majority of five is three different members`() {
        play(
            """
            > members 5
            > start
            > timeout 1
              1->2 pre-vote? t1 log 0@0
              1->3 pre-vote? t1 log 0@0
              1->4 pre-vote? t1 log 0@0
              1->5 pre-vote? t1 log 0@0
              1 is precandidate t0
            > deliver 1->2
              2->1 pre-vote yes t1
            > copy 2->1
            > copy 2->1
            > deliver 2->1
            > deliver 1->3
              3->1 pre-vote yes t1
            > deliver 3->1
              1 persists #1: t1 vote 1
              1 is candidate t1
            > write 1
              1->2 vote? t1 log 0@0
              1->3 vote? t1 log 0@0
              1->4 vote? t1 log 0@0
              1->5 vote? t1 log 0@0
            > deliver 1->2
              2 persists #1: t1
              2 persists #2: t1 vote 1
              2 is follower t1
            > write 2
              2->1 vote yes t1
            > copy 2->1
            > copy 2->1
            > deliver 2->1
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
              1->4 append t1 after 0@0 commit 0 [1]
              1->5 append t1 after 0@0 commit 0 [1]
              1->2 heartbeat t1 commit 0 round 0
              1->3 heartbeat t1 commit 0 round 0
              1->4 heartbeat t1 commit 0 round 0
              1->5 heartbeat t1 commit 0 round 0
              1 is leader t1
            """)
    }

    // §3.4. The vote for oneself, too, counts only once it is durable, and so in a group of one.
    @Test func `a single member elects itself and commits, each after its write`() {
        play(
            """
            > members 1
            > start
            > timeout 1
              1 persists #1: t1 vote 1
              1 is candidate t1
            > append 1
            > write 1
              1 starts t1 with entry 1
              1 persists #2: t1 vote 1 appends [1]
              1 is leader t1
            > write 1
              1 commits 1
            > append 1
              1 persists #3: t1 vote 1 appends [2]
            > show
              1 leader t1 commit 1 log 1 | 1
            > write 1
              1 commits 2
            # Pitfall 38: after a restart everything is committed again.
            > crash 1
            > restart 1
            > timeout 1
              1 persists #1: t2 vote 1
              1 is candidate t2
            > settle
              1 is leader t2
              1 commits 3
            > show
              1 leader t2 commit 3 log 1 1 2
            """)
    }

    // §3.3. A candidate gives way to the leader of its own term.
    @Test func `a candidate follows the leader of its term`() {
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
            > drop *->2
            > timeout 1
              1->2 heartbeat t1 commit 0 round 0
              1->3 heartbeat t1 commit 0 round 0
            > deliver 1->2
              2->1 heard t1 round 0 received 0 durable 0
              2 is follower t1 of 1
            > show
              1 leader t1 commit 0 log | 1
              2 follower t1 of 1 commit 0 log
              3 follower t1 commit 0 log
            """)
    }
}
