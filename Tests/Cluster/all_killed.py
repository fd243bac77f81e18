# SPDX-License-Identifier: Apache-2.0
"""All three members killed at once under load and restarted: every acknowledged write is there."""

import os
import signal

import environment  # noqa: F401

import load
from cluster import Cluster, wait_until
from script import plural, run, say


def kill_all(cluster):
    """kill -9 to all members, with nothing in between."""
    pids = [member.process.pid for member in cluster.members]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for member in cluster.members:
        member.process.wait()


def body(options):
    ledger = load.Ledger()
    with Cluster() as cluster:
        for number in range(options.rounds):
            cluster.start()
            before = ledger.acknowledged_count
            with load.Load(cluster, ledger, name=f"all:{number}"):
                wait_until(
                    "writes are acknowledged",
                    lambda: ledger.acknowledged_count >= before + options.writes, 30)
                kill_all(cluster)
        cluster.start()
        cluster.wait_equal()
        for member in cluster.members:
            figures = ledger.check(member)
    say(f"all members killed at once, {plural(options.rounds, 'time')}: {figures}")


def options(parser):
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--writes", type=int, default=2000, help="acknowledged before each kill")


if __name__ == "__main__":
    run(__doc__, body, options, limit=300)
