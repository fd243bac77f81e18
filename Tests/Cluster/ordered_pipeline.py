# SPDX-License-Identifier: Apache-2.0
"""A thousand ordered writes to one key in one pipeline, across leader kills: none overtakes another.

A client sends SET key 1 … 1000 in one piece; while they are under way the leader is killed, either another
member than the client's or the client's own. Others read the key through members that live: it never
falls. In the end it holds no less than the last write that was acknowledged, and the reply to each
write is true: OK counts, "not executed" never happened. Every second round the writes also ask for
the value they replace: each must have found its predecessor, or something earlier still if what is in
between was not executed.
"""

import random
import threading
import time

import environment  # noqa: F401

import wire
from cluster import Cluster, Failure, expect
from script import plural, run, say

WRITES = 1000
# Bytes sent at once, some twenty writes: the leader falls between two of these.
CHUNK = 1024


class Watcher:
    """Reads the key through one member until told to stop; it must never fall."""

    def __init__(self, member, key):
        self.member = member
        self.key = key
        self.reads = 0
        self.failure = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        seen = 0
        try:
            with wire.Wire(self.member.client_port, timeout=10) as connection:
                while not self.stopping.is_set():
                    connection.send("GET", self.key)
                    reply = connection.receive()
                    if isinstance(reply, wire.ReplyError):
                        expect(str(reply).endswith("not executed"), f"GET was answered {reply}")
                        continue
                    value = int(reply or 0)
                    expect(value >= seen, f"{self.key} fell from {seen} to {value}")
                    seen = value
                    self.reads += 1
        except (Failure, wire.Disconnected) as failure:
            self.failure = f"through member {self.member.id}: {failure}"

    def stop(self):
        self.stopping.set()
        self.thread.join(15)
        expect(not self.failure, self.failure)
        return self.reads


def receive_all(connection, count):
    """Replies until there are `count` or the connection breaks."""
    replies = []
    try:
        while len(replies) < count:
            replies.append(connection.receive())
    except wire.Disconnected:
        pass
    return replies


def check_replies(replies, asks):
    """Holds replies against each other; the last number acknowledged, those not executed, others."""
    acknowledged, refused, doubtful = 0, set(), 0
    present = 0
    for number, reply in enumerate(replies, start=1):
        if isinstance(reply, wire.ReplyError):
            text = str(reply)
            if text.endswith("not executed"):
                refused.add(number)
            else:
                expect(text.startswith("INDOUBT"), f"SET {number} was answered {text}")
                doubtful += 1
            continue
        if asks:
            found = int(reply or 0)
            allowed = range(present, number)
            expect(
                found in allowed and found not in refused and (
                    doubtful or len(refused) or found == number - 1),
                f"SET {number} found {found} in place of {number - 1}")
        else:
            expect(reply == "OK", f"SET {number} was answered {reply}")
        acknowledged = present = number
    return acknowledged, refused, doubtful


def one_round(number, cluster):
    """A pipeline and a kill. Whether the client's member was killed, and how its writes were answered."""
    leader = cluster.leader()
    survivors = cluster.followers()
    own = number % 3 == 2
    member = leader if own else survivors[number % len(survivors)]
    asks = number % 2 == 1
    key = f"ordered:{number}"
    watchers = [Watcher(survivor, key) for survivor in survivors]
    more = ("GET",) if asks else ()
    data = b"".join(wire.encode("SET", key, i, *more) for i in range(1, WRITES + 1))
    connection = wire.Wire(member.client_port, timeout=10)
    killer = threading.Thread(target=leader.kill)
    moment = random.randrange(len(data) // CHUNK)
    try:
        for start in range(0, len(data), CHUNK):
            if start // CHUNK == moment:
                killer.start()
            connection.send_bytes(data[start:start + CHUNK])
            time.sleep(0.0005)
    except wire.Disconnected:
        expect(own, "a survivor's connection broke")
    replies = receive_all(connection, WRITES)
    killer.join()
    connection.close()
    expect(own or len(replies) == WRITES, f"{len(replies)} of {WRITES} writes were answered")
    acknowledged, refused, doubtful = check_replies(replies, asks)
    leader.start()
    leader.wait_ready()
    cluster.wait_caught_up()
    reads = sum(watcher.stop() for watcher in watchers)
    for other in cluster.members:
        with wire.Wire(other.client_port) as reader:
            final = int(reader.call("GET", key) or 0)
        expect(
            final >= acknowledged and final not in refused,
            f"{key} ends with {final} on member {other.id} after {acknowledged} was acknowledged")
        if not own and not doubtful and not refused:
            expect(final == WRITES, f"{key} ends with {final} although all writes were acknowledged")
    return own, sum(not isinstance(r, wire.ReplyError) for r in replies), doubtful, reads


def body(options):
    rounds = []
    with Cluster() as cluster:
        cluster.start()
        for number in range(options.rounds):
            try:
                rounds.append(one_round(number, cluster))
            except Failure as failure:
                raise Failure(f"round {number + 1}: {failure}") from None
        cluster.wait_equal()
    for what, own in (("another member", False), ("the client's own member", True)):
        some = [r for r in rounds if r[0] == own]
        say(f"{plural(len(some), 'kill')} of {what}: {sum(r[1] for r in some):,} of "
            f"{len(some) * WRITES:,} writes acknowledged, {sum(r[2] for r in some):,} in doubt")
    say(f"{plural(len(rounds), 'pipeline')} of {WRITES:,} writes across a leader kill: none "
        f"overtaken, {sum(r[3] for r in rounds):,} reads in between never fell")


def options(parser):
    parser.add_argument("--rounds", type=int, default=30)


if __name__ == "__main__":
    run(__doc__, body, options, limit=400)
