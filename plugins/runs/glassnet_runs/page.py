"""A table of runs as one page of HTML, to sort and filter."""

from __future__ import annotations

import math
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import glassnet as gn
from glassnet_files.files import check_ending
from glassnet_files.history_csv import read_epochs
from glassnet_persistence.run_files import HISTORY
from glassnet_runs.columns import columns_of, is_number, shown, shown_columns
from glassnet_runs.run_row import Row
from glassnet_runs.run_table import RunTable

_WIDTH, _HEIGHT = 120, 24
# More points than pixels are not seen.
_MOST_POINTS = 240


def write_page(table: RunTable, path: Path) -> None:
    """Write a page without links to other places.

    Raises
    ------
    FileError
        If the file cannot be written, or its ending names another format.
    """
    file = check_ending(path, [".html", ".htm"], "this page is written as HTML")
    gn.atomic_write(file, page(table).encode())


def page(table: RunTable) -> str:
    """Return the page."""
    names = columns_of(table.rows)
    hidden = set(names) - set(shown_columns(table.rows)) - {"optimizer", "batch_size", "findings"}
    heads = [f"<th data-name={quoteattr(name)}{_look(name, table, hidden)}>{escape(name)}</th>" for name in names]
    lines = [[_cell(name, row.get(name), table, hidden) for name in names] for row in table.rows]
    if table.kind == "runs":
        heads.insert(1, "<th>course</th>")
        for row, line in zip(table.rows, lines, strict=True):
            line.insert(1, f"<td>{_curve(table.folder, row)}</td>")
    choices = "".join(_choice(name, name not in hidden) for name in names)
    text = files("glassnet_runs").joinpath("page.html").read_text("utf-8")
    values = {
        "title": escape(table.title),
        "heads": "".join(heads),
        "rows": "\n".join(f"<tr>{''.join(line)}</tr>" for line in lines),
        "choices": choices,
    }
    for name, value in values.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text


def _choice(name: str, is_shown: bool) -> str:
    box = f"<input type=checkbox value={quoteattr(name)}{' checked' if is_shown else ''}>"
    return f"<label>{box} {escape(name)}</label>"


def _cell(name: str, value: Any, table: RunTable, hidden: set[str]) -> str:
    exact = quoteattr("" if value is None else str(value))
    return f"<td data-value={exact}{_look(name, table, hidden)}>{escape(shown(name, value))}</td>"


def _look(name: str, table: RunTable, hidden: set[str]) -> str:
    number = " class=number" if is_number(name, table.rows) else ""
    return number + (" hidden" if name in hidden else "")


def _curve(folder: Path, row: Row) -> str:
    """Return the losses of a run as a small picture: of the validation data in orange, of training in blue."""
    try:
        epochs = read_epochs(folder / row["run"] / HISTORY)
    except gn.FileError:
        return ""
    series = {name: [epoch.get(name, math.nan) for epoch in epochs] for name in ("loss", "val_loss")}
    known = [value for values in series.values() for value in values if math.isfinite(value)]
    if len(epochs) < 2 or not known:
        return ""
    lowest, highest = min(known), max(known)
    lines = [
        f'<polyline class="{name}" points="{_points(values, lowest, highest)}"/>' for name, values in series.items()
    ]
    told = f"loss from {highest:.4g} to {lowest:.4g}"
    return f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img"><title>{told}</title>{"".join(lines)}</svg>'


def _points(values: list[float], lowest: float, highest: float) -> str:
    step = max(1, len(values) // _MOST_POINTS)
    scale = (_HEIGHT - 2) / ((highest - lowest) or 1)
    return " ".join(
        f"{place * _WIDTH / (len(values) - 1):.1f},{1 + (highest - values[place]) * scale:.1f}"
        for place in range(0, len(values), step)
        if math.isfinite(values[place])
    )
