#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every bug that is put in on purpose is noticed, in few seeds: the score of Tests/Mutants."""

import re
import subprocess
import sys

from raftsim import REPOSITORY, Failure

from script import run, say

MEDIAN, MAXIMUM = 50, 2000


def body(options):
    command = [sys.executable, str(REPOSITORY / "Tests" / "Mutants" / "mutants.py")]
    if options.table:
        command += ["--table", options.table]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    text = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        text += line
    code = process.wait()
    summary = re.search(
        r"mutants=(\d+) killed=(\d+) survived=(\d+) seeds_median=([\d.]+) seeds_maximum=(\d+)", text)
    if summary is None or code:
        raise Failure(f"exit code {code}")
    if float(summary[4]) > MEDIAN or int(summary[5]) > MAXIMUM:
        raise Failure(f"median {summary[4]}, maximum {summary[5]} seeds; {MEDIAN} and {MAXIMUM} wanted")
    say(summary[0])


def options(parser):
    parser.add_argument("--table", help="write the score there, in Markdown")


run(__doc__, body, options, limit=3600)
