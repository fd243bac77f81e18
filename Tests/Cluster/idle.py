# SPDX-License-Identifier: Apache-2.0
"""A cluster that nobody uses writes nothing, and one where everything expires at once goes on serving.

The last index of every member's log stands still while nobody writes: with no key, with keys without limits,
and with keys whose limits are far away. Then a hundred thousand keys expire at one moment while clients
write: they go in pieces of 4,096 an entry, no write waits for all of them, and when they are gone the log
stands still again.
"""

import threading
import time

import environment  # noqa: F401

import wire
from cluster import Cluster, expect, wait_until
from script import plural, run, say

# Keys that one entry purges, docs/guarantees.md.
PURGED = 4096
# No write may wait for more than a few entries' purges; a busy machine adds to it.
LONGEST_WRITE = 1.0


def last_indexes(cluster):
    return [int(member.info()["raft_last_index"]) for member in cluster.members]


def check_rest(cluster, what, seconds):
    """Nothing is written while nobody writes."""
    cluster.wait_caught_up()
    before = last_indexes(cluster)
    sizes = [sum(f.stat().st_size for f in (m.data / "wal").iterdir()) for m in cluster.members]
    time.sleep(seconds)
    after = last_indexes(cluster)
    expect(after == before, f"with {what} the logs went from {before} to {after} in {seconds} s")
    say(f"{seconds:g} s at rest with {what}: the log stays at {after[0]}, "
        f"{sum(sizes) >> 10:,} KiB on disk")


def fill(member, name, count, *limit):
    """Sets many keys in one pipeline."""
    with wire.Wire(member.client_port, timeout=30) as connection:
        for start in range(0, count, 5000):
            part = range(start, min(count, start + 5000))
            connection.send_bytes(b"".join(wire.encode("SET", f"{name}:{i}", i, *limit) for i in part))
            for _ in part:
                reply = connection.receive()
                expect(reply == "OK", f"SET was answered {reply}")


class Writer:
    """One write after the other through one member; how long each took."""

    def __init__(self, member):
        self.member = member
        self.took = []
        self.failure = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            with wire.Wire(self.member.client_port, timeout=10) as connection:
                while not self.stopping.is_set():
                    start = time.monotonic()
                    connection.call("INCR", f"writer:{self.member.id}")
                    self.took.append(time.monotonic() - start)
        except (wire.Disconnected, wire.ReplyError) as error:
            self.failure = f"member {self.member.id}: {error}"

    def stop(self):
        self.stopping.set()
        self.thread.join(15)
        expect(not self.failure, self.failure)


def expired(member):
    """How many keys have been purged on it since it was started."""
    return int(member.info("stats")["expired_keys"])


def check_mass_expiry(cluster, count):
    leader = cluster.leader()
    with wire.Wire(leader.client_port) as connection:
        others = connection.call("DBSIZE") + len(cluster.members)
    moment = int(leader.info()["raft_cluster_time"]) + 1000 * max(8, count // 10000)
    fill(leader, "mass", count, "PXAT", moment)

    def keys():
        with wire.Wire(leader.client_port, timeout=10) as connection:
            return connection.call("DBSIZE")

    def now():
        return int(leader.info()["raft_cluster_time"])

    before = expired(leader)
    expect(now() < moment - 500, "the machine is too slow: the keys are due already")
    wait_until("the keys are nearly due", lambda: now() >= moment - 400, 60)
    there = keys()
    expect(there >= count or now() >= moment, "keys are gone before their time")
    writers = [Writer(member) for member in cluster.members]
    wait_until("all keys are gone", lambda: keys() <= others, 20)
    seen = now() - moment
    wait_until("all keys are purged", lambda: expired(leader) >= before + count, 20)
    purged = now() - moment
    for writer in writers:
        writer.stop()
    longest = max(max(writer.took) for writer in writers)
    writes = sum(len(writer.took) for writer in writers)
    expect(longest < LONGEST_WRITE, f"a write took {longest * 1000:.0f} ms during mass expiry")
    say(f"{count:,} keys expired at one moment, gone for readers after {seen} ms, "
        f"from memory after {purged} ms at the latest; "
        f"{plural(writes, 'write')} meanwhile, the longest {longest * 1000:.0f} ms")


def check_purge_entries(cluster, count):
    """With nobody writing, mass expiry takes an entry for each so many keys, and then the log rests."""
    leader = cluster.leader()
    fill(leader, "quiet", count, "PX", max(3000, count // 10))
    before = last_indexes(cluster)

    def keys():
        with wire.Wire(leader.client_port, timeout=10) as connection:
            return connection.call("EXISTS", *(f"quiet:{i}" for i in range(0, count, 97)))

    wait_until("all keys are gone", lambda: keys() == 0, 60, interval=0.1)
    wait_until("the purges are in the log", lambda: expired(leader) >= count, 20)
    cluster.wait_caught_up()
    entries = last_indexes(cluster)[0] - before[0]
    expect(
        entries >= count // PURGED,
        f"{count:,} keys went in {entries} entries, more than {PURGED} in one")
    say(f"{count:,} keys went in {plural(entries, 'entry')} of the log".replace("entrys", "entries"))


def body(options):
    with Cluster() as cluster:
        cluster.start()
        check_rest(cluster, "no keys", options.seconds)
        fill(cluster.leader(), "plain", 1000)
        check_rest(cluster, "keys without limits", options.seconds)
        fill(cluster.leader(), "far", 1000, "EX", 86400)
        check_rest(cluster, "keys that expire tomorrow", options.seconds)
        check_purge_entries(cluster, options.keys // 5)
        check_mass_expiry(cluster, options.keys)
        check_rest(cluster, "nothing due any more", options.seconds)
        cluster.wait_equal()


def options(parser):
    parser.add_argument("--seconds", type=float, default=5, help="how long each rest is")
    parser.add_argument("--keys", type=int, default=100_000, help="how many expire at once")


if __name__ == "__main__":
    run(__doc__, body, options, limit=200)
