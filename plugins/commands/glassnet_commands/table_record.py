"""What is printed and recorded of the columns of a table that a network is trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

import glassnet as gn
from glassnet_commands.echoed import echo
from glassnet_images.preprocessing import ImagePreprocessing
from glassnet_tables.column_report import as_plain, html_page, task_sentence
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.target import Target
from glassnet_terminal.printed import SafeConsole, print_fitted

PAGE = "columns.html"
_WIDTH_IN_FILES = 120


def task_of(preprocessing: Any, y: Any = None) -> str:
    """Return the task in words."""
    if isinstance(preprocessing, ImagePreprocessing):
        return preprocessing.task_sentence()
    return task_sentence(preprocessing, y) if isinstance(preprocessing, TablePreprocessing) else ""


def units_of(preprocessing: Any) -> str:
    """Return in which units figures are, in words; nothing for a classification."""
    target = getattr(preprocessing, "target", None)
    if not isinstance(target, Target) or target.classes:
        return ""
    unit = f"in {target.format.unit}" if target.format.unit else f"as {target.name} is"
    return f"errors are {unit}; the loss is in standard deviations"


def print_columns(preprocessing: Any, console: Console) -> None:
    """Print what became of each column to standard error, and notes on the table."""
    if not isinstance(preprocessing, TablePreprocessing):
        return
    width = console.width if console.is_terminal else _WIDTH_IN_FILES
    print_fitted(SafeConsole(stderr=True, width=width), preprocessing.shown())
    for note in preprocessing.notes:
        echo(f"note: {note}", err=True)


def record_columns(folder: Path, data: gn.Dataset, source: str) -> dict[str, Any]:
    """Write the report of the columns into the folder of a run, and return what the summary says of it."""
    made = data.train.preprocessing
    if isinstance(made, ImagePreprocessing):
        return {"images": repr(made.pixels), "units": units_of(made)}
    if not isinstance(made, TablePreprocessing):
        return {}
    page = html_page(made, task_sentence(made, data.train.y if made.classes else None), source)
    gn.atomic_write(folder / PAGE, page.encode())
    return as_plain(made) | {"units": units_of(made)}
