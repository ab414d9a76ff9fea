"""A table of runs, or of their epochs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

import glassnet as gn
from glassnet_files.history_csv import read_epochs
from glassnet_persistence.run_files import HISTORY
from glassnet_runs.conditions import Condition, chosen, ordered
from glassnet_runs.found_runs import is_run, runs_below
from glassnet_runs.run_row import Row, rows_of


@attrs.frozen
class RunTable:
    """Rows with a title.

    Attributes
    ----------
    title, kind
        What the rows are, in words, and ``"runs"`` or ``"epochs"``.
    rows
        The rows.
    folder
        Where the runs are.
    problems
        What is wrong with runs that cannot be read.
    """

    title: str
    kind: str
    rows: list[Row]
    folder: Path
    problems: list[str] = attrs.field(factory=list)

    def selected(self, conditions: Sequence[str], sort: str | None) -> RunTable:
        """Return the table with the rows that fulfil all conditions, in the order of a column."""
        rows = chosen(self.rows, [Condition.of(text) for text in conditions])
        return attrs.evolve(self, rows=ordered(rows, sort) if sort is not None and rows else rows)


def table_of(folder: Path, epochs: bool) -> RunTable:
    """Return the runs below a folder; or their epochs, which are the rows of a folder that is a run itself.

    Raises
    ------
    FileError
        If there are no runs.
    """
    if folder.is_dir() and is_run(folder):
        rows, problems = _epochs([folder], folder)
        if problems:
            raise gn.FileError(problems[0])
        rows = [{name: value for name, value in row.items() if name != "run"} for row in rows]
        return RunTable(f"epochs of {folder}", "epochs", rows, folder)
    found = runs_below(folder)
    if epochs:
        rows, problems = _epochs(found, folder)
        return RunTable(f"epochs of the runs in {folder}", "epochs", rows, folder, problems)
    rows, problems = rows_of(found, folder)
    return RunTable(f"runs in {folder}", "runs", rows, folder, problems)


def _epochs(runs: Sequence[Path], below: Path) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    problems = []
    for run in runs:
        try:
            rows += [{"run": str(run.relative_to(below)), **epoch} for epoch in read_epochs(run / HISTORY)]
        except gn.FileError as error:
            problems.append(str(error))
    return rows, problems
