# SPDX-License-Identifier: Apache-2.0
"""Is there one order of all calls on a register that explains every answer?

Wing and Gong's search, in the just-in-time form of Lowe ("Testing for linearizability", 2017): go
through calls and returns in time; a call that returns must have taken effect by then, after any of
those under way. What is kept is every set of calls that may have taken effect early, with the value.
"""

import math
from dataclasses import dataclass

from cluster import Failure


@dataclass(frozen=True)
class Operation:
    """A read or a write of one register. `end` is infinite if a write's outcome is not known."""

    start: float
    end: float
    is_write: bool
    value: object

    def __str__(self):
        name = "write" if self.is_write else "read"
        end = "unknown" if self.end == math.inf else f"{self.end:.6f}"
        return f"{name} {self.value} from {self.start:.6f} to {end}"


def check(operations, initial=None, limit=100_000):
    """Nothing if the history is linearizable, else the operation at which no order is left.

    Values written must differ from each other. More than `limit` possibilities at a time: Failure.
    """
    read = {operation.value for operation in operations if not operation.is_write}
    # A write of unknown outcome that nobody saw may be taken as one that never happened.
    kept = [
        operation for operation in operations
        if operation.end < math.inf or operation.value in read]
    events = []
    for number, operation in enumerate(kept):
        # At equal times a call goes first: the two then overlap, which allows more.
        events.append((operation.start, 0, number))
        if operation.end < math.inf:
            events.append((operation.end, 1, number))
    pending = set()
    states = {(frozenset(), initial)}
    for _, is_return, number in sorted(events):
        if not is_return:
            pending.add(number)
            continue
        states = _settle(kept, states, pending, number, limit)
        if not states:
            return kept[number]
        pending.discard(number)
    return None


def _settle(operations, states, pending, number, limit):
    """All states in which operation `number` has taken effect, which is then forgotten."""
    settled = set()
    seen = set(states)
    work = list(states)
    while work:
        done, value = work.pop()
        if number in done:
            settled.add((done - {number}, value))
            continue
        for other in pending - done:
            operation = operations[other]
            if not operation.is_write and operation.value != value:
                continue
            state = (done | {other}, operation.value)
            if state not in seen:
                seen.add(state)
                work.append(state)
        if len(seen) > limit:
            raise Failure(f"more than {limit} possible orders at a time: too much to check")
    return settled


def check_checker():
    """The checker must accept what is linearizable and refuse what is not."""
    def history(*rows):
        return [Operation(start, end, kind == "w", value) for kind, value, start, end in rows]

    good = {
        "in sequence": history(("w", 1, 0, 1), ("r", 1, 2, 3), ("w", 2, 4, 5), ("r", 2, 6, 7)),
        "a read that overlaps a write sees the old value": history(
            ("w", 1, 0, 1), ("w", 2, 2, 6), ("r", 1, 3, 4), ("r", 2, 5, 7)),
        "an unknown write takes effect late": history(
            ("w", 1, 0, 1), ("w", 2, 1, math.inf), ("r", 1, 2, 3), ("r", 2, 8, 9)),
        "an unknown write never takes effect": history(
            ("w", 1, 0, 1), ("w", 2, 1, math.inf), ("r", 1, 8, 9)),
        "nothing written": history(("r", None, 0, 1)),
    }
    bad = {
        "a stale read": history(("w", 1, 0, 1), ("w", 2, 2, 3), ("r", 1, 4, 5)),
        "a lost write": history(("w", 1, 0, 1), ("r", None, 2, 3)),
        "a value nobody wrote": history(("w", 1, 0, 1), ("r", 7, 2, 3)),
        "time goes back between two reads": history(
            ("w", 1, 0, 1), ("w", 2, 2, 9), ("r", 2, 3, 4), ("r", 1, 5, 6)),
        "an unknown write is seen and gone again": history(
            ("w", 1, 0, 1), ("w", 2, 1, math.inf), ("r", 2, 2, 3), ("r", 1, 4, 5)),
    }
    for name, operations in good.items():
        if check(operations) is not None:
            raise Failure(f"the checker refuses a good history: {name}")
    for name, operations in bad.items():
        if check(operations) is None:
            raise Failure(f"the checker accepts a bad history: {name}")
    return len(good), len(bad)
