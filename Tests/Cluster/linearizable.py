# SPDX-License-Identifier: Apache-2.0
"""Registers read and written through all members under kills and pauses: one order explains it all."""

import math
import random
import threading
import time

import environment  # noqa: F401

import wire
from cluster import Cluster, Failure, expect, wait_until
from linearizability import Operation, check, check_checker
from script import plural, run, say


class Client:
    """A thread that reads and writes registers, through one member until that is lost."""

    def __init__(self, number, cluster, keys, stopping):
        self.number = number
        self.members = cluster.members
        self.random = random.Random(number)
        self.keys = keys
        self.stopping = stopping
        self.history = {key: [] for key in keys}
        self.failure = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            turn = self.number
            while not self.stopping.is_set():
                member = self.members[turn % len(self.members)]
                turn += 1
                try:
                    with wire.Wire(member.client_port, timeout=5) as connection:
                        self._use(connection)
                except wire.Disconnected:
                    self.stopping.wait(0.01)
        except Exception as error:  # A client that dies silently would prove nothing.
            self.failure = f"client {self.number}: {type(error).__name__}: {error}"

    def _use(self, connection):
        sequence = 0
        while not self.stopping.is_set():
            sequence += 1
            key = self.random.choice(self.keys)
            if self.random.random() < 0.5:
                self._write(connection, key, f"{self.number}.{time.monotonic_ns()}.{sequence}")
            else:
                self._read(connection, key)

    def _write(self, connection, key, value):
        start = time.monotonic()
        try:
            connection.send("SET", key, value)
            reply = connection.receive()
        except wire.Disconnected:
            self.history[key].append(Operation(start, math.inf, True, value))
            raise
        end = time.monotonic()
        if isinstance(reply, wire.ReplyError):
            if str(reply).endswith("not executed"):
                return
            expect(str(reply).startswith("INDOUBT"), f"a write was answered with: {reply}")
            end = math.inf
        self.history[key].append(Operation(start, end, True, value))

    def _read(self, connection, key):
        start = time.monotonic()
        connection.send("GET", key)
        reply = connection.receive()
        if not isinstance(reply, wire.ReplyError):
            value = reply.decode() if reply is not None else None
            self.history[key].append(Operation(start, time.monotonic(), False, value))


def disturb(number, cluster):
    """Kills or stops the leader or a follower, in turns, and brings it back."""
    victim = cluster.leader() if number % 2 == 0 else cluster.followers()[0]
    others = [member for member in cluster.members if member is not victim]
    if number % 4 < 2:
        victim.kill()
        cluster.leader(among=others)
        victim.start()
        victim.wait_ready()
    else:
        victim.pause()
        try:
            cluster.leader(among=others)
        finally:
            victim.resume()
    wait_until(
        f"member {victim.id} knows a leader again",
        lambda: victim.status().get("raft_leader_id", "0") != "0", 10)


def body(options):
    accepted, refused = check_checker()
    say(f"self-check: {accepted} good histories pass, {refused} bad ones do not")
    keys = [f"register:{number}" for number in range(options.registers)]
    with Cluster() as cluster:
        cluster.start()
        stopping = threading.Event()
        clients = [
            Client(number, cluster, keys, stopping) for number in range(options.clients)]
        for number in range(options.rounds):
            moment = time.monotonic()
            disturb(number, cluster)
            wait_until("some calm", lambda: time.monotonic() > moment + 1, 2)
        stopping.set()
        for client in clients:
            client.thread.join(15)
        failures = [client.failure for client in clients if client.failure]
        expect(not failures, "; ".join(failures))
        cluster.wait_equal()
    total = unknown = 0
    for key in keys:
        operations = [operation for client in clients for operation in client.history[key]]
        total += len(operations)
        unknown += sum(operation.end == math.inf for operation in operations)
        culprit = check(operations)
        if culprit:
            raise Failure(f"{key} is not linearizable: no order explains {culprit}\n"
                          + around(operations, culprit))
    expect(total > 100 * options.rounds, f"only {total} operations")
    say(f"{plural(options.rounds, 'disturbance')}: {plural(total, 'operation')} on "
        f"{len(keys)} registers, {unknown} of unknown outcome: linearizable")


def around(operations, culprit):
    """The operations that overlap the culprit or come shortly before it."""
    near = [
        operation for operation in operations
        if culprit.start - 0.05 <= operation.end and operation.start <= culprit.end]
    return "\n".join(f"    {operation}" for operation in sorted(near, key=lambda o: o.start)[-40:])


def options(parser):
    parser.add_argument("--rounds", type=int, default=12, help="kills and pauses")
    parser.add_argument("--clients", type=int, default=9)
    parser.add_argument("--registers", type=int, default=6)


if __name__ == "__main__":
    run(__doc__, body, options, limit=200)
