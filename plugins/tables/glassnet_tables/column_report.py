"""The report of a table: its task, and what became of each column, as JSON and as a page."""

from __future__ import annotations

import html
from typing import Any

import attrs
import numpy as np

from glassnet.errors import escaped
from glassnet.types import Array
from glassnet_tables.column_rows import HEADINGS, column_rows
from glassnet_tables.preprocessing import TablePreprocessing

_MOST_CLASSES_SHOWN = 6
_STYLE = (
    ":root{color-scheme:light dark}body{font:16px sans-serif;margin:1.5em;max-width:70em;overflow-wrap:anywhere}"
    "h1{font-size:1.4em}table{border-collapse:collapse}th{overflow-wrap:normal}"
    "td,th{border-bottom:1px solid #8888;padding:.3em 1em .3em 0;text-align:left;vertical-align:top}"
    "td:nth-child(3),td:nth-child(5){text-align:right}"
    "@media(max-width:40em){body{font-size:13px;margin:1em}td,th{padding-right:.5em}}"
)


def task_sentence(table: TablePreprocessing, y: Array | None = None) -> str:
    """Return the task in words: ``classification of buy: no/yes, 2 classes, 512 to 88 rows``."""
    target = table.target
    if not table.classes:
        unit = f" in {target.format.unit}" if target.format.unit else ""
        return f"regression of {target.name}{unit} (--task classification overrides)"
    shown = "/".join(table.classes[:_MOST_CLASSES_SHOWN]) + ("/…" if len(table.classes) > _MOST_CLASSES_SHOWN else "")
    counts = np.array([], np.int64) if y is None else np.bincount(y, minlength=len(table.classes))
    rows = f", {' to '.join(map(str, counts.tolist()))} rows" if 0 < len(counts) <= _MOST_CLASSES_SHOWN else ""
    advice = " (--task regression overrides)" if target.format.type == "number" else ""
    return f"classification of {target.name}: {shown}, {len(table.classes)} classes{rows}{advice}"


def as_plain(table: TablePreprocessing) -> dict[str, Any]:
    """Return the report as JSON holds it."""
    return {
        "columns": [attrs.asdict(row) for row in column_rows(table.features, table.left_out, table.target)],
        "notes": list(table.notes),
    }


def html_page(table: TablePreprocessing, task: str, source: str) -> str:
    """Return the report as a page of HTML without scripts and without links to other places."""
    lines = [
        "".join(f"<td>{_escaped(str(cell or ''))}</td>" for cell in attrs.astuple(row))
        for row in column_rows(table.features, table.left_out, table.target)
    ]
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    notes = "".join(f"<li>{_escaped(note)}</li>" for note in table.notes)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_escaped(source)}</title><style>{_STYLE}</style><h1>{_escaped(source)}</h1><p>{_escaped(task)}</p>"
        f"<p>The transforms were fitted to {table.rows:,} training rows.</p>"
        f"<table><tr>{head}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
        f"<ul>{notes}</ul></html>\n"
    )


def _escaped(text: str) -> str:
    return html.escape(escaped(text))
