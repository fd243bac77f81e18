# SPDX-License-Identifier: Apache-2.0
"""The mutants, as data: read from `catalogue/*.toml` and checked.

Each `[[mutant]]` has

    name      M and a number, perhaps a letter: the numbers up to 37 are the classic bugs of Raft
              implementations, the others are this project's own
    title     what it gets wrong, in one line
    breaks    which rule it breaks, with where the rule is stated or the bug was made
    property  the property that should notice it first
    step      only if it cannot be made yet: what has to exist before
    change    one or more `[[mutant.change]]`, each with `file`, `original` (occurs exactly once in the
              file), `mutated`, and for a single expression that stands outside any function, or that
              all of a long function is not worth repeating for, `form = "expression"`
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "catalogue"


class CatalogueError(Exception):
    """The catalogue is wrong, or the code has moved away from it; says which mutant."""


@dataclass(frozen=True)
class Change:
    """One place that a mutant replaces."""

    file: str
    original: str
    mutated: str
    form: str = "body"


@dataclass(frozen=True)
class Mutant:
    """One bug."""

    number: int
    name: str
    title: str
    breaks: str
    property: str
    step: str | None
    changes: tuple[Change, ...]

    @property
    def is_applicable(self):
        return self.step is None


def load(folder=FOLDER):
    """All mutants, ordered by name; each has a number of its own, from 1."""
    entries = []
    for path in sorted(folder.glob("*.toml")):
        with open(path, "rb") as file:
            try:
                entries += tomllib.load(file)["mutant"]
            except (tomllib.TOMLDecodeError, KeyError) as error:
                raise CatalogueError(f"{path.name}: {error}") from None
    entries.sort(key=lambda entry: _order(entry.get("name", "")))
    mutants = [_mutant(number, entry) for number, entry in enumerate(entries, start=1)]
    names = [mutant.name for mutant in mutants]
    for name in names:
        if names.count(name) > 1:
            raise CatalogueError(f"{name} is in the catalogue {names.count(name)} times")
    return mutants


def _order(name):
    match = re.fullmatch(r"M(\d+)([a-z]?)", name)
    if not match:
        raise CatalogueError(f"{name!r} is no mutant's name: M, a number, perhaps a letter")
    return int(match[1]), match[2]


def _mutant(number, entry):
    name = entry["name"]
    known = {"name", "title", "breaks", "property", "step", "change"}
    if unknown := set(entry) - known:
        raise CatalogueError(f"{name} has {', '.join(sorted(unknown))}, which nobody knows")
    changes = []
    for change in entry.get("change", []):
        form = change.get("form", "body")
        if form not in ("body", "expression"):
            raise CatalogueError(f"{name}: the form {form!r} is neither body nor expression")
        changes.append(
            Change(change["file"], change["original"].strip("\n"),
                   change["mutated"].strip("\n"), form))
    if bool(changes) == ("step" in entry):
        raise CatalogueError(f"{name} needs either changes, or the step that it waits for")
    return Mutant(number, name, entry["title"], entry["breaks"], entry["property"],
                  entry.get("step"), tuple(changes))
