#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every stored case that names a mutant fails with it, as it says, and passes without.

A case depends on the order in which the world draws its random numbers. When that changes, the case is of
another run and may be about nothing any more: shrink it anew (docs/simulation.md).
"""

import json
import os
import re
import subprocess
import sys

from raftsim import REPOSITORY, Failure

from script import run, say

sys.path.insert(0, str(REPOSITORY / "Tests" / "Mutants"))
import catalogue  # noqa: E402
import scratch  # noqa: E402

CASES = REPOSITORY / "Tests" / "RaftSimulationTests" / "Cases"


def body(_):
    mutants = {mutant.name: mutant for mutant in catalogue.load() if mutant.is_applicable}
    folder = REPOSITORY / ".build-mutants"
    scratch.prepare(folder, list(mutants.values()))
    program = str(scratch.build(folder))

    def replay(path, number):
        return subprocess.run(
            [program, "replay", str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=dict(os.environ, RAFT_MUTANT=str(number)))

    checked = 0
    for path in sorted(CASES.glob("*.json")):
        case = json.loads(path.read_text())
        if (done := replay(path, 0)).returncode:
            raise Failure(f"{path.name} fails with no mutant:\n{done.stdout[-2000:]}")
        for name in re.findall(r"mutant (M\w+)", case["note"]):
            done = replay(path, mutants[name].number)
            if done.returncode != 1 or f"FAILED seed={case['seed']}: {case['property']}" not in done.stdout:
                raise Failure(f"{path.name} does not fail with {name}:\n{done.stdout[-2000:]}")
            say(f"{path.name} fails with {name}: {case['property']}")
            checked += 1
    if not checked:
        raise Failure("no stored case names a mutant")
    say(f"{checked} stored cases fail with their mutants, and pass without")


run(__doc__, body, lambda _: None, limit=1800)
