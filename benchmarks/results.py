"""What was measured, kept in a file beside the page: the page can be written again without measuring.

The file holds ``runs``, each with its machine, code and versions, and ``results`` by name, such as ``training/xor``,
and by processor; each tells the run that it comes from. A run that measures a part replaces that part only, and what
was measured on another processor stays.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import glassnet as gn

Result = dict[str, Any]


class Results:
    """All results by name and processor, and the runs that they come from."""

    def __init__(
        self, runs: dict[str, dict[str, Any]] | None = None, kept: dict[str, dict[str, Result]] | None = None
    ) -> None:
        self.runs = runs if runs is not None else {}
        self._kept = kept if kept is not None else {}

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read the file; there may be none yet."""
        if not path.exists():
            return cls()
        content = json.loads(path.read_text())
        return cls(content["runs"], content["results"])

    def write(self, path: Path) -> None:
        """Write the file."""
        content = {"runs": self.runs, "results": dict(sorted(self._kept.items()))}
        gn.atomic_write(path, (json.dumps(_rounded(content), indent=1) + "\n").encode())

    def add(self, name: str, result: Result, run: dict[str, Any]) -> None:
        """Put a result in place of an earlier one of this processor, and forget runs of which nothing is left."""
        self.runs[run["date"]] = run
        self._kept.setdefault(name, {})[run["cpu"]] = {**result, "run": run["date"]}
        used = {each["run"] for by_processor in self._kept.values() for each in by_processor.values()}
        self.runs = {date: each for date, each in self.runs.items() if date in used}

    @property
    def processors(self) -> list[str]:
        """The processors that were measured, the one of the last run first."""
        return list(dict.fromkeys(self.runs[date]["cpu"] for date in sorted(self.runs, reverse=True)))

    @property
    def by_name(self) -> dict[str, Result]:
        """The results by name: of several processors, those of the first of `processors` that has it."""
        processors = self.processors
        return {
            name: next(kept[processor] for processor in processors if processor in kept)
            for name, kept in sorted(self._kept.items())
        }

    def on(self, processor: str) -> Results:
        """Return what was measured on one processor."""
        runs = {date: run for date, run in self.runs.items() if run["cpu"] == processor}
        kept = {name: {processor: each[processor]} for name, each in self._kept.items() if processor in each}
        return Results(runs, kept)

    def of(self, section: str) -> dict[str, Result]:
        """Return the results of a section, by the rest of their names."""
        prefix = f"{section}/"
        return {name.removeprefix(prefix): each for name, each in self.by_name.items() if name.startswith(prefix)}

    def run_of(self, result: Result) -> dict[str, Any]:
        """Return the run that a result comes from."""
        return self.runs[result["run"]]


def _rounded(value: Any) -> Any:
    """Return `value` with every float cut to five digits: more were never measured."""
    match value:
        case float():
            return float(f"{value:.5g}")
        case dict():
            return {name: _rounded(each) for name, each in value.items()}
        case list():
            return [_rounded(each) for each in value]
        case _:
            return value
