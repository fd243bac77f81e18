#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Grades the simulator: how many seeds does it need to notice a bug that was put in on purpose?

Copies the package, puts every mutant of `catalogue/` behind a number, builds `raftsim` once, and lets
it run seeds with each mutant at work until one fails. A mutant that survives is a defect of the
simulator: a fault that never comes, a property that nobody checks.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import catalogue
import report
import scratch
from hunt import Hunter


def main():
    arguments = parse()
    mutants = catalogue.load()
    applicable = [mutant for mutant in mutants if mutant.is_applicable]
    waiting = [mutant for mutant in mutants if not mutant.is_applicable]
    chosen = choose(applicable, arguments.only)
    if arguments.list:
        for mutant in mutants:
            print(f"{mutant.name:5} {mutant.title}" + (
                "" if mutant.is_applicable else f" (waits for step {mutant.step})"))
        return 0
    program = prepare(arguments.scratch, applicable)
    hunter = Hunter(program, arguments.scratch, arguments.options, limit=arguments.seeds)
    if not arguments.only and not check_unmutated(program, arguments):
        return 1
    results = hunt_all(hunter, chosen, arguments.jobs)
    for seed, property, details in hunter.unsound():
        print(f"seed {seed} fails without a mutant: {property}\n        {details}")
    print(report.summary(results))
    if arguments.table:
        arguments.table.write_text(report.table(results, waiting))
    survived = any(verdict.seed is None for _, verdict in results)
    return 1 if survived or hunter.unsound() else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", help="names, separated by commas")
    parser.add_argument("--seeds", type=int, default=2000, help="how many to try on each (2000)")
    parser.add_argument("--sound-seeds", type=int, default=100,
                        help="how many have to pass with no mutant at work (100)")
    parser.add_argument("--jobs", type=int, default=2, help="how many mutants side by side (2)")
    parser.add_argument("--table", type=Path, help="write the score there, in Markdown")
    parser.add_argument("--scratch", type=Path, default=scratch.ROOT / ".build-mutants",
                        help="where the copy is built (.build-mutants)")
    parser.add_argument("--list", action="store_true", help="print the mutants and do nothing")
    parser.add_argument("options", nargs="*", metavar="-- OPTION",
                        help="further options for `raftsim run`")
    return parser.parse_args()


def choose(mutants, names):
    if not names:
        return mutants
    wanted = names.split(",")
    if unknown := set(wanted) - {mutant.name for mutant in mutants}:
        raise catalogue.CatalogueError(f"no such mutant, or not yet: {', '.join(sorted(unknown))}")
    return [mutant for mutant in mutants if mutant.name in wanted]


def prepare(folder, mutants):
    start = time.monotonic()
    scratch.prepare(folder, mutants)
    program = scratch.build(folder)
    print(f"built with {len(mutants)} mutants in {time.monotonic() - start:.0f} s", flush=True)
    return program


def check_unmutated(program, arguments):
    """With no mutant at work the copy must be as good as the original."""
    hunter = Hunter(program, arguments.scratch, arguments.options, limit=arguments.sound_seeds)
    verdict = hunter.hunt(0)
    if verdict.seed is None:
        print(f"without a mutant: {verdict.seeds} seeds pass ({verdict.seconds:.1f} s)", flush=True)
        return True
    print(f"without a mutant seed {verdict.seed} fails: {verdict.property}\n  {verdict.details}")
    return False


def hunt_all(hunter, mutants, jobs):
    def hunt(mutant):
        verdict = hunter.hunt(mutant.number)
        print(report.line(mutant, verdict), flush=True)
        return mutant, verdict

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(hunt, mutants))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (catalogue.CatalogueError, scratch.BuildError) as error:
        sys.exit(f"mutants: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
