// SPDX-License-Identifier: Apache-2.0

import Testing

// Messages that do not come, and connections that break (dissertation §3.5; pitfall 36).
@Suite struct `Loss scenarios` {
    // Heartbeats say how much has arrived; what did not is sent again, and nothing twice at once.
    @Test func `lost appends are found by heartbeats and sent again`() {
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
            > drop 1->3
            > settle
              2 commits 1
              1 commits 2
              1 commits 3
            > elect 1
            > elect 1
            > show
              1 leader t1 commit 3 log 1 1 1
              2 follower t1 of 1 commit 3 log 1 1 1
              3 follower t1 of 1 commit 3 log 1 1 1
            > elect 1
            > elect 1
            > show
              1 leader t1 commit 3 log 1 1 1
              2 follower t1 of 1 commit 3 log 1 1 1
              3 follower t1 of 1 commit 3 log 1 1 1
            """)
    }

    // An acceptance that is lost is said again by the answer to a heartbeat.
    @Test func `a lost acceptance is made up for by the next heartbeat`() {
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
            > settle
              2 commits 1
              3 commits 1
              1 commits 2
            > crash 2
            > append 1
              1 persists #4: t1 vote 1 appends [3]
              1->2 append t1 after 2@1 commit 2 [3]
              1->3 append t1 after 2@1 commit 2 [3]
            > deliver 1->3
              3 persists #5: t1 vote 1 appends [3]
              3 commits 2
            > write 3
              3->1 append yes t1 through 3
            > drop 3->1
            > write 1
            > timeout 1
              1->2 heartbeat t1 commit 2 round 0
              1->3 heartbeat t1 commit 2 round 0
            > deliver 1->3
              3->1 heard t1 round 0 received 3 durable 3
            > deliver 3->1
              1 commits 3
            """)
    }

    // Pitfall 36 [etcd#1366]. A lost probe, or its lost answer, does not end replication.
    @Test func `a lost rejection is asked for again`() {
        play(
            """
            > members 2
            > disk 1 t2 log 1 2 2
            > disk 2 t1 log 1 1 1
            > start
            > timeout 1
              1->2 pre-vote? t3 log 3@2
              1 is precandidate t2
            > deliver 1->2
              2->1 pre-vote yes t3
            > deliver 2->1
              1 persists #1: t3 vote 1
              1 is candidate t3
            > write 1
              1->2 vote? t3 log 3@2
            > deliver 1->2
              2 persists #1: t3
              2 persists #2: t3 vote 1
              2 is follower t3
            > write 2
              2->1 vote yes t3
            > deliver 2->1
              1 starts t3 with entry 4
              1 persists #2: t3 vote 1 appends [4]
              1->2 append t3 after 3@2 commit 0 [4]
              1->2 heartbeat t3 commit 0 round 0
              1 is leader t3
            > drop 1->2 2
            > deliver 1->2
              2->1 append no t3 after 3, try 3@1
              2 is follower t3 of 1
            > write 2
            > drop 2->1
            > show
              1 leader t3 commit 0 log 1 2 2 | 3
              2 follower t3 of 1 commit 0 log 1 1 1
            > timeout 1
              1->2 heartbeat t3 commit 0 round 0
            > deliver 1->2
              2->1 heard t3 round 0 received 0 durable 0
            > deliver 2->1
              1->2 append t3 after 3@2 commit 0 [4]
            > deliver 1->2
              2->1 append no t3 after 3, try 3@1
            > deliver 2->1
              1->2 append t3 after 1@1 commit 0 [2…4]
            > settle
              1 commits 4
            > show
              1 leader t3 commit 4 log 1 2 2 3
              2 follower t3 of 1 commit 0 log 1 2 2 3
            """)
    }

    // Whatever was under way on a connection that broke is asked about, not assumed.
    @Test func `a new connection starts with a probe`() {
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
            > drop 1->2
            > disconnect 1->2
            > connect 1->2
              1->2 append t1 after 1@1 commit 1 [2…3]
            > deliver 1->2
              2 persists #4: t1 vote 1 appends [2…3]
              2 commits 1
            > write 2
              2->1 append yes t1 through 3
            > deliver 2->1
            > show
              1 leader t1 commit 1 log 1 | 1 1
              2 follower t1 of 1 commit 1 log 1 1 1
              3 follower t1 of 1 commit 0 log 1
            """)
    }

    // A follower that crashed in the leader's term is brought up to date by heartbeats alone.
    @Test func `a follower that restarts learns how far its log is the leader's`() {
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
            > deliver 1->3
              3 persists #4: t1 vote 1 appends [2]
              3 commits 1
              3 persists #5: t1 vote 1 appends [3]
            > write 3 1
              3->1 append yes t1 through 2
            > deliver 3->1
            > crash 3
            > settle
              1 commits 2
              2 commits 1
              1 commits 3
            > restart 3
            > show
              1 leader t1 commit 3 log 1 1 1
              2 follower t1 of 1 commit 1 log 1 1 1
              3 follower t1 commit 0 log 1 1
            > run 250
              2 commits 3
              3 is follower t1 of 1
              3 commits 3
            > show
              1 leader t1 commit 3 log 1 1 1
              2 follower t1 of 1 commit 3 log 1 1 1
              3 follower t1 of 1 commit 3 log 1 1 1
            """)
    }

    // A new leader knows of no match yet; a connection made anew must not send it back to the first entry.
    @Test func `a connection made anew is asked where the last one was`() {
        play(
            """
            > members 3
            > disk 1 t2 log 1 1 1 2
            > disk 2 t2 log 1 1 1 2
            > disk 3 t1 log 1 1
            > start
            > timeout 1
              1->2 pre-vote? t3 log 4@2
              1->3 pre-vote? t3 log 4@2
              1 is precandidate t2
            > deliver 1->2
              2->1 pre-vote yes t3
            > deliver 2->1
              1 persists #1: t3 vote 1
              1 is candidate t3
            > write 1
              1->2 vote? t3 log 4@2
              1->3 vote? t3 log 4@2
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
              1->3 append t3 after 4@2 commit 0 [5]
              1->2 heartbeat t3 commit 0 round 0
              1->3 heartbeat t3 commit 0 round 0
              1 is leader t3
            > drop 1->3
            > connect 1->3
              1->3 append t3 after 4@2 commit 0 [5]
            > deliver 1->3
              3 persists #1: t3
              3 is follower t3 of 1
            > write 3
              3->1 append no t3 after 4, try 2@1
            > deliver 3->1
              1->3 append t3 after 2@1 commit 0 [3…5]
            > drop 1->3
            > connect 1->3
              1->3 append t3 after 2@1 commit 0 [3…5]
            """)
    }
}
