#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bug that is put in on purpose is found, replayed, shrunk and drawn, as docs/simulation.md walks through.

Looks at the page in a headless browser: it must draw, say what failed, and report no error.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from raftsim import REPOSITORY, Failure

import environment
from script import run, say

sys.path.insert(0, str(REPOSITORY / "Tests" / "Mutants"))
import catalogue  # noqa: E402
import scratch  # noqa: E402

MUTANT = "M1"
SCHEDULE = 20


def browser():
    for name in ["chromium", "chromium-browser", "google-chrome"]:
        if path := shutil.which(name):
            return path
    environment.install_packages(["chromium"])
    return shutil.which("chromium")


def body(options):
    mutants = [mutant for mutant in catalogue.load() if mutant.is_applicable]
    mutant = next(mutant for mutant in mutants if mutant.name == options.mutant)
    folder = REPOSITORY / ".build-mutants"
    scratch.prepare(folder, mutants)
    program = str(scratch.build(folder))
    say(f"planted: {mutant.title} ({mutant.name})")

    def raftsim(*arguments, active=True, code=None):
        done = subprocess.run(
            [program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
            env=dict(os.environ, RAFT_MUTANT=str(mutant.number if active else 0)))
        if code is not None and done.returncode != code:
            raise Failure(f"raftsim {' '.join(map(str, arguments))}: exit {done.returncode}, not "
                          f"{code}:\n{done.stdout[-3000:]}")
        return done.stdout

    found = raftsim("run", "--seeds", "1..2000", "--fail-fast", code=1)
    seed, property = re.search(r"FAILED seed=(\d+): (.+)", found).groups()
    say(f"found by seed {seed}: {property}")
    if property not in raftsim("replay", seed, code=1):
        raise Failure("the replay fails otherwise")
    with tempfile.TemporaryDirectory() as name:
        case, page = Path(name) / "case.json", Path(name) / "run.html"
        raftsim("shrink", seed, "--out", case)
        small = json.loads(case.read_text())
        say(f"shrunk to {len(small['schedule'])} faults, {case.stat().st_size} bytes: "
            + "; ".join(fault["fault"] for fault in small["schedule"]))
        if small["property"] != property or len(small["schedule"]) >= SCHEDULE:
            raise Failure(case.read_text())
        if property not in raftsim("replay", case, "--html", page, code=1):
            raise Failure("the shrunk case fails otherwise")
        raftsim("replay", case, active=False, code=0)
        look(page, property, options.screenshot)


def look(page, property, screenshot):
    picture = screenshot or str(page.with_suffix(".png"))
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,800",
               "--enable-logging=stderr", "--virtual-time-budget=5000"]
    for more in [f"--screenshot={picture}", "--dump-dom"]:
        done = subprocess.run(
            [*command, more, page.as_uri() + "#f"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        if "CONSOLE" in done.stderr or "Uncaught" in done.stderr:
            raise Failure(f"the page reports:\n{done.stderr[-2000:]}")
    if property not in done.stdout or "<canvas" not in done.stdout:
        raise Failure(f"the page does not say what failed:\n{done.stdout[:2000]}")
    if Path(picture).stat().st_size < 20_000:
        raise Failure(f"a picture of {Path(picture).stat().st_size} bytes is empty")
    say(f"drawn: a page of {page.stat().st_size:,} bytes, a picture of "
        f"{Path(picture).stat().st_size:,}, no error in the browser")


def options(parser):
    parser.add_argument("--mutant", default=MUTANT)
    parser.add_argument("--screenshot", help="keep the picture there")


run(__doc__, body, options, limit=3000)
