# SPDX-License-Identifier: Apache-2.0
"""A power cut under two members at once, then under all three: nothing acknowledged is lost.

Each member's directory is on a file system of its own. Under load all members are stopped, which makes
one instant of all of them; at that instant the backing files of two are copied, as their mounted file
systems have left them; then all are killed and start again, two from the copies, the third from its
own directory. Every third round cuts all three.
"""

import os
import signal

import environment  # noqa: F401

import load
import power
from cluster import Cluster, expect, wait_until
from script import run, say

ROUNDS = [(0, 1), (1, 2), (0, 1, 2), (2, 0), (0, 1), (0, 1, 2)]


def is_stopped(pid):
    """True once the stop has begun: then no thread of the process returns from the kernel."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/stat") as file:
            if file.read().rsplit(")", 1)[1].split()[0] == "T":
                return True
    return False


def stop_all(cluster):
    for member in cluster.members:
        os.kill(member.process.pid, signal.SIGSTOP)
    for member in cluster.members:
        wait_until(
            f"member {member.id} stopped", lambda: is_stopped(member.process.pid), 5, interval=0)


def cut(cluster, disks, chosen):
    """The cut itself. Nothing here syncs: what is in memory only is meant to be lost."""
    stop_all(cluster)
    for index in chosen:
        disks[index].copy()
    for member in cluster.members:
        member.kill()
    for index in chosen:
        disks[index].use_copy()
        disks[index].check_cut()


def rounds(cluster, disks, ledger, options):
    for number in range(options.rounds):
        chosen = ROUNDS[number % len(ROUNDS)]
        for disk in disks:
            disk.plant()
        before = ledger.acknowledged_count
        with load.Load(cluster, ledger, name=f"cut:{number}"):
            wait_until(
                "writes are acknowledged",
                lambda: ledger.acknowledged_count >= before + options.writes, 30)
            cut(cluster, disks, chosen)
        cluster.start(timeout=20)
        cluster.wait_equal()
        for member in cluster.members:
            figures = ledger.check(member)
        names = ", ".join(str(cluster.members[index].id) for index in chosen)
        say(f"power cut under members {names}: {figures}")


def body(options):
    power.enter_namespace()
    power.require_loop_device()
    ledger = load.Ledger()
    with Cluster() as cluster:
        disks = []
        try:
            for member in cluster.members:
                disk = power.Disk(cluster.folder, f"disk-{member.id}")
                disks.append(disk)
                disk.mount()
                member.data = disk.mountpoint / "data"
            cluster.start()
            rounds(cluster, disks, ledger, options)
            expect(ledger.acknowledged_count > 0, "nothing was acknowledged")
        finally:
            cluster.end()
            for disk in disks:
                disk.unmount()


def options(parser):
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--writes", type=int, default=2000, help="acknowledged before each cut")


if __name__ == "__main__":
    run(__doc__, body, options, limit=300)
