"""``history.csv``: a row for each epoch."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import glassnet as gn


def read_history(path: Path) -> list[dict[str, float]]:
    """Return the epochs of a history, each with ``epoch`` and its figures; an empty cell is left out.

    Raises
    ------
    FileError
        If the file cannot be read, or is damaged.
    """
    try:
        lines = list(csv.DictReader(io.StringIO(gn.read_whole(path).decode()), strict=True))
        return [_epoch(line) for line in lines]
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise gn.FileError(f"cannot read {path} ({error}); restore it, or remove it to do without") from None


def _epoch(line: dict[str, str]) -> dict[str, float]:
    figures = {name: float(value) for name, value in line.items() if value}
    return {"epoch": int(figures.pop("epoch")), **figures}
