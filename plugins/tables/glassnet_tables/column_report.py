"""The report of a table: its task, and what became of each column, for the terminal and as a page."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_tables.preprocessing import TablePreprocessing

if TYPE_CHECKING:
    from rich.console import RenderableType

_REASONS = {
    "id": "left out: names the rows",
    "constant": "left out: one value alone",
    "empty": "left out: no value",
    "ignored": "left out, as asked",
}
_MOST_CLASSES_SHOWN = 6
_HEADINGS = ("column", "type", "missing", "transforms", "inputs")


@attrs.frozen
class ColumnRow:
    """One column in the report: its name, type, missing values, transforms, and the number of inputs that it becomes."""

    name: str
    type: str
    missing: int
    transforms: str
    inputs: int


def task_sentence(table: TablePreprocessing, y: Array | None = None) -> str:
    """Return the task in words: ``classification of buy: no/yes, 2 classes, 512 to 88 rows``."""
    target = table.target
    if not table.classes:
        unit = f" in {target.format.unit}" if target.format.unit else ""
        return f"regression of {target.name}{unit} (--task classification overrides)"
    shown = "/".join(table.classes[:_MOST_CLASSES_SHOWN]) + ("/…" if len(table.classes) > _MOST_CLASSES_SHOWN else "")
    counts = np.array([], np.int64) if y is None else np.sort(np.bincount(y, minlength=len(table.classes)))[::-1]
    rows = f", {' to '.join(map(str, counts.tolist()))} rows" if 0 < len(counts) <= _MOST_CLASSES_SHOWN else ""
    advice = " (--task regression overrides)" if target.format.type == "number" else ""
    return f"classification of {target.name}: {shown}, {len(table.classes)} classes{rows}{advice}"


def column_rows(table: TablePreprocessing) -> list[ColumnRow]:
    """Return a row for each column: features in order, the columns that are left out, and the target."""
    rows = [
        ColumnRow(each.name, each.kind, each.missing, " ".join(map(repr, each.chain)), len(each.outputs))
        for each in table.features
    ]
    rows += [ColumnRow(name, "", 0, _REASONS.get(reason, reason), 0) for name, reason in table.left_out.items()]
    target = table.target
    chain = "classes" if target.column is None else " ".join(map(repr, target.column.chain))
    return [*rows, ColumnRow(target.name, "target", 0, chain, 0)]


def as_plain(table: TablePreprocessing) -> dict[str, Any]:
    """Return the report as JSON holds it."""
    return {"columns": [attrs.asdict(row) for row in column_rows(table)], "notes": list(table.notes)}


def terminal_table(table: TablePreprocessing) -> RenderableType:
    """Return the columns as a table of rich."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, header_style="bold", pad_edge=False)
    for heading in _HEADINGS:
        shown.add_column(
            heading, justify="right" if heading in ("missing", "inputs") else "left", overflow="fold", max_width=40
        )
    for row in column_rows(table):
        cells = (row.name, row.type, str(row.missing or ""), row.transforms, str(row.inputs or ""))
        shown.add_row(*map(Text, cells))
    return shown


def html_page(table: TablePreprocessing, task: str, source: str) -> str:
    """Return the report as a page of HTML without scripts and without links to other places."""
    lines = [
        "".join(f"<td>{html.escape(str(cell))}</td>" for cell in attrs.astuple(row)) for row in column_rows(table)
    ]
    head = "".join(f"<th>{heading}</th>" for heading in _HEADINGS)
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in table.notes)
    style = (
        "body{font:16px sans-serif;margin:2em;max-width:70em}table{border-collapse:collapse}"
        "td,th{border-bottom:1px solid #ccc;padding:.3em .8em;text-align:left}"
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(source)}</title>'
        f"<style>{style}</style><h1>{html.escape(source)}</h1><p>{html.escape(task)}</p>"
        f"<p>The transforms were fitted to {table.rows:,} training rows.</p>"
        f"<table><tr>{head}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
        f"<ul>{notes}</ul></html>\n"
    )
