#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`swift test` runs scenarios, stored cases and thirty short seeds in a debug build in three minutes."""

import re
import resource
import subprocess
import time

from raftsim import REPOSITORY, Failure

from script import run, say

SECONDS = 180


def body(_):
    command = ["swift", "test", "--disable-xctest"]
    build = subprocess.run(
        ["swift", "build", "--build-tests"], cwd=REPOSITORY, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if build.returncode:
        raise Failure(build.stdout[-3000:])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    test = subprocess.run(
        [*command, "--skip-build"], cwd=REPOSITORY, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    took = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if test.returncode:
        failures = [line for line in test.stdout.splitlines() if line.startswith("✘")]
        raise Failure("\n".join(failures[:20]))
    counted = re.search(r"Test run with \d+ tests? in \d+ suites? passed", test.stdout)
    if counted is None:
        raise Failure(f"no tests were run:\n{test.stdout[-2000:]}")
    for name in ["a stored case says what it is about and passes", "a random cluster keeps its promises"]:
        if name not in test.stdout:
            raise Failure(f"there was no test «{name}»")
    # The machine may be shared; CPU time says what an idle one would have needed at least.
    if min(took, cpu) > SECONDS:
        raise Failure(f"{took:.0f} s, {cpu:.0f} s of CPU; {SECONDS} allowed")
    say(f"{counted[0]} in {took:.0f} s, {cpu:.0f} s of CPU")


run(__doc__, body, limit=1800)
