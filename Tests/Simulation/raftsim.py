# SPDX-License-Identifier: Apache-2.0
"""Runs raftsim and reads what it prints."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Tests" / "Cluster"))

from cluster import Failure  # noqa: E402

_LAST = re.compile(
    r"seeds=(?P<seeds>\d+) events=(?P<events>\d+) virtual_seconds=(?P<virtual>[\d.]+) "
    r"wall_seconds=(?P<wall>[\d.]+) failures=(?P<failures>\d+) trace_hash=(?P<hash>[0-9a-f]{16})")
_MEDIANS = re.compile(
    r"median per seed: ([\d,.]+) virtual seconds, ([\d,]+) acknowledged operations, "
    r"([\d,]+) faults, ([\d,]+) events")


def binary():
    """raftsim of a release build, or of the folder that KVD_BIN names."""
    folder = os.environ.get("KVD_BIN") or subprocess.run(
        ["swift", "build", "-c", "release", "--show-bin-path"], cwd=REPOSITORY, check=True,
        stdout=subprocess.PIPE, text=True).stdout.strip()
    path = Path(folder) / "raftsim"
    if not path.exists():
        raise Failure(f"there is no {path}: swift build -c release --product raftsim")
    return path


class Run:
    """What `raftsim run` printed, and what it used."""

    def __init__(self, *arguments, program=None, limit=1800, **environment):
        command = [str(program or binary()), "run", *map(str, arguments)]
        start = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=dict(os.environ, **environment))
        signal.signal(signal.SIGALRM, lambda *_: process.kill())
        signal.alarm(limit)
        self.text = process.stdout.read()
        # wait4 tells what this child alone used.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        signal.alarm(0)
        self.code = process.returncode
        self.took = time.monotonic() - start
        self.megabytes = usage.ru_maxrss / 1024
        self.cpu = usage.ru_utime + usage.ru_stime
        last = _LAST.fullmatch((self.text.splitlines() or [""])[-1])
        medians = _MEDIANS.search(self.text)
        if last is None or medians is None:
            raise Failure(f"{' '.join(command)} ended with {self.code}:\n{self.text[-2000:]}")
        self.seeds = int(last["seeds"])
        self.events = int(last["events"])
        self.virtual = float(last["virtual"])
        self.failures = int(last["failures"])
        self.hash = last["hash"]
        self.line = last[0]
        self.medians = [float(text.replace(",", "")) for text in medians.groups()]

    def must_pass(self):
        if self.code != 0 or self.failures != 0:
            raise Failure(f"exit code {self.code}:\n{self.text[-6000:]}")
        return self
