// SPDX-License-Identifier: Apache-2.0

import Testing

// Links that fail, one way or both (dissertation §6.2, §9.6; pitfalls 6 to 8).
@Suite struct `Partition scenarios` {
    // §9.6. It asks in vain while away, so its term does not rise, and it is welcome when it returns.
    @Test func `a member that comes back from a partition disturbs nobody`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 3
            > run 3000
              2 commits 1
              3 is precandidate t1
            > show
              1 leader t1 commit 1 log 1
              2 follower t1 of 1 commit 1 log 1
              3 precandidate t1 commit 0 log 1
            > heal
            > run 1500
              3 commits 1
              3 is follower t1 of 1
            > show
              1 leader t1 commit 1 log 1
              2 follower t1 of 1 commit 1 log 1
              3 follower t1 of 1 commit 1 log 1
            """)
    }

    // §6.2, L7. It stops believing in itself within an election timeout.
    @Test func `a leader without a quorum steps down and comes back as a follower`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 1
            > append 1
              1 persists #3: t1 vote 1 appends [2]
              1->2 append t1 after 1@1 commit 1 [2]
              1->3 append t1 after 1@1 commit 1 [2]
            > run 599
              3 is precandidate t1
              3 is candidate t2
              2 is follower t2
              3 is leader t2
              2 is follower t2 of 3
              3 commits 2
              2 commits 2
            > run 700
              1 loses its reads
              1 is follower t1
              1 is precandidate t1
            > heal
            > run 700
              1 is follower t2 of 3
              1 commits 2
            > show
              1 follower t2 of 3 commit 2 log 1 2
              2 follower t2 of 3 commit 2 log 1 2
              3 leader t2 commit 2 log 1 2
            """)
    }

    // §9.6. The leader lives, says whoever hears it; nobody's term rises.
    @Test func `a follower deaf to its leader cannot depose it`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 1->3
            > run 2000
              2 commits 1
              3 is precandidate t1
            > show
              1 leader t1 commit 1 log 1
              2 follower t1 of 1 commit 1 log 1
              3 precandidate t1 commit 0 log 1
            > heal
            > run 200
              3 commits 1
              3 is follower t1 of 1
            > show
              1 leader t1 commit 1 log 1
              2 follower t1 of 1 commit 1 log 1
              3 follower t1 of 1 commit 1 log 1
            """)
    }

    // A leader that hears nobody steps down, although all hear it.
    @Test func `a deaf leader is replaced`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 2->1
            > cut 3->1
            > run 2500
              2 commits 1
              3 commits 1
              1 loses its reads
              1 is follower t1
              3 is precandidate t1
              3 is candidate t2
              2 is follower t2
              3 is leader t2
              2 is follower t2 of 3
              3 commits 2
              2 commits 2
              1 is precandidate t1
            > show
              1 precandidate t1 commit 1 log 1
              2 follower t2 of 3 commit 2 log 1 2
              3 leader t2 commit 2 log 1 2
            """)
    }

    // A leader that nobody hears is replaced, and learns of it from its successor.
    @Test func `a mute leader is replaced`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 1->2
            > cut 1->3
            > run 1500
              3 is precandidate t1
              3 is candidate t2
              2 is follower t2
              3 is leader t2
              1 loses its reads
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

    // Pitfall 8, L6. Only member 2 reaches a quorum: it is elected, and stays.
    @Test func `the only member that reaches a quorum becomes the leader`() {
        play(
            """
            > members 5
            > start
            > elect 3
              3 is leader t1
            > cut 3->1
            > cut 1->3
            > cut 3->4
            > cut 4->3
            > cut 3->5
            > cut 5->3
            > cut 1->4
            > cut 4->1
            > cut 1->5
            > cut 5->1
            > cut 4->5
            > cut 5->4
            > run 4000
              2 commits 1
              5 is precandidate t1
              1 is precandidate t1
              4 is precandidate t1
              3 loses its reads
              3 is follower t1
              2 is precandidate t1
              2 is candidate t2
              1 is follower t2
              3 is follower t2
              4 is follower t2
              5 is follower t2
              2 is leader t2
              1 commits 1
              1 is follower t2 of 2
              3 is follower t2 of 2
              4 commits 1
              4 is follower t2 of 2
              5 commits 1
              5 is follower t2 of 2
              2 commits 2
              1 commits 2
              3 commits 2
              4 commits 2
              5 commits 2
            > show
              1 follower t2 of 2 commit 2 log 1 2
              2 leader t2 commit 2 log 1 2
              3 follower t2 of 2 commit 2 log 1 2
              4 follower t2 of 2 commit 2 log 1 2
              5 follower t2 of 2 commit 2 log 1 2
            > run 4000
            """)
    }

    // L6. A chain: both ends reach the middle only, and the leader at one end stays.
    @Test func `a leader at the end of a chain is not deposed from the other end`() {
        play(
            """
            > members 3
            > start
            > elect 1
              1 is leader t1
            > cut 1->3
            > cut 3->1
            > run 4000
              2 commits 1
              3 is precandidate t1
            > show
              1 leader t1 commit 1 log 1
              2 follower t1 of 1 commit 1 log 1
              3 precandidate t1 commit 0 log 1
            """)
    }
}
