"""What was measured, kept in a file beside the page: the page can be written again without measuring.

The file holds ``runs``, each with its machine and versions, and ``results`` by name, such as ``training/xor``, each
with the run that it comes from. A run that measures a part replaces that part only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import glassnet as gn

Result = dict[str, Any]


class Results:
    """All results by name, and the runs that they come from."""

    def __init__(self, runs: dict[str, dict[str, Any]] | None = None, by_name: dict[str, Result] | None = None) -> None:
        self.runs = runs if runs is not None else {}
        self.by_name = by_name if by_name is not None else {}

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read the file; there may be none yet."""
        if not path.exists():
            return cls()
        content = json.loads(path.read_text())
        return cls(content["runs"], content["results"])

    def write(self, path: Path) -> None:
        """Write the file."""
        content = {"runs": self.runs, "results": dict(sorted(self.by_name.items()))}
        gn.atomic_write(path, (json.dumps(_rounded(content), indent=1) + "\n").encode())

    def add(self, name: str, result: Result, run: dict[str, Any]) -> None:
        """Put a result in place of an earlier one, and forget runs of which nothing is left."""
        self.runs[run["date"]] = run
        self.by_name[name] = {**result, "run": run["date"]}
        used = {each["run"] for each in self.by_name.values()}
        self.runs = {date: each for date, each in self.runs.items() if date in used}

    def of(self, section: str) -> dict[str, Result]:
        """Return the results of a section, by the rest of their names."""
        prefix = f"{section}/"
        return {name.removeprefix(prefix): each for name, each in self.by_name.items() if name.startswith(prefix)}


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
