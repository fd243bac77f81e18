# SPDX-License-Identifier: Apache-2.0
"""Wall clocks stepped by an hour move no deadline, on whichever member; a stop of all members counts.

Every member runs with a wall clock of its own that the script sets (libfaketime; monotonic clocks are not
touched). Each in turn, the leader first, is set an hour ahead, an hour back, and right again; after each
step the member is made the leader, if it is not. Meanwhile keys with limits are set and read on all
members: none may be gone before its time, none may be there after it, none may come back.

Then all members are stopped for a while and started, one of them with a clock that is an hour ahead: limits
go on counting as if nothing had been, by the median of the clocks.
"""

import time
from pathlib import Path

import environment

from cluster import Cluster, expect, wait_until
from limits import Limited
from script import plural, run, say

environment.require_tools("faketime")

HOUR = 3600


def library():
    """The variant of libfaketime for programs with threads."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    expect(found, "libfaketimeMT.so.1 is not where the package faketime puts it")
    return str(found[0])


class WallClock:
    """A member's wall clock, as far as its process can see."""

    def __init__(self, member):
        self.file = member.folder / f"clock-{member.id}"
        self.set(0)
        member.environment = {
            "LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds):
        """Steps the clock to so many seconds ahead of the right time."""
        partial = self.file.with_suffix(".new")
        partial.write_text(f"{seconds:+d}\n")
        partial.rename(self.file)


def make_leader(cluster, member):
    """Stops leaders for a while until this member leads."""
    for _ in range(40):
        leader = cluster.leader()
        if leader is member:
            return
        others = [other for other in cluster.members if other is not leader]
        leader.pause()
        try:
            cluster.leader(among=others)
        finally:
            leader.resume()
        cluster.wait_caught_up()
    expect(False, f"member {member.id} was not elected in 40 elections")


def step_each(cluster, clocks, limited):
    leader = cluster.leader()
    order = [leader] + [member for member in cluster.members if member is not leader]
    for member in order:
        for step in (HOUR, -HOUR, 0):
            limited.add(1, 2, 4, 60)
            clocks[member].set(step)
            make_leader(cluster, member)
            limited.add(1, 2)
            limited.look_for(3)
        say(f"member {member.id} stepped by an hour both ways, leading: "
            f"{plural(limited.reads, 'read')}, none early, late or back")
    limited.look_for(2)
    limited.look()


def alarm_is_raised(cluster, clocks):
    """INFO raft says that a clock is off, and on which member."""
    member = cluster.members[0]
    clocks[member].set(HOUR)
    wait_until(
        "an alarm", lambda: member.status().get("raft_clock_alarm") == "wall_clock_is_off", 10)
    offset = int(member.status()["raft_wall_clock_offset_ms"])
    expect(abs(offset - HOUR * 1000) < 5000, f"the offset shown is {offset} ms")
    clocks[member].set(0)
    wait_until("the end of it", lambda: member.status().get("raft_clock_alarm") == "none", 10)


def stop_all(cluster, clocks, limited, seconds):
    """All members are stopped and started; one of them comes back with a wrong clock."""
    limited.add(seconds / 2, seconds * 20)
    short, long = list(limited.keys)[-2:]
    for member in cluster.members:
        member.signal(15)
    for member in cluster.members:
        expect(member.wait(10) == 0, f"member {member.id} did not end in order")
    clocks[cluster.members[0]].set(HOUR)
    time.sleep(seconds)
    cluster.start()
    called, answered, limit = limited.keys[long]
    left, now = limited.left(long), time.monotonic()
    # Two of the three clocks are right.
    expect(
        called + limit - now - 1 <= left <= answered + limit - now + 1,
        f"{left:.1f} s of {long} are left, {now - called:.1f} s after it was set for {limit} s")
    limited.look()
    expect(short in limited.gone, f"{short} survived its limit while all members were stopped")
    clocks[cluster.members[0]].set(0)
    say(f"all members stopped for {seconds} s: {left:.1f} s of {limit} s are left")


def body(options):
    with Cluster() as cluster:
        clocks = {member: WallClock(member) for member in cluster.members}
        cluster.start()
        limited = Limited(cluster)
        step_each(cluster, clocks, limited)
        alarm_is_raised(cluster, clocks)
        stop_all(cluster, clocks, limited, options.stopped)
        cluster.wait_equal()


def options(parser):
    parser.add_argument("--stopped", type=int, default=30, help="seconds without any member")


if __name__ == "__main__":
    run(__doc__, body, options, limit=400)
