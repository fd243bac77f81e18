# SPDX-License-Identifier: Apache-2.0
"""No member runs for half a minute: limits go on counting, as docs/guarantees.md says.

First all members are stopped with SIGSTOP and go on: their boot clocks have counted the time. Then all are
killed at once and started again after as long: wall clocks say how long it was. Each time keys whose limits passed
are gone, for reads and for writes, on every member; none was gone early, none comes back, and the others
live as long as they had been given, and no longer.
"""

import time

import environment  # noqa: F401

from cluster import Cluster, expect
from limits import EARLY, Limited
from script import plural, run, say

# What cluster time may be off by after a stop: what the last leader's words needed, what wall clocks
# differ by, and the time this script needs to ask.
SLACK = 0.5


def stop_processes(cluster, seconds):
    for member in cluster.members:
        member.pause()
    time.sleep(seconds)
    for member in cluster.members:
        member.resume()


def kill_processes(cluster, seconds):
    for member in cluster.members:
        member.process.kill()
    for member in cluster.members:
        member.process.wait()
    time.sleep(seconds)
    cluster.start()


def check_left(limited, key):
    """PTTL of a key that lives, against true time."""
    called, answered, limit = limited.keys[key]
    before = time.monotonic()
    left = limited.left(key)
    after = time.monotonic()
    expect(
        called + limit * (1 - EARLY) - after - SLACK <= left <= answered + limit - before + SLACK,
        f"{key} has {left:.2f} s left, {after - called:.2f} s after it was set for {limit} s")
    return left


def check_writes(cluster, gone, living):
    """Whether a key is there is the same for writes as for reads."""
    with Limited.connect(cluster.leader()) as connection:
        for key in living:
            reply = connection.call("SET", key, "y", "NX")
            expect(reply is None, f"SET {key} NX was answered {reply} although it lives")
        for key in gone:
            reply = connection.call("EXISTS", key)
            expect(reply == 0, f"{key} exists although its limit passed")
            reply = connection.call("PERSIST", key)
            expect(reply == 0, f"PERSIST brought {key} back")


def pause(cluster, limited, what, how, seconds):
    """One pause; what is left of the longest limit after it."""
    limited.add(0.5, 1)
    limited.look_for(1.5)
    expect(
        limited.gone >= set(list(limited.keys)[-2:]),
        "limits of a second have not passed after 1.5 s")
    limited.add(seconds / 3, seconds + 6, seconds * 20)
    short, middle, long = list(limited.keys)[-3:]
    start = time.monotonic()
    how(cluster, seconds)
    limited.look()
    took = time.monotonic() - start
    expect(short in limited.gone, f"{short} survived its limit of {seconds / 3:.0f} s")
    left = check_left(limited, long)
    check_writes(cluster, limited.gone, [long])
    # Until the next limit has passed where everybody looks on.
    end = limited.keys[middle][1] + seconds + 7
    limited.look_for(max(0, end - time.monotonic()))
    expect(middle in limited.gone, f"{middle} survived its limit of {seconds + 6:.0f} s")
    check_left(limited, long)
    say(f"all members {what} for {seconds:g} s (answers again after {took - seconds:.2f} s): "
        f"{left:.1f} s of {seconds * 20:g} s are left")


def body(options):
    with Cluster() as cluster:
        cluster.start()
        limited = Limited(cluster)
        pause(cluster, limited, "stopped", stop_processes, options.seconds)
        pause(cluster, limited, "killed", kill_processes, options.seconds)
        cluster.wait_equal()
    say(f"{plural(limited.reads, 'read')} of {len(limited.keys)} keys with limits: none gone "
        "early, none there late, none came back")


def options(parser):
    parser.add_argument("--seconds", type=float, default=30, help="how long nobody runs")


if __name__ == "__main__":
    run(__doc__, body, options, limit=300)
