"""The command: ``python -m tests.attack``."""

from __future__ import annotations

import argparse
import importlib
import sys
import time

from tests.attack.page import DRIVERS, Results
from tests.attack.report import Report


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description="Try to make glassnet lose or mix up.")
    parser.add_argument("drivers", nargs="*", metavar="driver", help=f"some of {', '.join(DRIVERS)}; all by default")
    parser.add_argument("--full", action="store_true", help="the full round, which takes an hour")
    parser.add_argument("--short", dest="full", action="store_false", help="the round of the tests (the default)")
    parser.add_argument("--seed", type=int, default=0, help="where all random choices come from (default: 0)")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    given = parser.parse_args()
    if unknown := set(given.drivers) - set(DRIVERS):
        parser.error(f"no driver {', '.join(sorted(unknown))}; there are {', '.join(DRIVERS)}")
    failed = False
    for name in given.drivers or DRIVERS:
        started = time.perf_counter()
        report = round_of(name, given.full, given.seed)
        seconds = time.perf_counter() - started
        print(f"{name} ({seconds:.0f} s)", *(f"    {figure}: {number:,}" for figure, number in report.figures.items()), sep="\n")
        for title, faults in (("known", report.faults), ("NEW", report.new_faults())):
            for fault, example in faults.items():
                if title == "NEW" or fault not in report.new_faults():
                    print(f"    {title} {fault}\n        {example}")
        for fault in report.mended():
            print(f"    MENDED {fault}: take it off tests/attack/known.py")
        sys.stdout.flush()
        failed |= bool(report.new_faults() or report.mended())
        if given.write:
            Results.read().add(report, given.full, given.seed, seconds).write()
    return int(failed)


def round_of(name: str, full: bool, seed: int) -> Report:
    """Run one driver."""
    driver = importlib.import_module(f"tests.attack.{name}")
    report: Report = driver.attack(driver.FULL if full else driver.SHORT, seed)
    return report


if __name__ == "__main__":
    sys.exit(main())
