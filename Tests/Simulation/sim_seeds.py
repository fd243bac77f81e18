#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Thousands of seeds pass in time and within bounds, and twice the same, whatever the hash seeds are."""

import statistics

from raftsim import Failure, Run

from script import run, say

MINUTES = 10
MEGABYTES = 300
SECONDS, ACKNOWLEDGED, FAULTS = 60, 1000, 10


def body(options):
    seeds = f"1..{options.seeds}"
    first = Run("--seeds", seeds).must_pass()
    say(first.text.rstrip())
    say(f"took {first.took:.0f} s, {first.cpu:.0f} s of CPU, {first.megabytes:.0f} MB at most")
    second = Run("--seeds", seeds, SWIFT_DETERMINISTIC_HASHING="1").must_pass()
    say(f"again, with another hash seed: {second.took:.0f} s, {second.megabytes:.0f} MB, "
        f"trace_hash={second.hash}")
    if first.hash != second.hash or first.events != second.events:
        raise Failure(f"two runs differ:\n{first.line}\n{second.line}")
    if first.megabytes >= MEGABYTES:
        raise Failure(f"{first.megabytes:.0f} MB, {MEGABYTES} allowed")
    # The machine may be shared; CPU time says what two idle cores would have needed.
    if min(first.took, first.cpu / 2) > MINUTES * 60:
        raise Failure(f"{first.took:.0f} s, {MINUTES * 60} allowed")
    virtual, acknowledged, faults, _ = first.medians
    if virtual < SECONDS or acknowledged < ACKNOWLEDGED or faults < FAULTS:
        raise Failure(f"medians of {virtual} virtual seconds, {acknowledged} acknowledged "
                      f"operations, {faults} faults: they have to be {SECONDS}, {ACKNOWLEDGED}, "
                      f"{FAULTS}")
    say(f"{first.seeds} seeds in {statistics.mean([first.took, second.took]):.0f} s, "
        f"{first.megabytes:.0f} MB, twice trace_hash={first.hash}; medians {virtual:.0f} virtual s, "
        f"{acknowledged:,.0f} acknowledged, {faults:.0f} faults")


def options(parser):
    parser.add_argument("--seeds", type=int, default=2000)


run(__doc__, body, options, limit=3600)
