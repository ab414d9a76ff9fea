"""Branches of a run, and tables that show them beside each other."""

from __future__ import annotations

from html import escape
from typing import Any

import attrs
import numpy as np

import glassnet as gn


@attrs.frozen(eq=False)
class Branch:
    """How a run went on from one of its steps.

    Attributes
    ----------
    title
        The options that were changed.
    network
        The network at its end.
    history
        The figures of all epochs, those before the branch included.
    """

    title: str
    network: gn.Network
    history: gn.History

    def __repr__(self) -> str:
        return f"<branch {self.title}: {self.history!r}>"


@attrs.frozen(eq=False, repr=False)
class Comparison:
    """Branches of a run beside each other. It prints, and shows in a notebook, as two tables.

    Attributes
    ----------
    step, epoch
        Where the branches part: steps taken and epochs completed before.
    branches
        The run as it was recorded, and its branches.
    """

    step: int
    epoch: int
    branches: tuple[Branch, ...]

    @property
    def figures(self) -> list[dict[str, Any]]:
        """A row for each epoch after the branching and each figure, with the value of each branch, or None."""
        names = dict.fromkeys(name for branch in self.branches for name in branch.history)
        epochs = max(len(branch.history.epochs) for branch in self.branches)
        rows = []
        for epoch in range(self.epoch, epochs):
            for name in names:
                values = {
                    branch.title: branch.history.epochs[epoch].get(name) if epoch < len(branch.history.epochs) else None
                    for branch in self.branches
                }
                rows.append({"epoch": epoch + 1, "figure": name, **values})
        return rows

    @property
    def distances(self) -> list[dict[str, Any]]:
        """A row for each parameter: how far each branch's is from the first branch's, relative to its length."""
        first, *others = self.branches
        rows = []
        for name, array in first.network.parameters.items():
            length = np.linalg.norm(array) or 1.0
            apart = {each.title: np.linalg.norm(each.network.parameters[name] - array) / length for each in others}
            rows.append({"parameter": name, **{title: float(distance) for title, distance in apart.items()}})
        return rows

    def to_frame(self) -> Any:
        """Return the figures as a pandas data frame, one row an epoch and figure; pandas has to be installed."""
        return gn.create("report", "frame").of(self.figures)

    def __repr__(self) -> str:
        return "\n\n".join(
            [
                f"after step {self.step}",
                *("\n".join("  ".join(cells) for cells in _aligned(rows)) for rows in (self.figures, self.distances)),
            ]
        )

    def _repr_html_(self) -> str:
        tables = []
        for caption, rows in (("figures", self.figures), ("distance of parameters", self.distances)):
            head, *body = _cells(rows)
            lines = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
            lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>" for cells in body]
            tables.append(f"<table><caption>{caption}, after step {self.step}</caption>{''.join(lines)}</table>")
        return "".join(tables)


def _cells(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Return rows as text, the names of their columns first."""
    head = list(rows[0]) if rows else []
    return [head, *([_text(row[name]) for name in head] for row in rows)]


def _aligned(rows: list[dict[str, Any]]) -> list[list[str]]:
    cells = _cells(rows)
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in cells]


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
