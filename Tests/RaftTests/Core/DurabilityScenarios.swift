// SPDX-License-Identifier: Apache-2.0

import Testing

// Disk writes that run beside everything else (dissertation §10.2.1; pitfalls 3, 20 to 22).
@Suite struct `Durability scenarios` {
    // An acceptance is a promise: it leaves when the entries are on disk.
    @Test func `an append is accepted only when it is durable`() {
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
            > deliver 1->2
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
              2 persists #5: t1 vote 1 appends [3]
            > flight 2->1
            > write 2 1
              2->1 append yes t1 through 2
            > write 2 1
              2->1 append yes t1 through 3
            """)
    }

    // [yugabyte#32875, c5#263, tikv#994]. It speaks for the entries before it as well.
    @Test func `an empty or repeated append that overtakes the write does not accept for it`() {
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
            > empty 1->2
            > deliver 1->2
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
            > timeout 1
              1->2 heartbeat t1 commit 1 round 0
              1->3 heartbeat t1 commit 1 round 0
            > deliver 1->2
              2->1 heard t1 round 0 received 2 durable 1
            > flight 2->1
              2->1 heard t1 round 0 received 2 durable 1
            > write 2
              2->1 append yes t1 through 2
            """)
    }

    // §10.2.1, pitfall 22. The leader is one of the majority only once it has written.
    @Test func `the leader counts itself only when durable`() {
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
            > write 2
              2->1 append yes t1 through 2
            > deliver 2->1
            > show
              1 leader t1 commit 1 log 1 | 1
              2 follower t1 of 1 commit 1 log 1 1
              3 follower t1 of 1 commit 0 log 1
            > write 1
              1 commits 2
            """)
    }

    // §10.2.1. The others suffice without it.
    @Test func `a majority without the leader's disk commits`() {
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
            > settle except 1
              2 commits 1
              3 commits 1
              1 commits 2
            > show
              1 leader t1 commit 2 log 1 | 1
              2 follower t1 of 1 commit 1 log 1 1
              3 follower t1 of 1 commit 1 log 1 1
            # What only the others have on disk survives the leader's loss of it.
            > crash 1
            > run 1500
              3 is precandidate t1
              3 is candidate t2
              2 is follower t2
              3 is leader t2
              2 is follower t2 of 3
              3 commits 3
              2 commits 3
            > restart 1
            > run 1500
              1 is follower t2 of 3
              1 commits 3
            > show
              1 follower t2 of 3 commit 3 log 1 1 2
              2 follower t2 of 3 commit 3 log 1 1 2
              3 leader t2 commit 3 log 1 1 2
            """)
    }

    // Pitfall 21. The completion of a write says nothing of what replaced its entries meanwhile.
    @Test func `a write completed after its entries were truncated accepts nothing new`() {
        play(
            """
            > members 5
            > disk 1 t1 log 1
            > disk 2 t1 log 1
            > disk 3 t1 log 1
            > disk 4 t1 log 1
            > disk 5 t1 log 1
            > start
            > elect 1
              1 is leader t2
            > append 1
              1 persists #3: t2 vote 1 appends [3]
              1->2 append t2 after 2@2 commit 2 [3]
              1->3 append t2 after 2@2 commit 2 [3]
              1->4 append t2 after 2@2 commit 2 [3]
              1->5 append t2 after 2@2 commit 2 [3]
            > append 1
              1 persists #4: t2 vote 1 appends [4]
              1->2 append t2 after 3@2 commit 2 [4]
              1->3 append t2 after 3@2 commit 2 [4]
              1->4 append t2 after 3@2 commit 2 [4]
              1->5 append t2 after 3@2 commit 2 [4]
            > deliver 1->5
              5 persists #4: t2 vote 1 appends [3]
              5 commits 2
              5 persists #5: t2 vote 1 appends [4]
            > show
              1 leader t2 commit 2 log 1 2 | 2 2
              2 follower t2 of 1 commit 0 log 1 2
              3 follower t2 of 1 commit 0 log 1 2
              4 follower t2 of 1 commit 0 log 1 2
              5 follower t2 of 1 commit 2 log 1 2 | 2 2
            # Entries 3 and 4 of member 5 are on their way to disk when another leader replaces them.
            > drop *->*
            > crash 1
            > pass 700
            > timeout 2
              2->1 pre-vote? t3 log 2@2
              2->3 pre-vote? t3 log 2@2
              2->4 pre-vote? t3 log 2@2
              2->5 pre-vote? t3 log 2@2
              2 is precandidate t2
            > drop 2->5
            > settle except 5
              2 is candidate t3
              3 is follower t3
              4 is follower t3
              5 is follower t3
              2 is leader t3
              3 is follower t3 of 2
              4 is follower t3 of 2
              5 is follower t3 of 2
              2 commits 3
            > drop 5->*
            > show
              1 down t2 log 1 2
              2 leader t3 commit 3 log 1 2 3
              3 follower t3 of 2 commit 0 log 1 2 3
              4 follower t3 of 2 commit 0 log 1 2 3
              5 follower t3 of 2 commit 2 log 1 2 | 3
            > write 5 1
            > show
              1 down t2 log 1 2
              2 leader t3 commit 3 log 1 2 3
              3 follower t3 of 2 commit 0 log 1 2 3
              4 follower t3 of 2 commit 0 log 1 2 3
              5 follower t3 of 2 commit 2 log 1 2 | 3
            > write 5 1
            > show
              1 down t2 log 1 2
              2 leader t3 commit 3 log 1 2 3
              3 follower t3 of 2 commit 0 log 1 2 3
              4 follower t3 of 2 commit 0 log 1 2 3
              5 follower t3 of 2 commit 2 log 1 2 | 3
            > write 5 1
              5->2 vote no, t3
              5->2 heard t3 round 0 received 3 durable 2
            > write 5 1
              5->2 append yes t3 through 3
            > show
              1 down t2 log 1 2
              2 leader t3 commit 3 log 1 2 3
              3 follower t3 of 2 commit 0 log 1 2 3
              4 follower t3 of 2 commit 0 log 1 2 3
              5 follower t3 of 2 commit 2 log 1 2 3
            """)
    }

    // Pitfall 4. Requests are written in order, so what a restart finds is a prefix of them.
    @Test func `a crash between two writes keeps the first and only the first`() {
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
            > deliver 1->2
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
              2 persists #5: t1 vote 1 appends [3]
            > write 2 1 silently
            > crash 2
            > restart 2
            > show
              1 leader t1 commit 1 log 1 | 1 1
              2 follower t1 commit 0 log 1 1
              3 follower t1 of 1 commit 0 log 1
            > settle
              3 commits 1
              1 commits 2
              1 commits 3
            > run 300
              2 is follower t1 of 1
              3 commits 3
              2 commits 3
            > show
              1 leader t1 commit 3 log 1 1 1
              2 follower t1 of 1 commit 3 log 1 1 1
              3 follower t1 of 1 commit 3 log 1 1 1
            """)
    }

    // §3.8. In a term that is not on disk nothing is said but pre-votes.
    @Test func `a member is silent in a term that is not durable`() {
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
            > deliver 1->2
              2 persists #1: t1
              2 persists #2: t1 vote 1
              2 is follower t1
            > write 2
              2->1 vote yes t1
            > deliver 2->1
              1 starts t1 with entry 1
              1 persists #2: t1 vote 1 appends [1]
              1->2 append t1 after 0@0 commit 0 [1]
              1->3 append t1 after 0@0 commit 0 [1]
              1->2 heartbeat t1 commit 0 round 0
              1->3 heartbeat t1 commit 0 round 0
              1 is leader t1
            > append 1
              1 persists #3: t1 vote 1 appends [2]
            > deliver 1->3
              3->1 pre-vote yes t1
              3 persists #1: t1
              3 persists #2: t1 vote 1
              3 is follower t1
              3 persists #3: t1 vote 1 appends [1]
              3 is follower t1 of 1
            > flight 3->1
              3->1 pre-vote yes t1
            > write 3 2
              3->1 vote yes t1
              3->1 heard t1 round 0 received 1 durable 0
            > write 3
              3->1 append yes t1 through 1
            """)
    }

    // A promise made in a term ends with it.
    @Test func `what was promised in an earlier term does not leave in a later one`() {
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
            > deliver 1->*
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
              3 persists #4: t1 vote 1 appends [2]
              3 commits 1
            > crash 1
            > drop *->*
            > pass 700
            > timeout 2
              2->1 pre-vote? t2 log 2@1
              2->3 pre-vote? t2 log 2@1
              2 is precandidate t1
            > deliver 2->3
              3->2 pre-vote yes t2
            > deliver 3->2
              2 persists #5: t2 vote 2
              2 is candidate t2
            > write 2
              2->1 vote? t2 log 2@1
              2->3 vote? t2 log 2@1
            > deliver 2->3
              3 persists #5: t2
              3 persists #6: t2 vote 2
              3 is follower t2
            > write 3
              3->2 vote yes t2
            """)
    }

    // §3.6. What a leader had told nobody else in time may be lost with it; what was committed may not.
    @Test func `a leader that loses its unwritten tail rejoins with the cluster's log`() {
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
            > deliver 1->2 1
              2 persists #4: t1 vote 1 appends [2]
              2 commits 1
            > crash 1
            > settle
              3 commits 1
            > run 1500
              3 is precandidate t1
              3 is candidate t2
              2 is follower t2
              3 is leader t2
              2 is follower t2 of 3
              3 commits 4
              2 commits 4
            > restart 1
            > run 1500
              1 is follower t2 of 3
              1 commits 4
            > show
              1 follower t2 of 3 commit 4 log 1 1 1 2
              2 follower t2 of 3 commit 4 log 1 1 1 2
              3 leader t2 commit 4 log 1 1 1 2
            """)
    }
}
