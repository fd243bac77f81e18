# SPDX-License-Identifier: Apache-2.0
"""Rounds of kill -9, the leader every second time, under INCRs on unique keys.

Nothing acknowledged is lost, nothing is counted twice, all members end with one state; and a client
that talks to a survivor sees no gap between two acknowledgements beyond 1.5 s after a leader kill.
"""

import statistics
import threading
import time

import environment  # noqa: F401
import redis

import load
from cluster import Cluster, Failure, expect, wait_until
from script import plural, run, say, spread

LONGEST_GAP = 1.5
MEDIAN_GAP = 0.8


class Survivor:
    """One client through one member, INCR after INCR; when each was acknowledged."""

    def __init__(self, member, ledger, name):
        self.member = member
        self.ledger = ledger
        self.name = name
        self.times = []
        self.errors = {}
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        connection = load.client(self.member)
        sequence = 0
        while not self.stopping.is_set():
            sequence += 1
            key = f"{self.name}:{sequence}"
            try:
                self.ledger.acknowledge(key, connection.incr(key))
                self.times.append(time.monotonic())
            except redis.ResponseError as error:
                (self.ledger.reject if str(error).endswith("not executed")
                 else self.ledger.doubt)(key)
                self.errors[str(error)] = self.errors.get(str(error), 0) + 1
            except (redis.ConnectionError, redis.TimeoutError) as error:
                self.ledger.doubt(key)
                self.ledger.violate(f"the survivor, member {self.member.id}: {error}")
                return

    def wait_acknowledged(self, since, count, timeout=10):
        """Waits until `count` writes were acknowledged that came after the moment `since`."""
        def enough():
            return len(self.times) >= count and self.times[-count] > since
        try:
            wait_until(f"{count} writes through member {self.member.id}", enough, timeout)
        except Failure as failure:
            raise Failure(f"{failure}; it answered {self.errors or 'nothing'}") from None

    def gap_after(self, moment):
        """The longest time between two acknowledgements of which the second came after `moment`."""
        self.stopping.set()
        self.thread.join(10)
        pairs = zip(self.times, self.times[1:])
        return max(after - before for before, after in pairs if after > moment)


def kill_round(number, cluster, ledger):
    """One kill and return; the gap if it was the leader's."""
    leader = cluster.leader()
    followers = cluster.followers()
    kills_leader = number % 2 == 0
    victim = leader if kills_leader else followers[number // 2 % len(followers)]
    survivor = Survivor(
        followers[number // 2 % len(followers)] if kills_leader else leader, ledger,
        f"survivor:{number}")
    survivor.wait_acknowledged(since=0, count=20)
    moment = time.monotonic()
    victim.kill()
    # Long enough to see the writes flow again, and whatever the election left behind.
    survivor.wait_acknowledged(since=moment, count=100)
    wait_until("writes have flowed for a moment", lambda: time.monotonic() > moment + 1.2, 5)
    survivor.wait_acknowledged(since=time.monotonic(), count=20)
    gap = survivor.gap_after(moment)
    victim.start()
    victim.wait_ready()
    cluster.wait_caught_up()
    return gap if kills_leader else None


def body(options):
    ledger = load.Ledger()
    gaps = []
    with Cluster() as cluster:
        cluster.start()
        with load.Load(cluster, ledger, threads=options.writers):
            for number in range(options.rounds):
                gap = kill_round(number, cluster, ledger)
                if gap is not None:
                    gaps.append(gap)
        index, text = cluster.wait_equal()
        for member in cluster.members:
            figures = ledger.check(member)
        say(f"{plural(options.rounds, 'kill')} ({len(gaps)} of the leader): {figures}")
        say(f"KV.HASH {text} at index {index} on all members")
    if gaps:
        say(f"gap seen through a survivor after a leader kill: {spread(gaps)}")
        expect(max(gaps) < LONGEST_GAP, f"a gap of {max(gaps):.2f} s, allowed {LONGEST_GAP} s")
        expect(
            statistics.median(gaps) < MEDIAN_GAP,
            f"a median gap of {statistics.median(gaps):.2f} s, allowed {MEDIAN_GAP} s")


def options(parser):
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--writers", type=int, default=6)


if __name__ == "__main__":
    run(__doc__, body, options)
