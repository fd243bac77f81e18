# SPDX-License-Identifier: Apache-2.0
"""Clients that repeat what they get no answer to, while any member is killed, their own too.

KVClient (a session), kvcli (a token each) and raw RESP (a token each) increment one counter through
different members. Every increment is acknowledged, and the counter ends at exactly their number.
"""

import random
import subprocess
import threading
import time
import uuid

import environment  # noqa: F401

import wire
from cluster import Cluster, binary, expect, wait_until
from script import plural, run, say

KEY = "counter"
LEAST_KILLS = 10
#: What a reply may begin with if the same bytes are to be sent again.
AGAIN = ("INDOUBT", "CLUSTERDOWN", "BUSY", "LOADING")


class Counter:
    """A thread that increments until told to stop; a failure is remembered."""

    def __init__(self, cluster, number):
        self.cluster = cluster
        self.number = number
        self.acknowledged = 0
        self.repeated = 0
        self.longest = 0.0
        self.failure = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()

    def stop(self):
        self.stopping.set()
        self.thread.join(60)
        expect(not self.thread.is_alive(), f"{self.name} does not end")
        expect(self.failure is None, f"{self.name}: {self.failure}")

    def _run(self):
        try:
            while not self.stopping.is_set():
                start = time.monotonic()
                self.increment()
                self.acknowledged += 1
                self.longest = max(self.longest, time.monotonic() - start)
        except Exception as error:  # A client that dies silently would prove nothing.
            self.failure = f"{type(error).__name__}: {error}"

    def endpoints(self):
        """All members, beginning with another one for each client."""
        members = self.cluster.members
        first = self.number % len(members)
        return [f"127.0.0.1:{m.client_port}" for m in members[first:] + members[:first]]


class TokenCounter(Counter):
    """KV.IDEM over raw RESP: the same bytes to one member after the other until there is an answer."""

    def __init__(self, cluster, number):
        super().__init__(cluster, number)
        self.name = f"KV.IDEM client {number}"
        self.turn = number
        self.connection = None

    def increment(self):
        command = ("KV.IDEM", uuid.uuid4().bytes, "INCR", KEY)
        deadline = time.monotonic() + 30
        while True:
            try:
                if self.connection is None:
                    members = self.cluster.members
                    self.connection = wire.Wire(
                        members[self.turn % len(members)].client_port, timeout=4)
                return self.connection.call(*command)
            except wire.Disconnected as error:
                problem = error
                if self.connection is not None:
                    self.connection.close()
                    self.connection = None
                    self.repeated += 1
                self.turn += 1
            except wire.ReplyError as error:
                problem = error
                if not str(error).startswith(AGAIN):
                    raise
                self.repeated += 1
            expect(time.monotonic() < deadline, f"no answer within 30 s, at last: {problem}")
            time.sleep(0.01)


class CommandLineCounter(Counter):
    """One kvcli after the other."""

    def __init__(self, cluster, number):
        super().__init__(cluster, number)
        self.name = f"kvcli {number}"

    def increment(self):
        done = subprocess.run(
            [binary("kvcli"), "--endpoints", ",".join(self.endpoints()), "--timeout", "20",
             "INCR", KEY],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=40)
        expect(done.returncode == 0, f"exit code {done.returncode}: {done.stderr.strip()}")


class SwiftCounter:
    """Examples/ExactlyOnceCounter: eight tasks that share one KVClient."""

    def __init__(self, cluster, number, seconds):
        endpoints = Counter(cluster, number).endpoints()
        self.name = f"KVClient {number}"
        self.process = subprocess.Popen(
            [binary("exactly-once-counter"), ",".join(endpoints), KEY, str(seconds)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @property
    def is_running(self):
        return self.process.poll() is None

    def stop(self):
        """Waits for its end; what it counted, as a dictionary."""
        output, _ = self.process.communicate(timeout=60)
        expect(self.process.returncode == 0, f"{self.name} ended with {output}")
        lines = output.strip().splitlines()
        expect(len(lines) == 1, f"{self.name} saw errors: {output[:1000]}")
        return {name: int(value) for name, value in (f.split("=") for f in lines[0].split())}


def kill_and_return(cluster, victim, counters):
    """Kills a member, sees the others go on, and brings it back."""
    victim.kill()
    before = [c.acknowledged for c in counters]
    time.sleep(random.uniform(0, 1.2))
    wait_until(
        "every client has had increments acknowledged since the kill",
        lambda: all(c.failure or c.acknowledged > b for c, b in zip(counters, before)), 20)
    victim.start()
    victim.wait_ready()
    cluster.leader()
    # Not always time to catch up: the next one dies while this one is behind.
    time.sleep(random.uniform(0, 0.3))


def body(options):
    with Cluster() as cluster:
        cluster.start()
        counters = [TokenCounter(cluster, i) for i in range(3)]
        counters += [CommandLineCounter(cluster, i) for i in range(3)]
        programs = [SwiftCounter(cluster, i, options.seconds) for i in range(3)]
        kills, leader_kills = 0, 0
        try:
            for counter in counters:
                counter.start()
            while all(program.is_running for program in programs):
                victim = cluster.members[kills % 3]
                leader_kills += victim is cluster.find_leader()
                kill_and_return(cluster, victim, counters)
                kills += 1
            for counter in counters:
                counter.stop()
            tallies = [program.stop() for program in programs]
        finally:
            for program in programs:
                program.process.kill()
        cluster.wait_equal()
        expect(kills >= LEAST_KILLS, f"only {kills} kills in {options.seconds} s")
        tokens, one_shots = counters[:3], counters[3:]
        sums = {
            "KVClient": sum(t["acknowledged"] for t in tallies),
            "KV.IDEM": sum(c.acknowledged for c in tokens),
            "kvcli": sum(c.acknowledged for c in one_shots),
        }
        for member in cluster.members:
            with wire.Wire(member.client_port) as connection:
                count = int(connection.call("GET", KEY))
            expect(
                count == sum(sums.values()),
                f"member {member.id} has {count}, acknowledged were {sum(sums.values())}: {sums}")
        errors = sum(t["unknown"] + t["not_executed"] for t in tallies)
        expect(errors == 0, f"KVClient saw {plural(errors, 'error')}")
        slowest = max([t["longest_ms"] / 1000 for t in tallies]
                      + [c.longest for c in counters])
        say(f"{plural(kills, 'kill')}, {leader_kills} of the leader, each client's own among them")
        say(f"KV.IDEM sent again {sum(c.repeated for c in tokens)} times; "
            f"longest wait {slowest:.2f} s")
        say(", ".join(f"{name} {count:,}" for name, count in sums.items())
            + f": {sum(sums.values()):,} acknowledged, the counter says {count:,}; 0 errors")


def options(parser):
    parser.add_argument("--seconds", type=int, default=45, help="how long KVClient counts")


if __name__ == "__main__":
    run(__doc__, body, options, limit=300)
