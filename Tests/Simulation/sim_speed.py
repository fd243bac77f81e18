#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the simulator is: events a second of one core's time, and how much faster than real time."""

from raftsim import Failure, Run

from script import run, say

EVENTS_A_SECOND = 200_000


def body(options):
    rates = {}
    for profile in ["swarm", "steady"]:
        runs = [Run("--seeds", f"1..{options.seeds}", "--jobs", 1, "--profile", profile).must_pass()
                for _ in range(options.rounds)]
        # Of a shared machine the fastest round says most, and CPU time more than wall time.
        best = min(runs, key=lambda one: one.cpu)
        rates[profile] = best.events / best.cpu
        say(f"{profile}: {best.events:,} events in {best.cpu:.1f} s of CPU: "
            f"{rates[profile]:,.0f} a second, {best.virtual / best.cpu:,.0f} times real time, "
            f"{best.medians[1] / best.medians[0]:.0f} acknowledged operations a virtual second")
    if rates["swarm"] < EVENTS_A_SECOND:
        raise Failure(f"{rates['swarm']:,.0f} events a second, {EVENTS_A_SECOND:,} wanted")
    say(f"one core, every property checked: {rates['swarm']:,.0f} events a second")


def options(parser):
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)


run(__doc__, body, options, limit=1800)
