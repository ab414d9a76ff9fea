"""A sweep that has been run: its trials, as files and as a page."""

from __future__ import annotations

import csv
import io
import math
import os
from typing import Any

import attrs

from glassnet_files.files import atomic_write, check_ending
from glassnet_persistence.json_text import json_text
from glassnet_sweeps.page.page import embedded, to_html
from glassnet_sweeps.sweep_trials import SweepTrials
from glassnet_sweeps.trial import FINISHED

TABLE, SUMMARY, PAGE = "sweep.csv", "summary.json", "sweep.html"


@attrs.frozen(eq=False, repr=False)
class Sweep(SweepTrials):
    """What came of a sweep, with the attributes of `SweepTrials`."""

    def to_html(self) -> str:
        """Return a page with charts of the sweep, as one HTML file that needs nothing else."""
        return to_html(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page of `to_html`.

        Raises
        ------
        FileError
            If it cannot be written, or the path does not end in ``.html``.
        """
        path = check_ending(path, [".html"], "sweeps are written as HTML")
        atomic_write(path, self.to_html().encode())

    def _repr_html_(self) -> str:
        return embedded(self)

    def write(self) -> None:
        """Write table, summary and page into the folder of the sweep."""
        atomic_write(self.folder / TABLE, _csv(self.rows()).encode())
        text = json_text(self.as_plain(), indent=2, ensure_ascii=False)
        atomic_write(self.folder / SUMMARY, (text + "\n").encode())
        self.save(self.folder / PAGE)

    def __repr__(self) -> str:
        """Return how many trials have finished, and the best one."""
        finished = sum(each.state == FINISHED for each in self.trials)
        best, monitor = self.best, self.study.monitor
        told = "" if best is None else f"; best {monitor} {best.figure(monitor):.4g} with {_listed(best.settings)}"
        return f"<Sweep of {len(self.trials)} trials, {finished} finished{told}>"


def _listed(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings.items())


def _csv(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    # Settings first, then figures, whichever trial has them.
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else value
