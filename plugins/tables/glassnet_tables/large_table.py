"""Tables that are larger than the memory: transforms from a sample of the rows, and samples in a temporary file."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from glassnet.data.arrays import Split
from glassnet.errors import DataError
from glassnet.types import Array
from glassnet_tables.plan import Plan
from glassnet_tables.polars_import import polars
from glassnet_tables.preprocessing import TablePreprocessing

_SAMPLE_ROWS = 100_000
_MOST_RARE = 200

Pieces = Callable[[], Iterator[Any]]
"""Reads a table from its beginning, in frames of polars."""


def load_in_pieces(
    read: Pieces, plan_of_sample: Callable[[Any], Plan], target: str, test: float, seed: int
) -> tuple[Split, Split]:
    """Return the samples to train on and those to test with, as arrays in a temporary file.

    Parameters
    ----------
    read
        Reads the table, which happens twice.
    plan_of_sample
        Makes the plan from a sample of the training rows.
    target
        The column to predict.
    test, seed
        The share of the rows to test with, and where their choice comes from.
    """
    plan = plan_of_sample(_sample(read, target, test, seed))
    made, _ = plan.fitted_split(np.arange(len(plan.frame)))
    folder = Path(tempfile.mkdtemp(prefix="glassnet-table-"))
    try:
        parts = _written(read, made, folder, test, seed)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(parts[0].x, shutil.rmtree, folder, ignore_errors=True)
    return parts


def _in_test(rows: int, test: float, rng: np.random.Generator) -> Array:
    chosen: Array = rng.random(rows) < test
    return chosen


def _sample(read: Pieces, target: str, test: float, seed: int) -> Any:
    """Return rows to train on, each with the same chance, and with at least one row of each value of the target."""
    pl = polars()
    chosen, order = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    kept: Any = None
    rare: list[Any] = []
    seen: set[str] = set()
    for frame in read():
        training = frame.filter(pl.Series(~_in_test(len(frame), test, chosen)))
        if target in frame.columns and len(seen) < _MOST_RARE:
            values = training[target].cast(pl.String)
            new = [
                value for value in values.unique(maintain_order=True).head(_MOST_RARE).to_list() if value not in seen
            ]
            rare += [training.filter((values == value).fill_null(False)).head(1) for value in new if value is not None]
            seen.update(new)
        keyed = training.with_columns(pl.Series("", order.random(len(training))))
        kept = keyed if kept is None else pl.concat([kept, keyed])
        kept = kept.bottom_k(_SAMPLE_ROWS, by="") if len(kept) > 2 * _SAMPLE_ROWS else kept
    if kept is None:
        raise DataError("the table has no rows; give a line for each sample")
    sample = kept.bottom_k(_SAMPLE_ROWS, by="") if len(kept) > _SAMPLE_ROWS else kept
    sample = sample.drop("")
    return pl.concat([sample, *rare]) if len(seen) < _MOST_RARE and len(sample) == _SAMPLE_ROWS else sample


def _written(read: Pieces, made: TablePreprocessing, folder: Path, test: float, seed: int) -> tuple[Split, Split]:
    """Transform all rows, a piece at a time, into two pairs of files; return them as splits."""
    pl = polars()
    chosen = np.random.default_rng([seed, 1])
    counts = [0, 0]
    y_type, y_shape = np.dtype(np.int64), ()
    with (
        (folder / "train.x").open("wb") as train_x,
        (folder / "train.y").open("wb") as train_y,
        (folder / "test.x").open("wb") as test_x,
        (folder / "test.y").open("wb") as test_y,
    ):
        files: tuple[tuple[BinaryIO, BinaryIO], ...] = ((train_x, train_y), (test_x, test_y))
        for frame in read():
            held = _in_test(len(frame), test, chosen)
            for part, rows in enumerate((~held, held)):
                if not rows.any():
                    continue
                split, _ = made.read_split(frame.filter(pl.Series(rows)))
                y_type, y_shape = split.y.dtype, split.y.shape[1:]
                for file, array in zip(files[part], (split.x, split.y), strict=True):
                    file.write(np.ascontiguousarray(array).data)
                counts[part] += len(split)
    inputs = len(made.input_names)
    train, test_part = (
        Split(
            np.memmap(folder / f"{name}.x", np.float32, "r", shape=(count, inputs)),
            np.memmap(folder / f"{name}.y", y_type, "r", shape=(count, *y_shape)),
            columns=made.input_names,
            preprocessing=made,
        )
        for name, count in zip(("train", "test"), counts, strict=True)
    )
    return train, test_part
