"""Histories as CSV: ``history.to_csv()``, ``history.save_csv(path)``, and how runs are read again."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import glassnet as gn
from glassnet_files.files import atomic_write, check_ending, read_whole


def to_csv(history: gn.History) -> str:
    """Return a history as CSV: a header, then a line an epoch, counted from 1."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ["epoch", *history], lineterminator="\n", restval="")
    writer.writeheader()
    for number, epoch in enumerate(history.epochs, start=1):
        writer.writerow({"epoch": number, **{name: repr(float(value)) for name, value in epoch.items()}})
    return text.getvalue()


def save_csv(history: gn.History, path: str | os.PathLike[str]) -> None:
    """Write `to_csv` to a file.

    Raises
    ------
    FileError
        If it cannot be written, or its ending names another format.
    """
    atomic_write(csv_path(path), to_csv(history).encode())


def csv_path(path: str | os.PathLike[str]) -> Path:
    """Return where to write a history, or raise `FileError` if the ending names another format than CSV."""
    return check_ending(path, [".csv", ".txt"], "histories are written as CSV")


def read_epochs(path: str | os.PathLike[str]) -> list[dict[str, float]]:
    """Return the epochs of a history in a file: ``epoch`` and the figures of each; an empty cell is left out.

    Raises
    ------
    FileError
        If the file cannot be read, or is damaged.
    """
    try:
        lines = list(csv.DictReader(io.StringIO(read_whole(path).decode()), strict=True))
        return [_epoch(line) for line in lines]
    except (OSError, ValueError, TypeError, OverflowError, csv.Error) as error:
        raise gn.FileError(f"cannot read {path} ({error}); restore it, or remove it to do without") from None


def _epoch(line: dict[str, str]) -> dict[str, float]:
    figures = {name: float(value) for name, value in line.items() if value}
    if "epoch" not in figures:
        raise ValueError("it has a row without an epoch")
    return {"epoch": int(figures.pop("epoch")), **figures}
