# SPDX-License-Identifier: Apache-2.0
"""How much may be under way on one member, and what happens at the bound: clients wait, nobody gets an error.

While both followers are stopped nothing is committed, so all that a leader takes is under way. One connection
has 16,384 commands under way, many have more together; what is sent beyond that waits unread, and is
answered when the followers go on. With large values it is bytes that bound: the gateway holds its
24 MiB and a command, whatever is sent, and the process' memory stays bounded.
"""

import threading
import time

import environment  # noqa: F401

import wire
from cluster import Cluster, Failure, expect, wait_until
from script import plural, run, say

PIPELINE = 16_384
IN_FLIGHT_BYTES = 24 << 20
# What a write is answered within; followers go on well before that.
WITHIN = 2.9


class Sender:
    """One connection that sends SETs in one piece and reads all replies."""

    def __init__(self, member, name, count, size):
        self.connection = wire.Wire(member.client_port, timeout=60)
        value = "x" * size
        self.data = b"".join(wire.encode("SET", f"{name}:{i % 100}", value) for i in range(count))
        self.count = count
        self.errors = {}
        self.answered = 0
        self.failure = None
        self.threads = [
            threading.Thread(target=self._run, args=(work,), daemon=True)
            for work in (self._send, self._receive)
        ]

    def start(self):
        for thread in self.threads:
            thread.start()

    def _run(self, work):
        try:
            work()
        except wire.Disconnected as error:
            self.failure = f"after {self.answered:,} replies: {error}"

    def _send(self):
        self.connection.send_bytes(self.data)

    def _receive(self):
        for _ in range(self.count):
            reply = self.connection.receive()
            if reply != "OK":
                self.errors[str(reply)] = self.errors.get(str(reply), 0) + 1
            self.answered += 1

    def finish(self):
        for thread in self.threads:
            thread.join(60)
            expect(not thread.is_alive(), f"{self.answered:,} of {self.count:,} writes are answered")
        self.connection.close()
        expect(not self.failure, self.failure)
        expect(not self.errors, f"writes were answered {self.errors}")


def processed(member):
    return int(member.info("stats")["total_commands_processed"])


def in_flight(member):
    return int(member.info("memory")["gateway_in_flight_bytes"])


def resident(member):
    """Bytes of memory that the process has."""
    for line in open(f"/proc/{member.process.pid}/status", encoding="ascii"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise Failure(f"member {member.id} has no memory")


def settled(read):
    """A figure that has stopped rising."""
    last = [-1]

    def same():
        value = read()
        same = value == last[0] and value > 0
        last[0] = value
        return same

    wait_until("the member takes no more", same, 10, interval=0.15)
    return last[0]


def stalled(cluster, senders, look):
    """Has commands sent while nothing is committed; what `look(leader)` found then."""
    leader, followers = cluster.leader(), cluster.followers()
    made = senders(leader)
    for follower in followers:
        follower.pause()
    start = time.monotonic()
    try:
        for sender in made:
            sender.start()
        found = look(leader)
    finally:
        for follower in followers:
            follower.resume()
    held = time.monotonic() - start
    expect(held < WITHIN, f"the machine is too slow for this: it took {held:.1f} s to look")
    return found, held


def many_commands(cluster, connections, count):
    """Short commands: their number bounds, by connection."""
    made = []
    before = []

    def senders(leader):
        made.extend(Sender(leader, f"short:{i}", count, 1) for i in range(connections))
        before.append(processed(leader))
        return made

    # Each look at the statistics is a command, too.
    found, held = stalled(
        cluster, senders, lambda leader: settled(lambda: processed(leader) // 64 * 64) - before[0])
    for sender in made:
        sender.finish()
    wanted = min(count, PIPELINE) * connections
    expect(
        wanted - 64 <= found <= wanted + 128,
        f"{found:,} commands were under way on {plural(connections, 'connection')}, not {wanted:,}")
    say(f"{plural(connections, 'connection')}, {count:,} writes each: {found:,} under way for "
        f"{held:.1f} s, all answered OK")


def many_bytes(cluster, connections, count, size):
    """Long commands: their bytes bound, of all connections together."""
    made = []
    before = []

    def senders(leader):
        before.append(resident(leader))
        made.extend(Sender(leader, f"long:{i}", count, size) for i in range(connections))
        return made

    def look(leader):
        found = settled(lambda: in_flight(leader))
        return found, resident(leader) - before[0]

    (found, memory), held = stalled(cluster, senders, look)
    for sender in made:
        sender.finish()
    total = connections * count * size
    expect(
        IN_FLIGHT_BYTES <= found <= IN_FLIGHT_BYTES + 2 * size,
        f"{found:,} bytes were under way of {total:,} sent")
    # In the batch, in the log's entry, on the way to followers.
    expect(memory <= 8 * IN_FLIGHT_BYTES, f"the member's memory grew by {memory >> 20} MiB")
    say(f"{plural(connections, 'connection')}, {count} writes of {size >> 10} KiB each: "
        f"{found / (1 << 20):.1f} of {total >> 20} MiB under way for {held:.1f} s, "
        f"{memory >> 20} MiB more memory, all answered OK")


def body(_):
    with Cluster() as cluster:
        cluster.start()
        many_commands(cluster, 1, PIPELINE)
        many_commands(cluster, 1, 3 * PIPELINE)
        many_commands(cluster, 64, 1024)
        many_bytes(cluster, 16, 16, 512 << 10)
        cluster.wait_caught_up()
        cluster.wait_equal()


if __name__ == "__main__":
    run(__doc__, body, limit=200)
