# SPDX-License-Identifier: Apache-2.0
"""Keys with limits, watched: none gone before its time, none there after it, none that comes back."""

import time

import environment  # noqa: F401

import wire
from cluster import expect

# By how much a limit may be felt early: the published 0.1 %, and the grain of the clocks.
EARLY = 0.001
GRAIN = 0.01


class Limited:
    """Keys with limits, set at known times, looked at until long after they are gone."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.keys = {}
        self.gone = set()
        self.reads = 0
        self.number = 0

    def add(self, *seconds):
        """Sets one key for each limit."""
        with self.connect(self.cluster.leader()) as connection:
            for limit in seconds:
                self.number += 1
                key = f"limited:{self.number}"
                called = time.monotonic()
                reply = connection.call("SET", key, "x", "PX", int(limit * 1000))
                expect(reply == "OK", f"SET {key} was answered {reply}")
                self.keys[key] = (called, time.monotonic(), limit)

    @staticmethod
    def connect(member):
        return wire.Wire(member.client_port, timeout=10)

    def look(self, members=None):
        """Reads every key on every member and holds what is seen against true time."""
        for member in members or self.cluster.alive:
            with self.connect(member) as connection:
                for key, (called, answered, limit) in self.keys.items():
                    before = time.monotonic()
                    value = connection.call("GET", key)
                    after = time.monotonic()
                    self.reads += 1
                    if value is None:
                        self.gone.add(key)
                        expect(
                            after >= called + limit * (1 - EARLY) - GRAIN,
                            f"{key} is gone on member {member.id} {after - called:.3f} s after it "
                            f"was set for {limit} s")
                    else:
                        expect(key not in self.gone, f"{key} came back on member {member.id}")
                        expect(
                            before < answered + limit * (1 + EARLY) + self.late,
                            f"{key} is still there on member {member.id} {before - answered:.3f} s "
                            f"after it was set for {limit} s")

    # What cluster time may lose when leadership changes: what the old leader's words needed.
    late = 0.5

    def look_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(0.02)

    def left(self, key):
        """How long a key still lives, as the leader says."""
        with self.connect(self.cluster.leader()) as connection:
            return connection.call("PTTL", key) / 1000
