# SPDX-License-Identifier: Apache-2.0
"""The copy of the package that the mutants live in, and its one build."""

import subprocess
import sys
from pathlib import Path

import rewrite

ROOT = Path(__file__).resolve().parents[2]
#: What the build needs. `Examples` and `Tests` only because the manifest names their folders.
PARTS = ("Package.swift", "Sources", "Examples", "Tests")


class BuildError(Exception):
    """The copy does not build."""


def prepare(folder, mutants):
    """Makes `folder` a copy of the package with all mutants in it.

    Files that have not changed since the last time are left alone, so that building again is short.
    """
    texts = rewrite.apply(mutants, _sources())
    for name, text in texts.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
    for part in PARTS:
        for path in (folder / part).rglob("*"):
            if path.is_file() and str(path.relative_to(folder)) not in texts:
                path.unlink()


def build(folder, product="raftsim"):
    """Builds the copy in release; returns where the program is."""
    command = ["swift", "build", "-c", "release", "--product", product]
    result = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        errors = [line for line in result.stdout.splitlines() if "error:" in line]
        sys.stderr.write(result.stdout[-8000:])
        raise BuildError("the mutated package does not build: " + "; ".join(errors[:5]))
    path = subprocess.run(
        command[:4] + ["--show-bin-path"], cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    return Path(path.stdout.strip()) / product


def _sources():
    """The package's files, by name."""
    files = {}
    for part in PARTS:
        top = ROOT / part
        paths = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in paths:
            if path.is_file() and "__pycache__" not in path.parts:
                files[str(path.relative_to(ROOT))] = path.read_bytes()
    return files
