# SPDX-License-Identifier: Apache-2.0
"""A leader stopped with SIGSTOP is replaced; once it goes on it answers no stale read.

A writer counts up in one key through a member that runs. Readers are connected to the stopped leader:
their GETs wait in its sockets while it sleeps, and more follow right after it wakes. A read may return
only what was written last before it was sent, or something newer.
"""

import threading
import time

import environment  # noqa: F401

import wire
from cluster import Cluster, expect, wait_until
from script import plural, run, say

KEY = "counted"


class Writer:
    """SET KEY 1, 2, 3 … through one member; which value was acknowledged last."""

    def __init__(self, member):
        self.member = member
        self.acknowledged = 0
        self.sent = 0
        self.failure = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            with wire.Wire(self.member.client_port) as connection:
                while not self.stopping.is_set():
                    value = self.sent + 1
                    self.sent = value
                    connection.send("SET", KEY, value)
                    reply = connection.receive()
                    # An error leaves the outcome open; the next value is greater either way.
                    if reply == "OK":
                        self.acknowledged = value
        except wire.Disconnected as error:
            self.failure = f"the writer at member {self.member.id}: {error}"

    def wait_for_more(self, count=1, timeout=10):
        target = self.acknowledged + count
        wait_until(
            f"the writer at member {self.member.id} goes on",
            lambda: self.failure or self.acknowledged >= target, timeout)
        expect(not self.failure, self.failure)

    def stop(self):
        self.stopping.set()
        self.thread.join(10)


class Reader:
    """A connection to the member under test; each GET is noted with what had to be visible."""

    def __init__(self, member, writer):
        self.connection = wire.Wire(member.client_port, timeout=10)
        self.writer = writer
        self.expected = []
        self.answers = []

    def send(self):
        self.expected.append(self.writer.acknowledged)
        self.connection.send("GET", KEY)

    def receive_all(self):
        """Receives until every GET sent has its answer; (fresh answers, errors)."""
        while len(self.answers) < len(self.expected):
            reply = self.connection.receive()
            self.answers.append(reply)
            if isinstance(reply, wire.ReplyError):
                expect(
                    str(reply).startswith(("CLUSTERDOWN", "LOADING")),
                    f"a read was answered with: {reply}")
                continue
            least, value = self.expected[len(self.answers) - 1], int(reply or 0)
            expect(
                least <= value <= self.writer.sent,
                f"a stale read: {value}, although {least} had been acknowledged before it was sent")
        errors = sum(isinstance(answer, wire.ReplyError) for answer in self.answers)
        return len(self.answers) - errors, errors


def pause(cluster, seconds, readers):
    """Stops the leader for so long; (seconds until another led, fresh answers, errors)."""
    leader = cluster.leader()
    others = [member for member in cluster.members if member is not leader]
    writer = Writer(others[0])
    writer.wait_for_more(50)
    connections = [Reader(leader, writer) for _ in range(readers)]
    for connection in connections:
        connection.send()
        connection.receive_all()
    # One write waits in the sleeping leader's socket too: it must not count twice.
    pending = wire.Wire(leader.client_port, timeout=10)
    moment = time.monotonic()
    leader.pause()
    pending_key = f"pending:{moment}"
    try:
        pending.send("INCR", pending_key)
        for connection in connections:
            connection.send()
        successor = cluster.leader(timeout=10, among=others)
        replaced = time.monotonic() - moment
        writer.wait_for_more(50)
        # What is read from now on must show what the successor acknowledged.
        for connection in connections:
            connection.send()
        wait_until("the pause is over", lambda: time.monotonic() > moment + seconds, seconds + 1)
        for connection in connections:
            connection.send()
    finally:
        leader.resume()
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        for connection in connections:
            connection.send()
            connection.receive_all()
    counts = [connection.receive_all() for connection in connections]
    wait_until(
        f"member {leader.id} follows {successor.id}",
        lambda: leader.status().get("raft_role") == "follower", 5)
    connections[0].send()
    connections[0].receive_all()
    expect(
        not isinstance(connections[0].answers[-1], wire.ReplyError),
        f"member {leader.id} answers no read after it is back: {connections[0].answers[-1]}")
    writer.wait_for_more()
    writer.stop()
    expect(not writer.failure, writer.failure)
    check_pending(pending, pending_key, successor)
    return replaced, sum(c[0] for c in counts), sum(c[1] for c in counts)


def check_pending(pending, key, member):
    """The INCR that the sleeping leader found in its socket counted as it was answered."""
    reply = pending.receive()
    with wire.Wire(member.client_port) as connection:
        value = int(connection.call("GET", key) or 0)
    if isinstance(reply, wire.ReplyError):
        allowed = (0,) if str(reply).endswith("not executed") else (0, 1)
    else:
        allowed = (1,)
    expect(value in allowed, f"an INCR that was answered {reply} left the value {value}")


def body(options):
    with Cluster() as cluster:
        cluster.start()
        for seconds in [options.seconds] + [options.short] * options.rounds:
            replaced, fresh, errors = pause(cluster, seconds, options.readers)
            say(f"leader stopped for {seconds:g} s: replaced after {replaced * 1000:.0f} ms, "
                f"{plural(fresh, 'read')} answered, 0 stale, {errors} refused")
            cluster.wait_caught_up()
        cluster.wait_equal()


def options(parser):
    parser.add_argument("--seconds", type=float, default=10, help="the long pause")
    parser.add_argument("--rounds", type=int, default=5, help="short pauses after it")
    parser.add_argument("--short", type=float, default=1.5, help="seconds of a short pause")
    parser.add_argument("--readers", type=int, default=8)


if __name__ == "__main__":
    run(__doc__, body, options, limit=200)
