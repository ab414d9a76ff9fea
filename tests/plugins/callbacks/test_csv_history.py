"""The history file: what is in it, and when."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn

X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
Y = np.array([1.0, 0.0, 2.0, 1.0, 3.0])


def fit(callbacks: list[Any], epochs: int = 3, **options: Any) -> gn.History:
    return gn.Network(["dense(1)"]).fit(
        X,
        Y,
        loss="mse",
        optimizer="sgd(lr=0.01)",
        epochs=epochs,
        batch_size=2,
        metrics=["mae"],
        callbacks=callbacks,
        progress=False,
        **options,
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


class Clock:
    """Time that passes by a fixed amount at each look."""

    def __init__(self, step: float) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_every_figure_of_every_epoch_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    history = fit([gn.callbacks.csv_history(path=str(path))], validation=(X, Y))
    figures = ["loss", "mean_absolute_error", "val_loss", "val_mean_absolute_error"]
    written = rows(path)
    assert list(written[0]) == ["epoch", *figures]
    assert [row["epoch"] for row in written] == ["1", "2", "3"]
    for figure in figures:
        # No digit is lost: the text is the shortest that gives the same number again.
        assert [float(row[figure]) for row in written] == history[figure]


def test_the_default_file_is_in_the_runs_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    history = fit(["csv_history"], folder=folder)
    # The folder may have a history of its own making: it must be the same file.
    assert [path.name for path in folder.glob("*.csv")] == ["history.csv"]
    assert [float(row["loss"]) for row in rows(folder / "history.csv")] == history["loss"]


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "curve.csv"
    fit([gn.callbacks.csv_history(path=str(path))])
    assert len(rows(path)) == 3


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    fit([gn.callbacks.csv_history(path=str(tmp_path / "curve.csv"))])
    assert [path.name for path in tmp_path.iterdir()] == ["curve.csv"]


@pytest.mark.parametrize(
    ("seconds", "lengths"),
    [
        # Two looks at the clock an epoch that writes, one at an epoch that does not.
        (1.0, [1, 2, 3, 4, 5, 6]),
        (0.4, [1, 1, 1, 4, 4, 4]),
    ],
)
def test_it_is_written_after_an_epoch_about_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, lengths: list[int]
) -> None:
    path = tmp_path / "curve.csv"
    monkeypatch.setattr("glassnet_callbacks.csv_history.monotonic", Clock(seconds))
    seen: list[int] = []

    class Look(gn.Callback):
        def on_epoch_end(self, run: gn.Run) -> None:
            seen.append(len(rows(path)))

    history = fit([gn.callbacks.csv_history(path=str(path)), Look()], epochs=6)
    assert seen == lengths
    assert [float(row["loss"]) for row in rows(path)] == history["loss"], "the end of the run writes every epoch"


def test_a_run_that_is_broken_off_leaves_every_finished_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "curve.csv"
    monkeypatch.setattr("glassnet_callbacks.csv_history.monotonic", Clock(0.001))

    class CtrlC(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            if run.step == 11:  # three steps an epoch: in the middle of the fourth
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit([gn.callbacks.csv_history(path=str(path)), CtrlC()], epochs=6)
    assert [row["epoch"] for row in rows(path)] == ["1", "2", "3"]


def test_a_file_that_was_there_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text("old\n" * 100)
    fit([gn.callbacks.csv_history(path=str(path))])
    assert len(rows(path)) == 3


def test_a_run_that_never_finishes_an_epoch_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text("old\n")

    class Fails(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        fit([gn.callbacks.csv_history(path=str(path)), Fails()])
    assert path.read_text() == "old\n"


def test_without_path_and_folder_the_run_does_not_start() -> None:
    with pytest.raises(gn.OptionError, match=r"csv_history has no file to write; give one with csv_history\(path="):
        fit(["csv_history"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file/c.csv", "cannot write into"),
        ("c.json", "are written as CSV"),
        (".", "is a folder; give the name of a file"),
    ],
)
def test_a_file_that_cannot_be_is_an_error_before_the_first_step(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    steps = []

    class Count(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            steps.append(run.step)

    with pytest.raises(gn.FileError, match=message):
        fit([gn.callbacks.csv_history(path=str(tmp_path / name)), Count()])
    assert steps == []
