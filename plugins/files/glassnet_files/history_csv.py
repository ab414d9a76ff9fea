"""Histories as CSV: ``history.to_csv()`` and ``history.save_csv(path)``."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import glassnet as gn
from glassnet_files.files import atomic_write, check_ending


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
