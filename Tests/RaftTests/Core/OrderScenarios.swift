// SPDX-License-Identifier: Apache-2.0

import Testing

// Messages that come late, twice or out of order (dissertation §3.5; pitfall 19).
@Suite struct `Order scenarios` {
    // Pitfall 19. What is there already stays, however old the message is that brings it.
    @Test func `duplicated and reordered appends change nothing`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
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
            > copy 1->2
            # The last comes first: nothing to join it to.
            > deliver 1->2 3
              2->1 append no t1 after 3, try 1@1
            > deliver 1->2 2
              2->1 append no t1 after 2, try 1@1
            > deliver 1->2 1
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
            > write 2
              2->1 append yes t1 through 2
            > deliver 2->1
              1->2 append t1 after 1@1 commit 1 [2…4]
              1->2 append t1 after 2@1 commit 1 [3…4]
            > deliver 1->2
              2->1 append yes t1 through 2
              2 persists #5: t1 vote 1 appends [3]
              2 persists #6: t1 vote 1 appends [4]
            > write 2
              2->1 append yes t1 through 3
              2->1 append yes t1 through 4
            > show
              1 leader t1 commit 1 log 1 | 1 1 1
              2 follower t1 of 1 commit 1 log 1 1 1 1
              3 follower t1 of 1 commit 0 log 1
            > settle
              1 commits 2
              3 commits 1
              1 commits 3
              1 commits 4
            > show
              1 leader t1 commit 4 log 1 1 1 1
              2 follower t1 of 1 commit 1 log 1 1 1 1
              3 follower t1 of 1 commit 1 log 1 1 1 1
            """)
    }

    // Pitfall 19. An old append that ends earlier does not cut what came after it.
    @Test func `a late copy of an early append truncates nothing`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
              1->3 append t1 after 1@1 commit 1 [2]
            > copy 1->2
            > deliver 1->2 1
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
            > append 1
              1 persists #4: t1 vote 1 appends [3]
              1->2 append t1 after 2@1 commit 1 [3]
              1->3 append t1 after 2@1 commit 1 [3]
            > deliver 1->2 2
              2 persists #5: t1 vote 1 appends [3]
            > write 2
              2->1 append yes t1 through 2
              2->1 append yes t1 through 3
            > flight 1->2
              1->2 append t1 after 1@1 commit 1 [2]
            > deliver 1->2
              2->1 append yes t1 through 2
            > show
              1 leader t1 commit 1 log 1 | 1 1
              2 follower t1 of 1 commit 1 log 1 1 1
              3 follower t1 of 1 commit 0 log 1
            """)
    }

    // [willemt/raft#37]. It says where its sender's entries begin, not where they end.
    @Test func `a late empty append truncates nothing`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
              1->3 append t1 after 1@1 commit 1 [2]
            > empty 1->2
            > append 1
              1 persists #4: t1 vote 1 appends [3]
              1->2 append t1 after 2@1 commit 1 [3]
              1->3 append t1 after 2@1 commit 1 [3]
            > deliver 1->2 1
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
            > deliver 1->2 2
              2 persists #5: t1 vote 1 appends [3]
            > flight 1->2
              1->2 append t1 after 2@1 commit 1 []
            > deliver 1->2
            > write 2
              2->1 append yes t1 through 2
              2->1 append yes t1 through 3
              2->1 append yes t1 through 2
            > show
              1 leader t1 commit 1 log 1 | 1 1
              2 follower t1 of 1 commit 1 log 1 1 1
              3 follower t1 of 1 commit 0 log 1
            """)
    }

    // Whoever waits for it learns of a commit ahead of the next heartbeat.
    @Test func `a commit notice commits what is known to be the leader's`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
              1->3 append t1 after 1@1 commit 1 [2]
            > deliver 1->2
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
            > notice 1->2
              1->2 notice t1 commit 1
            > deliver 1->2
            > write 2
              2->1 append yes t1 through 2
            > write 1
            > deliver 2->1
              1 commits 2
            > notice 1->2
              1->2 notice t1 commit 2
            > notice 1->3
              1->3 notice t1 commit 2
            > deliver 1->2
              2 commits 2
            # Overtaken by the notice, the entry commits when it comes.
            > deliver 1->3 2
              3 commits 1
            > deliver 1->3
              3 persists #4: t1 vote 1 appends [2]
              3 commits 2
            """)
    }

    // A rejection that comes again, after the question was settled, settles nothing anew.
    @Test func `an old rejection sends nothing again`() {
        play(
            """
            > members 2 inflight 1 append-bytes 100
            > disk 1 t2 log 1 2 2 2
            > disk 2 t1 log 1 1 1 1
            > start
            > timeout 1
              1->2 pre-vote? t3 log 4@2
              1 is precandidate t2
            > deliver 1->2
              2->1 pre-vote yes t3
            > deliver 2->1
              1 persists #1: t3 vote 1
              1 is candidate t3
            > write 1
              1->2 vote? t3 log 4@2
            > deliver 1->2
              2 persists #1: t3
              2 persists #2: t3 vote 1
              2 is follower t3
            > write 2
              2->1 vote yes t3
            > deliver 2->1
              1 starts t3 with entry 5
              1 persists #2: t3 vote 1 appends [5]
              1->2 append t3 after 4@2 commit 0 [5]
              1->2 heartbeat t3 commit 0 round 0
              1 is leader t3
            > drop 1->2 2
            > deliver 1->2
              2->1 append no t3 after 4, try 4@1
              2 is follower t3 of 1
            > write 2
            > copy 2->1
            > deliver 2->1 1
              1->2 append t3 after 1@1 commit 0 [2]
            > copy 2->1
            > deliver 1->2
              2 persists #3: t3 vote 1 truncates 2… appends [2]
            > write 2
              2->1 append yes t3 through 2
            # Replication has begun and has not come to what the rejection speaks of.
            > deliver 2->1 3
              1->2 append t3 after 2@2 commit 0 [3]
            > deliver 2->1 1
            > deliver 1->2
              2 persists #4: t3 vote 1 appends [3]
            > write 2
              2->1 append yes t3 through 3
            > deliver 2->1 2
              1->2 append t3 after 3@2 commit 0 [4]
            > deliver 1->2
              2 persists #5: t3 vote 1 appends [4]
            > write 2
              2->1 append yes t3 through 4
            > deliver 2->1 2
              1->2 append t3 after 4@2 commit 0 [5]
            # Now all is accepted that it speaks of.
            > deliver 2->1 1
            > settle
              1 commits 5
            > show
              1 leader t3 commit 5 log 1 2 2 2 3
              2 follower t3 of 1 commit 0 log 1 2 2 2 3
            """)
    }

    // What was sent before may be rejected once more, and that is news: it must not wait for a heartbeat.
    @Test func `entries that are sent again and overtaken again are sent a third time at once`() {
        play(
            """
            > members 2 append-bytes 1
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
              1->2 append t1 after 3@1 commit 1 [4]
            > deliver 1->2 3
              2->1 append no t1 after 3, try 1@1
            > deliver 2->1
              1->2 append t1 after 1@1 commit 1 [2]
            > drop 1->2 1
            > drop 1->2 1
            > deliver 1->2
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
            > write 2
              2->1 append yes t1 through 2
            > deliver 2->1
              1->2 append t1 after 2@1 commit 1 [3]
              1->2 append t1 after 3@1 commit 1 [4]
            > deliver 1->2 2
              2->1 append no t1 after 3, try 2@1
            > deliver 2->1
              1->2 append t1 after 2@1 commit 1 [3]
            > drop 1->2 1
            > deliver 1->2
              2 persists #5: t1 vote 1 appends [3]
            > write 2
              2->1 append yes t1 through 3
            > deliver 2->1
              1->2 append t1 after 3@1 commit 1 [4]
            > deliver 1->2
              2 persists #6: t1 vote 1 appends [4]
            > write 2
              2->1 append yes t1 through 4
            > show
              1 leader t1 commit 1 log 1 | 1 1 1
              2 follower t1 of 1 commit 1 log 1 1 1 1
            """)
    }
}
