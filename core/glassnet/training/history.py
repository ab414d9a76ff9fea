"""The history of a run: each reported figure, epoch by epoch."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from glassnet.errors import FixedError, UnknownNameError, did_you_mean
from glassnet.registry.explained import ExplainsAttributes
from glassnet.registry.registry import create
from glassnet.support.files import atomic_write, check_ending

_FIXED = "a history cannot be changed; keep values of your own beside it: dict(history)"


class History(ExplainsAttributes, Mapping[str, list[float]]):
    """A mapping from a figure's name, such as ``"val_loss"``, to its values, one an epoch."""

    def __init__(self) -> None:
        self._epochs: list[dict[str, float]] = []

    def append(self, logs: Mapping[str, float]) -> None:
        """Add one epoch."""
        self._epochs.append(dict(logs))

    def amend(self, figure: str, value: float) -> None:
        """Add a figure to the last epoch."""
        self._epochs[-1][figure] = value

    @property
    def epochs(self) -> list[dict[str, float]]:
        """The epochs so far, each as a mapping from figure to value."""
        return [dict(epoch) for epoch in self._epochs]

    def __getitem__(self, figure: str) -> list[float]:
        if figure not in list(self):
            listed = ", ".join(self) or "none yet"
            raise UnknownNameError(f"no figure {figure!r}{did_you_mean(figure, self)} (recorded: {listed})")
        return [epoch.get(figure, float("nan")) for epoch in self._epochs]

    def __setitem__(self, figure: str, values: Any) -> NoReturn:
        raise FixedError(_FIXED)

    def __delitem__(self, figure: str) -> NoReturn:
        raise FixedError(_FIXED)

    def __contains__(self, figure: object) -> bool:
        return figure in list(self)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(figure for epoch in self._epochs for figure in epoch))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={value:.4g}" for name, value in self._epochs[-1].items()) if self._epochs else ""
        return f"<History of {len(self._epochs)} epochs: {last}>"

    def to_csv(self) -> str:
        """Return the history as CSV: a header, then a line an epoch, counted from 1."""
        text = io.StringIO()
        writer = csv.DictWriter(text, ["epoch", *self], lineterminator="\n", restval="")
        writer.writeheader()
        for number, epoch in enumerate(self._epochs, start=1):
            writer.writerow({"epoch": number, **{name: repr(float(value)) for name, value in epoch.items()}})
        return text.getvalue()

    def save_csv(self, path: str | os.PathLike[str]) -> None:
        """Write `to_csv` to a file.

        Raises
        ------
        FileError
            If it cannot be written, or its ending names another format.
        """
        atomic_write(csv_path(path), self.to_csv().encode())

    def to_frame(self) -> Any:
        """Return a pandas data frame: a row an epoch, which is the index and counts from 1, and a column a figure.

        Raises
        ------
        OptionError
            If pandas is not installed.
        """
        return create("report", "frame").of(self)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw the curves of every figure, training beside validation.

        Parameters
        ----------
        path
            Where to write the picture, in the format of its ending. Without it, the matplotlib figure is returned to be
            shown.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return create("report", "history").of(self, path)


def csv_path(path: str | os.PathLike[str]) -> Path:
    """Return where to write a history, or raise `FileError` if the ending names another format than CSV."""
    return check_ending(path, [".csv", ".txt"], "histories are written as CSV")
