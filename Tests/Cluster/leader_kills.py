# SPDX-License-Identifier: Apache-2.0
"""Leaders killed under stock clients that count: not one error, and every INCR counts once.

Redis' own clients know nothing of sessions or elections: redis-py with its default options, one command at a
time and in pipelines, and redis-benchmark. All of them are connected to members that live; every
round kills the leader while they count, waits for its successor, and starts it again. An INCR of a key that
one client has for itself must return one more than the last: nothing was lost, repeated or overtaken.
"""

import random
import subprocess
import threading
import time

import environment
import redis

from cluster import Cluster, Failure, expect, wait_until
from script import plural, run, say, spread

environment.require_tools("redis-benchmark")

PIPELINE = 50
BENCHMARK_KEY = "counted:benchmark"


class Counting:
    """One redis-py client that counts in a key of its own, until it is told to stop."""

    def __init__(self, name, pipelined):
        self.key = f"counted:{name}"
        self.pipelined = pipelined
        self.count = 0
        self.failure = None
        self.longest = 0.0

    def start(self, member):
        self.member = member
        self.longest = 0.0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.stopping.set()
        self.thread.join(15)
        expect(not self.thread.is_alive(), f"{self.key}: a client does not end")
        expect(not self.failure, self.failure)

    def _run(self):
        try:
            with redis.Redis(port=self.member.client_port) as client:
                while not self.stopping.is_set():
                    start = time.monotonic()
                    self._take(self._ask(client))
                    self.longest = max(self.longest, time.monotonic() - start)
        except Exception as error:
            self.failure = (
                f"{self.key} at member {self.member.id}, after {self.count:,}: "
                f"{type(error).__name__}: {error}")

    def _ask(self, client):
        if not self.pipelined:
            return [client.incr(self.key)]
        with client.pipeline(transaction=False) as pipeline:
            for _ in range(PIPELINE):
                pipeline.incr(self.key)
            return pipeline.execute()

    def _take(self, values):
        for value in values:
            expect(value == self.count + 1, f"INCR returned {value} after {self.count}")
            self.count = value


class Benchmark:
    """redis-benchmark, one run after another, all counting in one key."""

    def __init__(self):
        self.count = 0
        self.runs = 0
        self.failure = None

    def start(self, member, *options, requests):
        self.stopping = threading.Event()
        self.command = [
            "redis-benchmark", "-p", str(member.client_port), "-n", str(requests), "-c", "20", "-q",
            *options, "incr", BENCHMARK_KEY]
        self.requests = requests
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopping.is_set() and not self.failure:
            done = subprocess.run(
                self.command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            text = done.stdout + done.stderr
            if done.returncode != 0 or "rror" in text or "requests per second" not in text:
                self.failure = f"{' '.join(self.command)}: exit code {done.returncode}: {text[-500:]}"
            self.count += self.requests
            self.runs += 1

    def stop(self):
        self.stopping.set()
        self.thread.join(60)
        expect(not self.thread.is_alive(), "redis-benchmark does not end")
        expect(not self.failure, self.failure)


def kill_round(number, cluster, clients, benchmark, options):
    """One kill and return; the longest that a client waited for an answer, in seconds."""
    leader = cluster.leader()
    survivors = cluster.followers()
    random.shuffle(survivors)
    for position, client in enumerate(clients):
        client.start(survivors[position % len(survivors)])
    pipeline = ["-P", "16"] if number % 2 else []
    benchmark.start(
        survivors[number // 2 % len(survivors)], *pipeline, requests=options.requests)

    def counted(since):
        # A client that has failed is asked when it is stopped.
        return all(c.failure or c.count > before for c, before in zip(clients, since))

    at_least = [client.count + PIPELINE for client in clients]
    wait_until("all clients count before it", lambda: counted(at_least), 10)
    time.sleep(random.random() * 0.2)
    leader.kill()
    cluster.leader()
    at_least = [client.count + PIPELINE for client in clients]
    wait_until("all clients count after the kill", lambda: counted(at_least), 10)
    leader.start()
    leader.wait_ready()
    at_least = [client.count + PIPELINE for client in clients]
    wait_until("all clients count with all members", lambda: counted(at_least), 10)
    for client in clients:
        client.stop()
    benchmark.stop()
    cluster.wait_caught_up()
    return max(client.longest for client in clients)


def check_totals(cluster, clients, benchmark):
    """What every member says is what was counted."""
    for member in cluster.members:
        with redis.Redis(port=member.client_port) as reader:
            for key, count in [(c.key, c.count) for c in clients] + [
                (BENCHMARK_KEY, benchmark.count)
            ]:
                value = int(reader.get(key) or 0)
                expect(
                    value == count,
                    f"{key} is {value:,} on member {member.id} after {count:,} INCRs")


def body(options):
    clients = [
        Counting(f"{'pipelined' if pipelined else 'single'}:{number}", pipelined)
        for number in range(options.clients) for pipelined in (False, True)
    ]
    benchmark = Benchmark()
    with Cluster() as cluster:
        cluster.start()
        longest = []
        for number in range(options.rounds):
            try:
                longest.append(
                    kill_round(number, cluster, clients, benchmark, options))
            except Failure as failure:
                said = [c.failure for c in [*clients, benchmark] if c.failure]
                raise Failure(f"round {number + 1}: {failure}; {said}") from None
        check_totals(cluster, clients, benchmark)
        index, text = cluster.wait_equal()
        say(f"KV.HASH {text} at index {index} on all members")
    say(f"longest answer of a round, its kill included: {spread(longest)}")
    say(f"{plural(options.rounds, 'leader kill')}: {sum(c.count for c in clients):,} INCRs of "
        f"{len(clients)} redis-py clients and {benchmark.count:,} of {benchmark.runs} runs of "
        "redis-benchmark: 0 errors, 0 lost, 0 counted twice")


def options(parser):
    parser.add_argument("--rounds", type=int, default=20, help="kills of the leader")
    parser.add_argument(
        "--clients", type=int, default=4, help="redis-py clients, and as many that pipeline")
    parser.add_argument(
        "--requests", type=int, default=20000, help="per run of redis-benchmark")


if __name__ == "__main__":
    run(__doc__, body, options, limit=500)
