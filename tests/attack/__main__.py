"""The command: ``python -m tests.attack``."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Iterator

from tests.attack.known import KNOWN
from tests.attack.page import DRIVERS, Results
from tests.attack.report import Report


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description="Try to make glassnet lose or mix up.")
    parser.add_argument("drivers", nargs="*", metavar="driver", help=f"some of {', '.join(DRIVERS)}; all by default")
    parser.add_argument("--full", action="store_true", help="the full round, which takes an hour")
    parser.add_argument("--short", dest="full", action="store_false", help="the round of the tests (the default)")
    parser.add_argument("--number", type=int, help="how many kills, inputs, … instead of those of a round")
    parser.add_argument("--seed", type=int, default=0, help="where all random choices come from (default: 0)")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    parser.add_argument("--page", action="store_true", help="write the page again from the figures of before")
    given = parser.parse_args()
    if given.page:
        Results.read().write()
        return 0
    if unknown := set(given.drivers) - set(DRIVERS):
        parser.error(f"no driver {', '.join(sorted(unknown))}; there are {', '.join(DRIVERS)}")
    failed = False
    for name in given.drivers or DRIVERS:
        started = time.perf_counter()
        report = round_of(name, given.full, given.seed, given.number)
        seconds = time.perf_counter() - started
        print(f"{name} ({seconds:.0f} s)", *lines(report), sep="\n    ", flush=True)
        failed |= bool(report.new_faults() or report.mended())
        if given.write:
            results = Results.read()
            results.add(report, _arguments(given), seconds)
            results.write()
    return int(failed)


def lines(report: Report) -> Iterator[str]:
    """Iterate over what is to be printed of a report: figures, then faults with an example each."""
    for figure, number in report.figures.items():
        yield f"{figure}: {number:,}"
    for fault, example in report.faults.items():
        yield f"{'known' if fault in KNOWN else 'NEW'}: {fault}"
        yield f"    {example}"
    for fault in report.mended():
        yield f"MENDED: {fault} (take it off tests/attack/known.py)"


def _arguments(given: argparse.Namespace) -> str:
    """Return the arguments that repeat a round."""
    size = f"--number {given.number}" if given.number else "--full" if given.full else "--short"
    return f"{size} --seed {given.seed}"


def round_of(name: str, full: bool, seed: int, number: int | None = None) -> Report:
    """Run one driver."""
    driver = importlib.import_module(f"tests.attack.{name}")
    report: Report = driver.attack(number or (driver.FULL if full else driver.SHORT), seed)
    return report


if __name__ == "__main__":
    sys.exit(main())
