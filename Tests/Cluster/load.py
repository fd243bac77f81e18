# SPDX-License-Identifier: Apache-2.0
"""Writers that keep books: what was acknowledged, what certainly did not happen, what is unknown.

Each writer is a thread with one redis-py connection that never retries: a retry after a lost
connection would count twice, and it is the client that would have done it.
"""

import threading
import time

import environment  # noqa: F401
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cluster import Failure, expect

#: A write is answered within this, INTERFACES "Client port", with a margin for a busy machine.
LONGEST_ANSWER = 4.0
COUNTERS = 4


def client(member, **options):
    """redis-py on one connection without retries."""
    defaults = {"socket_timeout": 5, "retry": Retry(NoBackoff(), 0)}
    return redis.Redis(
        host="127.0.0.1", port=member.client_port, single_connection_client=True,
        **(defaults | options))


class Ledger:
    """What the writers know. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = set()
        self.unknown = set()
        self.not_executed = set()
        self.counted = {f"counter:{i}": [] for i in range(COUNTERS)}
        self.counter_unknown = dict.fromkeys(self.counted, 0)
        self.violations = []
        self.longest_answer = 0.0

    def acknowledge(self, key, value):
        with self.lock:
            if key in self.counted:
                self.counted[key].append(value)
                return
            self.acknowledged.add(key)
            if value != 1:
                self.violations.append(f"the first INCR of {key} returned {value}")

    def reject(self, key):
        with self.lock:
            if key not in self.counted:
                self.not_executed.add(key)

    def doubt(self, key):
        with self.lock:
            if key in self.counted:
                self.counter_unknown[key] += 1
            else:
                self.unknown.add(key)

    def violate(self, text):
        with self.lock:
            self.violations.append(text)

    @property
    def acknowledged_count(self):
        with self.lock:
            return len(self.acknowledged) + sum(len(v) for v in self.counted.values())

    @property
    def unknown_count(self):
        with self.lock:
            return len(self.unknown) + sum(self.counter_unknown.values())

    def check(self, member):
        """Compares the books with what the cluster says through one member; a line of figures."""
        connection = client(member, socket_timeout=10)
        lost, doubled, undone = self._check_keys(connection)
        problems = list(self.violations)
        for key, values in self.counted.items():
            problems += self._check_counter(key, values, int(connection.get(key) or 0))
        connection.close()
        if lost:
            problems.append(f"{len(lost)} acknowledged INCRs lost, among them {sorted(lost)[:5]}")
        if doubled:
            problems.append(f"{len(doubled)} INCRs counted twice, among them {sorted(doubled)[:5]}")
        if undone:
            problems.append(
                f"{len(undone)} INCRs took effect that were answered 'not executed', "
                f"among them {sorted(undone)[:5]}")
        expect(not problems, f"through member {member.id}: " + "; ".join(problems[:10]))
        return (
            f"{self.acknowledged_count:,} acknowledged, {self.unknown_count:,} of unknown outcome, "
            f"{len(self.not_executed):,} not executed: 0 lost, 0 counted twice; "
            f"longest answer {self.longest_answer:.2f} s")

    def _check_keys(self, connection):
        lost, doubled, undone = set(), set(), set()
        keys = sorted(self.acknowledged | self.unknown | self.not_executed)
        for start in range(0, len(keys), 500):
            part = keys[start:start + 500]
            for key, value in zip(part, connection.mget(part)):
                count = int(value or 0)
                if count > 1:
                    doubled.add(key)
                if count == 0 and key in self.acknowledged:
                    lost.add(key)
                if count > 0 and key in self.not_executed:
                    undone.add(key)
        return lost, doubled, undone

    def _check_counter(self, key, values, final):
        unknown = self.counter_unknown[key]
        if len(set(values)) < len(values):
            yield f"{key}: two INCRs returned the same number"
        if values and final < max(values):
            yield f"{key} is {final} although an INCR returned {max(values)}"
        if not len(values) <= final <= len(values) + unknown:
            yield f"{key} is {final} after {len(values)} acknowledged and {unknown} unknown INCRs"


class Load:
    """Writer threads; used in a `with` statement. Each starts at another member and moves on
    to the next when it has lost its own."""

    def __init__(self, cluster, ledger, threads=6, name="u", stays=None):
        self.cluster = cluster
        self.ledger = ledger
        self.name = name
        #: A member that all writers talk to, instead.
        self.stays = stays
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True)
            for number in range(threads)
        ]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(15)
            if thread.is_alive():
                raise Failure("a writer does not end")

    def _run(self, number):
        turn, writer = number, None
        sequence = 0
        try:
            while not self.stopping.is_set():
                if writer is None:
                    members = self.cluster.members
                    member = self.stays or members[turn % len(members)]
                    turn += 1
                    writer = _Writer.connect(member, self.ledger)
                    if writer is None:
                        self.stopping.wait(0.01)
                        continue
                sequence += 1
                shared = sequence % 4 == 0
                key = (f"counter:{(number + sequence // 4) % COUNTERS}" if shared
                       else f"{self.name}:{number}:{sequence}")
                if not writer.increment(key):
                    writer = None
        except Exception as error:  # A writer that dies silently would prove nothing.
            self.ledger.violate(f"writer {number}: {type(error).__name__}: {error}")


class _Writer:
    """A connection to one life of one member."""

    def __init__(self, member, life, connection, ledger):
        self.member = member
        self.life = life
        self.connection = connection
        self.ledger = ledger

    @staticmethod
    def connect(member, ledger):
        """A writer that has had one answer, or nothing."""
        life = member.starts
        try:
            connection = client(member)
            connection.ping()
        except (redis.ConnectionError, redis.TimeoutError):
            return None
        return _Writer(member, life, connection, ledger)

    def increment(self, key):
        """One INCR, entered in the books. False: the connection is of no use any more."""
        start = time.monotonic()
        try:
            value = self.connection.incr(key)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            self.ledger.doubt(key)
            self._excuse(error)
            self.connection.close()
            return False
        except redis.ResponseError as error:
            self._sort(key, error)
            self._note(start)
            return True
        self.ledger.acknowledge(key, value)
        self._note(start)
        return True

    def _note(self, start):
        took = time.monotonic() - start
        if took > self.ledger.longest_answer:
            self.ledger.longest_answer = took
        if took > LONGEST_ANSWER:
            self.ledger.violate(f"member {self.member.id} answered a write after {took:.1f} s")

    def _sort(self, key, error):
        """An error reply says of a write that it was not executed, or that nobody knows."""
        text = str(error)
        if text.endswith("not executed"):
            self.ledger.reject(key)
        elif text.startswith("INDOUBT"):
            self.ledger.doubt(key)
        else:
            self.ledger.doubt(key)
            self.ledger.violate(f"member {self.member.id} answered INCR with: {text}")

    def _excuse(self, error):
        """Only a member that has died may end a connection without an answer."""
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            if not self.member.is_alive or self.member.starts != self.life:
                return
            time.sleep(0.01)
        self.ledger.violate(
            f"member {self.member.id} runs and left a write without an answer: {error}")
