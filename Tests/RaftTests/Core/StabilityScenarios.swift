// SPDX-License-Identifier: Apache-2.0

import Testing

// PreVote and CheckQuorum together (dissertation §6.2, §9.6; pitfalls 6 to 8).
@Suite struct `Stability scenarios` {
    // Pitfall 6. The refusal of a pre-vote carries the higher term to the member that can win.
    @Test func `the longer log in the lower term wins against the higher term`() {
        play(
            """
            > members 3
            > disk 1 t2 log 1 2 2
            > disk 2 t7 log 1 2
            > disk 3 t2 log 1
            > start
            > crash 3
            > elect 2
            > elect 1
            > elect 1
              1 is leader t8
            > show
              1 leader t8 commit 4 log 1 2 2 8
              2 follower t8 of 1 commit 0 log 1 2 2 8
              3 down t2 log 1
            """)
    }

    // Pitfall 6. Two cohorts, all links up: in a bounded time there is a leader.
    @Test func `two cohorts agree on a leader`() {
        play(
            """
            > members 5
            > disk 1 t4 log 1 4 4
            > disk 2 t4 log 1 4 4
            > disk 3 t9 log 1 3
            > disk 4 t9 log 1 3
            > disk 5 t9 log 1 3
            > start
            > run 3000
              1 is precandidate t4
              1 is follower t9
              4 is precandidate t9
              4 is candidate t10
              1 is follower t10
              2 is follower t10
              3 is follower t10
              5 is follower t10
              4 is leader t10
              1 is follower t10 of 4
              2 is follower t10 of 4
              3 is follower t10 of 4
              5 is follower t10 of 4
              4 commits 3
              1 commits 3
              2 commits 3
              3 commits 3
              5 commits 3
            > show
              1 follower t10 of 4 commit 3 log 1 3 10
              2 follower t10 of 4 commit 3 log 1 3 10
              3 follower t10 of 4 commit 3 log 1 3 10
              4 leader t10 commit 3 log 1 3 10
              5 follower t10 of 4 commit 3 log 1 3 10
            """)
    }

    // §6.2. It is not answered; the leader learns of the higher term when it next speaks to the candidate.
    @Test func `a vote request in a higher term is nothing to those who hear a leader`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > pass 700
            > timeout 3
              3->1 pre-vote? t2 log 1@1
              3->2 pre-vote? t2 log 1@1
              3 is precandidate t1
            > deliver 3->2
              2->3 pre-vote yes t2
            > deliver 2->3
              3 persists #4: t2 vote 3
              3 is candidate t2
            > write 3
              3->1 vote? t2 log 1@1
              3->2 vote? t2 log 1@1
            # The leader was only slow.
            > timeout 1
              1 loses its reads
              1 is follower t1
            > deliver 1->2
            > deliver 3->2
              2 persists #4: t2
              2 persists #5: t2 vote 3
              2 is follower t2
            > drop 3->1
            > show
              1 follower t1 commit 1 log 1
              2 follower t2 commit 0 log 1
              3 candidate t2 commit 0 log 1
            > deliver 1->3
            > deliver 3->1
            > run 700
              3 is leader t2
              1 is follower t2 of 3
              2 is follower t2 of 3
              3 commits 2
              1 commits 2
              2 commits 2
            > show
              1 follower t2 of 3 commit 2 log 1 2
              2 follower t2 of 3 commit 2 log 1 2
              3 leader t2 commit 2 log 1 2
            """)
    }

    // A connection that breaks hints that the process is gone.
    @Test func `a broken connection shortens the wait for an election`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > crash 1
            > disconnect 2->1
            > disconnect 3->1
            > run 130
              3 is precandidate t1
              3 is candidate t2
              2 is follower t2
              3 is leader t2
              2 is follower t2 of 3
              3 commits 2
              2 commits 2
            > show
              1 down t1 log 1
              2 follower t2 of 3 commit 2 log 1 2
              3 leader t2 commit 2 log 1 2
            """)
    }

    // The hint is no proof: whoever still hears the leader says no.
    @Test func `a broken connection alone deposes nobody`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            # Between other members it means nothing.
            > disconnect 3->2
            > disconnect 1->2
            > disconnect 2->1
            > cut 1->2
            > run 130
              3 commits 1
              2 is precandidate t1
            > heal
            > run 1000
              2 commits 1
              2 is follower t1 of 1
            > show
              1 leader t1 commit 1 log 1
              2 follower t1 of 1 commit 1 log 1
              3 follower t1 of 1 commit 1 log 1
            """)
    }

    // L5. Where nothing fails nothing changes.
    @Test func `a healthy cluster keeps its leader`() {
        play(
            """
            > members 5
            > start
            > run 10000
              1 is precandidate t0
              1 is candidate t1
              2 is follower t1
              3 is follower t1
              4 is follower t1
              5 is follower t1
              1 is leader t1
              2 is follower t1 of 1
              3 is follower t1 of 1
              4 is follower t1 of 1
              5 is follower t1 of 1
              1 commits 1
              2 commits 1
              3 commits 1
              4 commits 1
              5 commits 1
            > show
              1 leader t1 commit 1 log 1
              2 follower t1 of 1 commit 1 log 1
              3 follower t1 of 1 commit 1 log 1
              4 follower t1 of 1 commit 1 log 1
              5 follower t1 of 1 commit 1 log 1
            """)
    }

    // §4.2.1. A learner neither campaigns nor counts.
    @Test func `a learner never campaigns and never counts`() {
        play(
            """
            > members 2 learners 1
            > start
            > timeout 3
            > elect 1
              1 is leader t1
            > crash 2
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
              1->3 append t1 after 1@1 commit 1 [2]
            > settle
              3 commits 1
            > show
              1 leader t1 commit 1 log 1 1
              2 down t1 log 1
              3 follower t1 of 1 commit 1 log 1 1
            """)
    }
}
