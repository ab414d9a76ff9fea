"""Writes ``docs/reliability.md`` from the figures of the last rounds, which are kept in a file beside the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import glassnet as gn
from benchmarks.machine import description
from tests.attack.known import KNOWN
from tests.attack.report import Report

DRIVERS = (
    "kills",
    "ranks",
    "claims",
    "faults",
    "outputs",
    "fuzz",
    "divergence",
    "kernels",
    "arrays",
    "threads",
    "soak",
    "interrupts",
)
DOCS = Path(__file__).parents[2] / "docs"
SAVED, PAGE = DOCS / "reliability.json", DOCS / "reliability.md"
_PROSE = Path(__file__).parent / "reliability_text.md"


class Results:
    """The figures of each driver's last round."""

    def __init__(self, by_driver: dict[str, dict[str, Any]]) -> None:
        self.by_driver = by_driver

    @classmethod
    def read(cls) -> Results:
        """Read the file; there may be none yet."""
        return cls(json.loads(SAVED.read_text()) if SAVED.exists() else {})

    def add(self, report: Report, arguments: str, seconds: float) -> None:
        """Put a round in place of the driver's last one."""
        machine = description()
        self.by_driver[report.driver] = {
            "figures": report.figures,
            "faults": {kind: len(names) for kind, names in _sorted(report).items()},
            "command": f"python -m tests.attack {report.driver} {arguments}",
            "seconds": round(seconds),
            "date": machine["date"][:10],
            "machine": f"{machine['cores']} cores of {machine['cpu']}, {machine['system']}",
            "versions": {name: machine["versions"][name] for name in ("Python", "glassnet", "numpy")},
        }

    def write(self) -> None:
        """Write the file and the page."""
        gn.atomic_write(SAVED, (json.dumps(self.by_driver, indent=1) + "\n").encode())
        gn.atomic_write(PAGE, self.page().encode())

    def page(self) -> str:
        """Return the page."""
        sections = dict(part.split("\n", 1) for part in _PROSE.read_text().split("\n## ")[1:])
        introduction = _PROSE.read_text().split("\n## ")[0]
        parts = [introduction.strip()]
        for driver in DRIVERS:
            parts += [f"## {driver}", sections[driver].strip(), *self._figures(driver)]
        parts += ["## What does not hold yet", sections["What does not hold yet"].strip(), *_known()]
        return "\n\n".join(parts) + "\n"

    def _figures(self, driver: str) -> Iterator[str]:
        if driver not in self.by_driver:
            yield f"Not run yet: `python -m tests.attack {driver} --full`."
            return
        last = self.by_driver[driver]
        rows = {**last["figures"], **{f"kinds of fault: {kind}": number for kind, number in last["faults"].items()}}
        yield "\n".join(
            ["| counted | |", "| --- | ---: |", *(f"| {name} | {number:,} |" for name, number in rows.items())]
        )
        versions = ", ".join(f"{name} {version}" for name, version in last["versions"].items())
        yield f"`{last['command']}`: {last['seconds']:,} s on {last['date']}, {last['machine']}, {versions}."


def _sorted(report: Report) -> dict[str, list[str]]:
    new = report.new_faults()
    return {"listed below": [name for name in report.faults if name not in new], "not listed": list(new)}


def _known() -> Iterator[str]:
    if not KNOWN:
        yield "Nothing that is known."
        return
    yield "\n".join(["| fault | item |", "| --- | --- |", *(f"| {name} | {item} |" for name, item in KNOWN.items())])
