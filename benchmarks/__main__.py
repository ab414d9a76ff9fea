"""The command: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.drawing import draw
from benchmarks.formatting import comparison, profile_table
from benchmarks.goals import asked
from benchmarks.machine import description
from benchmarks.page import page
from benchmarks.peers import limit_to
from benchmarks.results import Result, Results

SECTIONS = (
    "training",
    "sequences",
    "profiles",
    "optimizers",
    "whole_fit",
    "prediction",
    "accuracy",
    "starting",
    "plugins",
    "memory",
    "divergence",
    "layers",
    "elementwise",
    "fusion",
    "curves",
    "alone",
    "load",
)
DOCS = Path(__file__).parents[1] / "docs"
SAVED, PAGE, PICTURE = DOCS / "performance.json", DOCS / "performance.md", DOCS / "images" / "performance.svg"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure glassnet beside its peers.")
    parser.add_argument("words", nargs="*", help="measure only what has one of these words in its name")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured (default: 7)")
    parser.add_argument("--quick", action="store_const", const=2, dest="rounds", help="the same as --rounds 2")
    parser.add_argument(
        "--goals", action="store_true", help="measure only what the targets need, beside those that they name"
    )
    parser.add_argument("--list", action="store_true", help="print the names and measure nothing")
    parser.add_argument("--write", action="store_true", help="put what is measured into docs/performance.md")
    parser.add_argument("--page", action="store_true", help="write the page again from what was measured before")
    given = parser.parse_args()
    if given.rounds < 1:
        parser.error(f"--rounds must be at least 1 (got {given.rounds})")
    if given.page:
        write(Results.read(SAVED))
        return
    chosen = dict(wanted(given.words))
    if given.goals:
        chosen = {name: measure for name, measure in chosen.items() if peers_of(name)}
    if not chosen:
        parser.error(f"nothing has {' or '.join(given.words)} in its name; --list prints the names")
    if given.list:
        print(*chosen, sep="\n")
        return
    run = {**description(), "rounds": given.rounds}
    for name, measure in chosen.items():
        if given.goals:
            limit_to(peers_of(name))
        result = measure(given.rounds)
        print(f"{name}\n{as_text(result)}\n", flush=True)
        if given.write:
            # Read anew and written each time: a run that is broken off keeps what it has measured.
            results = Results.read(SAVED)
            results.add(name, result, run)
            results.write(SAVED)
    if given.write:
        write(Results.read(SAVED))


def wanted(words: list[str]) -> Iterator[tuple[str, Any]]:
    """Iterate over what is to be measured, by name; a section that needs a missing library is left out and said so."""
    for section in SECTIONS:
        try:
            cases = importlib.import_module(f"benchmarks.{section}").cases()
        except ImportError as error:
            print(f"left out: {section} ({error.name} is not installed)", file=sys.stderr)
            continue
        for case, measure in cases.items():
            name = f"{section}/{case}"
            if not words or any(word in name for word in words):
                yield name, measure


def peers_of(name: str) -> set[str]:
    """Return who has to be measured in a case for its targets; an empty set if there is none."""
    goals = asked()
    return goals.get(name, set()) | goals.get(name.partition("/")[0], set())


def as_text(result: Result) -> str:
    """Return a result for the terminal."""
    if "seconds" in result:
        return comparison(result)
    if "profile" in result:
        return f"### {result['title']}\n\n{profile_table(result['profile'])}"
    kept = {name: value for name, value in result.items() if name not in ("scale", "missing")}
    return "\n".join(f"{name}: {value}" for name, value in kept.items())


def write(results: Results) -> None:
    """Write the picture and the page."""
    if curves := results.of("curves"):
        draw(curves, PICTURE)
    PAGE.write_text(page(results))


if __name__ == "__main__":
    main()
