# SPDX-License-Identifier: Apache-2.0
"""What came of the hunts, as lines and as a table."""

import statistics


def line(mutant, verdict):
    """One mutant's fate in a line."""
    fate = "SURVIVED" if verdict.seed is None else f"killed by seed {verdict.seed}"
    text = f"{mutant.name:5} {fate} ({verdict.seconds:.1f} s): {mutant.title}"
    return text if verdict.seed is None else f"{text}\n        {verdict.property}: {verdict.details}"[:600]


def summary(results):
    """The score in a line."""
    killed = [verdict for _, verdict in results if verdict.seed is not None]
    text = f"mutants={len(results)} killed={len(killed)} survived={len(results) - len(killed)}"
    if killed:
        seeds = [verdict.seeds for verdict in killed]
        text += f" seeds_median={statistics.median(seeds):g} seeds_maximum={max(seeds)}"
    return text


def table(results, waiting):
    """The score in Markdown."""
    rows = ["| mutant | what it gets wrong | killed by seed | seconds | the property that fired |",
            "| --- | --- | ---: | ---: | --- |"]
    for mutant, verdict in results:
        seed = "**survived**" if verdict.seed is None else verdict.seed
        rows.append(f"| {mutant.name} | {mutant.title} | {seed} | {verdict.seconds:.1f} "
                    f"| {verdict.property} |")
    rows += ["", summary(results), ""]
    if waiting:
        rows += ["| not yet | what it gets wrong | waits for step |", "| --- | --- | --- |"]
        rows += [f"| {mutant.name} | {mutant.title} | {mutant.step} |" for mutant in waiting]
    return "\n".join(rows) + "\n"
