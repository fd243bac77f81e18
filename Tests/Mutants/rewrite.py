# SPDX-License-Identifier: Apache-2.0
"""Puts all mutants into one copy of the package, each behind its number.

A function that mutants change gets a second body for each of them:

    func f() { if Mutants.isActive(3) { … } else if Mutants.isActive(7) { … } else { … } }

so that mutants of the same lines don't disturb each other, and a mutant may add, remove or replace
statements of any kind. An expression becomes `(Mutants.isActive(3) ? … : …)`.
"""

from catalogue import CatalogueError
from swift_source import blanked, function_body

SWITCH = '''// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Which mutant is at work: the environment's `RAFT_MUTANT`, 0 for none.
enum Mutants {
    static let active: Int = {
        guard let text = unsafe getenv("RAFT_MUTANT") else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }()

    @inline(__always) static func isActive(_ number: Int) -> Bool { active == number }
}
'''


def apply(mutants, sources):
    """The files of a package, `sources` by name, with all mutants in them that have changes.

    Raises CatalogueError, naming the mutant, for a place that is not there exactly once.
    """
    places = {}
    for mutant in mutants:
        for change in mutant.changes:
            places.setdefault(change.file, []).append((mutant, change))
    out = dict(sources)
    for file, changes in sorted(places.items()):
        if file not in sources:
            raise CatalogueError(f"{changes[0][0].name}: there is no {file}")
        out[file] = rewritten(sources[file].decode(), changes).encode()
        module = file.split("/")[1]
        out[f"Sources/{module}/Mutants.swift"] = SWITCH.encode()
    return out


def rewritten(source, changes):
    """A file's text with mutants in it.

    `changes` are pairs of a mutant and a change of this file.
    """
    blank = blanked(source)
    bodies = {}
    replacements = []
    for mutant, change in changes:
        start = _find(source, mutant, change)
        end = start + len(change.original)
        if change.form == "expression":
            text = f"(Mutants.isActive({mutant.number}) ? ({change.mutated}) : ({change.original}))"
            replacements.append((start, end, text))
            continue
        body = function_body(blank, start, end)
        if body is None:
            raise CatalogueError(
                f"{mutant.name}: a place in {change.file} is in no function: {change.original!r}")
        edits = bodies.setdefault(body, {}).setdefault(mutant.number, [])
        edits.append((start - body[0], end - body[0], change.mutated))
    for (start, end), edits in bodies.items():
        replacements.append((start, end, _alternatives(source[start:end], edits)))
    return _replaced(source, replacements)


def _find(source, mutant, change):
    count = source.count(change.original)
    if count != 1:
        raise CatalogueError(
            f"{mutant.name}: its place occurs {count} times in {change.file}, not once: "
            f"{change.original!r}")
    return source.index(change.original)


def _alternatives(body, edits):
    out = []
    for number, changes in sorted(edits.items()):
        out.append(f"if Mutants.isActive({number}) {{{_replaced(body, changes)}}}")
    return "\n" + " else ".join(out + [f"{{{body}}}"]) + "\n"


def _replaced(text, replacements):
    """`text` with ranges replaced, none of which may overlap."""
    out, position = [], 0
    for start, end, replacement in sorted(replacements):
        if start < position:
            raise CatalogueError(f"two changes overlap in {text[start:end]!r}")
        out += [text[position:start], replacement]
        position = end
    return "".join(out) + text[position:]
