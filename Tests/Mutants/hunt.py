# SPDX-License-Identifier: Apache-2.0
"""Lets the simulator look for one mutant, seed after seed, until it finds it."""

import os
import re
import resource
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

#: A seed that takes longer does not end, in seconds of CPU time: the machine may be busy.
SEED_LIMIT = 60
#: What does not even use CPU time stands still, after so many times as long.
PATIENCE = 20
#: A mutant may ask for no end of memory, in bytes.
MEMORY_LIMIT = 8 << 30
#: How many seeds one process is given, growing: most mutants die young.
CHUNKS = (5, 15, 30, 50, 100)


@dataclass
class Verdict:
    """How a hunt ended."""

    #: The seed that failed; None if the mutant survived.
    seed: int | None
    #: The property that fired, in one line.
    property: str
    #: What it said.
    details: str
    seeds: int
    seconds: float


class Hunter:
    """Runs the simulator with one mutant at work at a time."""

    def __init__(self, program, package, options=(), first=1, limit=2000):
        self.program = program
        self.package = package
        self.options = list(options)
        self.first = first
        self.last = first + limit - 1
        #: Seeds that were tried without a mutant: None for those that pass.
        self.unmutated = {}
        self._lock = threading.Lock()

    def hunt(self, number):
        """Runs seeds in order with a mutant at work, 0 for none, until one fails.

        A seed that fails without any mutant proves nothing, and is passed over.
        """
        start = time.monotonic()
        for low, high in self._chunks():
            while low <= high and (found := self._run(number, low, high)):
                seed, property, details = found
                if number == 0 or not self._fails_unmutated(seed):
                    return Verdict(seed, property, details, seed - self.first + 1,
                                   time.monotonic() - start)
                low = seed + 1
        return Verdict(None, "survived", "", self.last - self.first + 1, time.monotonic() - start)

    def unsound(self):
        """The seeds found so far that fail without a mutant: `(seed, property, details)`."""
        return sorted(found for found in self.unmutated.values() if found)

    def _fails_unmutated(self, seed):
        with self._lock:
            if seed not in self.unmutated:
                self.unmutated[seed] = self._run(0, seed, seed)
            return self.unmutated[seed] is not None

    def _chunks(self):
        low = self.first
        for index in range(self.last):
            if low > self.last:
                return
            high = min(self.last, low + CHUNKS[min(index, len(CHUNKS) - 1)] - 1)
            yield low, high
            low = high + 1

    def _run(self, number, low, high):
        """The first seed of a range that fails, the property and what it said; None if all pass."""
        result = self._simulate(number, low, high, SEED_LIMIT + 10 * (high - low))
        if result is None or result.returncode not in (0, 1):
            # Which of the seeds it was that crashed or hung is told by running them one by one.
            return self._run_singly(number, low, high)
        return _failure(result.stdout, low) if result.returncode else None

    def _run_singly(self, number, low, high):
        for seed in range(low, high + 1):
            result = self._simulate(number, seed, seed, SEED_LIMIT)
            if result is None:
                return seed, "does not end", f"seed {seed} takes more than {SEED_LIMIT} s"
            if result.returncode == 1:
                return _failure(result.stdout, seed)
            if result.returncode:
                return seed, *self._trap(number, seed, result.returncode)
        return None

    def _simulate(self, number, low, high, limit, **variables):
        """Runs the simulator; None if it does not end in time."""
        command = [
            self.program, "run", "--seeds", f"{low}..{high}", "--fail-fast", "--jobs", "1",
            *self.options]
        try:
            result = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors="replace", timeout=PATIENCE * limit, preexec_fn=lambda: _limit(limit),
                env={**os.environ, "RAFT_MUTANT": str(number),
                     "SWIFT_BACKTRACE": "enable=no", **variables})
        except subprocess.TimeoutExpired:
            return None
        return None if result.returncode == -signal.SIGXCPU else result

    def _trap(self, number, seed, code):
        """Where a mutant crashes: the innermost place in the package, and what is checked there."""
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        result = self._simulate(
            number, seed, seed, 4 * SEED_LIMIT,
            SWIFT_BACKTRACE="enable=yes,color=no,interactive=no,threads=crashed,limit=64")
        frames = re.findall(
            r"0x[0-9a-f]+ (.+?)(?: \+ \d+)? in \S+ at (?:\S+/)?(Sources/\S+\.swift):(\d+)",
            result.stdout if result else "")
        for function, file, line in frames:
            return f"trap in {function}", _statement(self.package / file, int(line))
        return f"crash: {name}", (result.stdout[-400:] if result else "")


def _failure(output, seed):
    """The seed, the property and both sides of a failure, from the simulator's words."""
    match = re.search(
        r"^FAILED seed=(\d+): (.+)\n((?:  (?:found|expected): .*\n)*)", output, re.MULTILINE)
    if not match:
        return seed, "unreadable report", output[-400:]
    return int(match[1]), match[2].strip(), " ".join(match[3].split())


def _statement(path, line):
    """The few lines from one on, as one: the text of a precondition."""
    lines = path.read_text().splitlines()[line - 1:line + 3]
    return " ".join(" ".join(lines).split())


def _limit(seconds):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
