# SPDX-License-Identifier: Apache-2.0
"""Every write is answered in time and truly, whoever is missing.

A write that may be in the log is answered within 3 s, with INDOUBT if nothing better is known; one that
certainly is not may be held for 2 s and is told so, ending in "not executed". Both followers are stopped
or killed, the leader is, a follower is: through the members that run, clients go on writing all the
time. When all are back, every answer is held against what the keys hold.
"""

import threading
import time

import environment  # noqa: F401

import wire
from cluster import Cluster, Failure, expect, wait_until
from script import plural, run, say

# What a busy machine may add to what the contract says.
MARGIN = 0.5
# The longest for any answer; a write that is not in the log is held for 2 s, unless it was in a leader's hands
# until that leader was replaced.
WITHIN = 3.0


class Client:
    """Writes keys of its own through one member, several at a time, or reads; notes every answer."""

    def __init__(self, member, name, ask):
        self.member = member
        self.name = name
        self.ask = ask
        self.answers = []
        self.reads = []
        self.number = 0
        self.failure = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            with wire.Wire(self.member.client_port, timeout=20) as connection:
                while not self.stopping.is_set():
                    self.ask(self, connection)
                    self.stopping.wait(0.02)
        except wire.Disconnected as error:
            self.failure = f"member {self.member.id} left a write without an answer: {error}"

    def write(self, connection):
        keys = [f"{self.name}:{self.number + i}" for i in range(4)]
        self.number += len(keys)
        start = time.monotonic()
        for key in keys:
            connection.send("INCR", key)
        for key in keys:
            reply = connection.receive()
            self.answers.append((key, reply, time.monotonic() - start))

    def read(self, connection):
        start = time.monotonic()
        connection.send("GET", self.name)
        reply = connection.receive()
        self.reads.append((reply, time.monotonic() - start))

    @property
    def count(self):
        return len(self.answers) + len(self.reads)

    def stop(self):
        self.stopping.set()
        self.thread.join(20)
        expect(not self.thread.is_alive(), f"a client of member {self.member.id} does not end")
        expect(not self.failure, self.failure)


class Answers:
    """What all clients of one scene were told."""

    def __init__(self, clients):
        self.done, self.doubtful, self.refused = [], [], []
        self.slowest = {"done": 0.0, "doubtful": 0.0, "refused": 0.0, "read": 0.0}
        for client in clients:
            for key, reply, took in client.answers:
                kind = self._kind(key, reply)
                getattr(self, kind).append(key)
                self.slowest[kind] = max(self.slowest[kind], took)
            for reply, took in client.reads:
                expect(
                    not isinstance(reply, wire.ReplyError) or str(reply).endswith("not executed"),
                    f"GET was answered {reply}")
                self.slowest["read"] = max(self.slowest["read"], took)

    @staticmethod
    def _kind(key, reply):
        if isinstance(reply, wire.ReplyError):
            text = str(reply)
            if text.endswith("not executed"):
                return "refused"
            expect(text.startswith("INDOUBT"), f"INCR {key} was answered {text}")
            return "doubtful"
        expect(reply == 1, f"INCR {key} was answered {reply}")
        return "done"

    def check_times(self):
        for kind, took in self.slowest.items():
            expect(took <= WITHIN + MARGIN, f"an answer ({kind}) took {took:.2f} s")

    def check_truth(self, member):
        with wire.Wire(member.client_port, timeout=10) as connection:
            for kind, allowed in (("done", (1,)), ("doubtful", (0, 1)), ("refused", (0,))):
                for key in getattr(self, kind):
                    value = int(connection.call("GET", key) or 0)
                    expect(value in allowed, f"{key} is {value}, and its INCR was {kind}")

    def __str__(self):
        parts = []
        for kind, name in (("done", "done"), ("doubtful", "in doubt"), ("refused", "not executed")):
            count = len(getattr(self, kind))
            parts.append(f"{count} {name}" + (f" (≤ {self.slowest[kind]:.2f} s)" if count else ""))
        return ", ".join(parts) + f"; reads ≤ {self.slowest['read']:.2f} s"


def scene(number, cluster, what, missing, how, seconds, expected):
    """Some members are missing for a while; `expected` kinds of answers must be among those given."""
    leader, followers = cluster.leader(), cluster.followers()
    gone = missing(leader, followers)
    rest = [member for member in cluster.members if member not in gone]
    clients = [
        Client(member, f"scene:{number}:{member.id}:{i}", ask)
        for member in rest for i, ask in enumerate((Client.write, Client.write, Client.read))
    ]
    wait_until("clients go on", lambda: all(c.count >= 20 for c in clients), 10)
    for member in gone:
        how(member)
    start = time.monotonic()
    wait_until("the time is over", lambda: time.monotonic() >= start + seconds, seconds + 5)
    for member in gone:
        if member.is_alive:
            member.resume()
        else:
            member.start()
    cluster.start(timeout=20)
    counts = [client.count for client in clients]
    wait_until(
        "clients go on again",
        lambda: all(c.failure or c.count >= n + 20 for c, n in zip(clients, counts)), 20)
    for client in clients:
        client.stop()
    cluster.wait_caught_up()
    answers = Answers(clients)
    say(f"{what} for {seconds:g} s: {answers}")
    answers.check_times()
    for member in cluster.members:
        answers.check_truth(member)
    for kind in expected:
        expect(getattr(answers, kind), f"no answer was {kind}: the scene shows nothing")
    return len(answers.done) + len(answers.doubtful) + len(answers.refused)


def body(options):
    def pause(member):
        member.pause()

    def kill(member):
        member.kill()

    def both(_, followers):
        return followers

    def one(_, followers):
        return followers[:1]

    def leader_and_one(leader, followers):
        return [leader, followers[0]]

    scenes = [
        ("both followers stopped", both, pause, ("doubtful", "refused")),
        ("both followers killed", both, kill, ("doubtful", "refused")),
        ("leader and a follower stopped", leader_and_one, pause, ("doubtful", "refused")),
        ("leader and a follower killed", leader_and_one, kill, ("refused",)),
        ("one follower stopped", one, pause, ()),
        ("one follower killed", one, kill, ()),
        ("the leader stopped", lambda leader, _: [leader], pause, ()),
        ("the leader killed", lambda leader, _: [leader], kill, ()),
    ]
    total = 0
    with Cluster() as cluster:
        cluster.start()
        for number, (what, missing, how, expected) in enumerate(scenes):
            try:
                total += scene(number, cluster, what, missing, how, options.seconds, expected)
            except Failure as failure:
                raise Failure(f"{what}: {failure}") from None
        cluster.wait_equal()
    say(f"{plural(total, 'write')} in {len(scenes)} scenes: every answer in time, and true")


def options(parser):
    parser.add_argument("--seconds", type=float, default=8, help="how long members are missing")


if __name__ == "__main__":
    run(__doc__, body, options, limit=450)
