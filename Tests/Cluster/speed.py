# SPDX-License-Identifier: Apache-2.0
"""redis-benchmark against the cluster, and beside it against a Redis that syncs every write.

Both store on the same disk and are measured in turns, so that a busy machine is busy for both: what
counts is the ratio within each turn, and of those the median. The line of the acceptance is SET with 50
connections, 100,000 requests and 256 bytes: without an error.
"""

import re
import shutil
import statistics
import subprocess

import environment
from cluster import Cluster, clean_environment, expect, free_ports, wait_until
from script import run, say

import wire

environment.require_tools("redis-benchmark", "redis-server", "setpriv")

# Name, test, connections, requests, pipeline.
WORK = [
    ("SET c=50", "set", 50, 100_000, 1),
    ("SET c=1", "set", 1, 5_000, 1),
    ("SET c=50 P=16", "set", 50, 200_000, 16),
    ("GET c=50", "get", 50, 100_000, 1),
    ("GET c=1", "get", 1, 20_000, 1),
    ("GET c=50 P=16", "get", 50, 500_000, 16),
]


class Redis:
    """One redis-server with appendfsync always, in a folder beside the members'."""

    def __init__(self, folder):
        self.client_port = free_ports(1)[0]
        self.folder = folder / "redis"
        self.folder.mkdir()
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "redis-server", "--port", str(self.client_port),
             "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "",
             "--appendonly", "yes", "--appendfsync", "always",
             "--auto-aof-rewrite-percentage", "0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=clean_environment())
        wait_until("redis-server answers", self._answers, 10)
        return self

    def _answers(self):
        try:
            with wire.Wire(self.client_port, timeout=1) as connection:
                return connection.call("PING") == "PONG"
        except wire.Disconnected:
            return False

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def benchmark(member, test, connections, requests, pipeline, size=256):
    """(requests per second, p50 ms, p99 ms); fails on any error or warning."""
    done = subprocess.run(
        ["redis-benchmark", "-p", str(member.client_port), "-t", test, "-c", str(connections),
         "-n", str(requests), "-d", str(size), "-P", str(pipeline), "--csv"],
        capture_output=True, text=True, timeout=120)
    row = re.search(rf'^"{test.upper()}",(.*)$', done.stdout, re.MULTILINE)
    complaints = re.findall(r".*(?:WARN|[Ee]rror).*", done.stdout + done.stderr)
    expect(
        done.returncode == 0 and row and not complaints,
        f"redis-benchmark -t {test} -c {connections} -P {pipeline} at port {member.client_port}: "
        f"exit code {done.returncode}, {complaints or done.stdout[-300:] + done.stderr[-300:]}")
    values = [float(value) for value in re.findall(r'"([\d.]+)"', row[1])]
    return values[0], values[3], values[5]


def cpu_seconds(members):
    """User and system time that the processes have taken so far."""
    ticks = 0
    for member in members:
        with open(f"/proc/{member.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def median(rows, index):
    return statistics.median(row[index] for row in rows)


def measure(cluster, redis, work, repeats):
    """Turns of Redis, leader, follower; one row of the table."""
    name, test, connections, requests, pipeline = work
    leader = cluster.leader()
    follower = cluster.followers()[0]
    rows = {"redis": [], "leader": [], "follower": []}
    cpu = []
    for _ in range(repeats):
        rows["redis"].append(benchmark(redis, test, connections, requests, pipeline))
        before = cpu_seconds(cluster.members)
        rows["leader"].append(benchmark(leader, test, connections, requests, pipeline))
        cpu.append((cpu_seconds(cluster.members) - before) / requests * 1e6)
        rows["follower"].append(benchmark(follower, test, connections, requests, pipeline))
    expect(cluster.leader() is leader, "the leader changed during a benchmark")
    ratios = {
        kind: statistics.median(
            mine[0] / theirs[0] for mine, theirs in zip(rows[kind], rows["redis"]))
        for kind in ("leader", "follower")}
    cells = [
        f"{median(rows[kind], 0):>9,.0f} {median(rows[kind], 1):>7.2f} {median(rows[kind], 2):>7.2f}"
        for kind in ("redis", "leader", "follower")]
    say(f"{name:<14}" + " ".join(cells)
        + f" {ratios['leader']:>6.2f} {ratios['follower']:>6.2f} {statistics.median(cpu):>7.1f}")


def body(options):
    with Cluster() as cluster:
        cluster.start()
        with Redis(cluster.folder) as redis:
            say(f"values of 256 bytes, medians of {options.repeats}; requests/s, p50 and p99 in ms; "
                "ratios to Redis; CPU µs per request on all members at the leader's turn")
            say(f"{'':<14}{'Redis, appendfsync always':>25} {'leader':>25} {'follower':>25} "
                f"{'lead/R':>6} {'foll/R':>6} {'CPU':>7}")
            for work in WORK:
                if not options.only or work[0] in options.only:
                    measure(cluster, redis, work, options.repeats)
        cluster.wait_equal()


def options(parser):
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", action="append", help='a row, such as "SET c=50"')


if __name__ == "__main__":
    run(__doc__, body, options, limit=600)
