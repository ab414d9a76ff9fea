"""Which part each row of a large table belongs to: told a piece at a time, from what a sample of the rows shows."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import attrs
import numpy as np

from glassnet.errors import DataError
from glassnet.types import Array
from glassnet_tables.polars_import import polars
from glassnet_tables.row_order import group_names, time_format, times_of
from glassnet_tables.splits import fold_of_rows, held_out_rows

TRAINING, TEST, VALIDATION = range(3)

PartOf = Callable[[object, Array], Array]
"""Returns the part of each row of a frame, given a random number from 0 to 1 for each row."""


FoldOf = PartOf
"""Returns the fold of each row, from 0."""


@attrs.frozen
class Shares:
    """The share of the rows to test with, and that of the others to validate with; 0 for none."""

    test: float
    validation: float = 0.0

    def of_draws(self, draws: Array) -> Array:
        """Return the part of each row by its random number."""
        measured = self.test + (1 - self.test) * self.validation
        parts: Array = np.where(draws < self.test, TEST, np.where(draws < measured, VALIDATION, TRAINING))
        return parts


def by_chance(shares: Shares) -> PartOf:
    """Return the choice of rows at random."""
    return lambda _, draws: shares.of_draws(draws)


def by_group(sample: object, name: str, shares: Shares, seed: int) -> PartOf:
    """Return the choice of whole groups: those of the sample by their sizes in it, others by their names."""
    names = group_names(sample, name)
    parts = np.full(len(names), TRAINING)
    for part, share in ((TEST, shares.test), (VALIDATION, shares.validation)):
        left = np.flatnonzero(parts == TRAINING)
        if share:
            parts[left[held_out_rows(len(left), share, seed, groups=names[left])[1]]] = part
    known = dict(zip(names.tolist(), parts.tolist(), strict=True))
    return _of_groups(name, known, lambda draw: int(shares.of_draws(np.array(draw))), seed)


def _of_groups(name: str, known: dict[str, int], of_draw: Callable[[float], int], seed: int) -> PartOf:
    """Return the choice of whole groups: of the known ones as they are, of others by a number that their name gives."""

    def part_of(frame: object, _: Array) -> Array:
        pl = polars()
        found = pl.Series("", group_names(frame, name).tolist(), dtype=pl.String)
        different = found.unique().to_list()
        table = {each: known[each] if each in known else of_draw(_draw_of_name(each, seed)) for each in different}
        chosen: Array = found.replace_strict(table, return_dtype=pl.Int64).to_numpy()
        return chosen

    return part_of


def _draw_of_name(name: str, seed: int) -> float:
    return zlib.crc32(f"{seed} {name}".encode()) / 2**32


def folds_by_chance(count: int) -> FoldOf:
    """Return the choice of a fold for each row at random."""
    return lambda _, draws: np.floor(draws * count).astype(np.int64)


def folds_by_group(sample: object, name: str, count: int, seed: int) -> FoldOf:
    """Return the choice of a fold for each group: those of the sample by their sizes in it, others by their names."""
    names = group_names(sample, name)
    folds = fold_of_rows(len(names), count, seed, groups=names)
    known = dict(zip(names.tolist(), folds.tolist(), strict=True))
    return _of_groups(name, known, lambda draw: int(draw * count), seed)


def by_time(sample: object, name: str, shares: Shares) -> PartOf:
    """Return the choice of the latest rows: those from a moment on which the sample has about the share of its rows."""
    form = time_format(sample, name)
    times = times_of(sample, name, form)
    test_from = _start_of(times, shares.test, name)
    before = times[times < test_from]
    validation_from = _start_of(before, shares.validation, name) if shares.validation else test_from

    def part_of(frame: object, _: Array) -> Array:
        found = times_of(frame, name, form)
        parts: Array = np.where(found >= test_from, TEST, np.where(found >= validation_from, VALIDATION, TRAINING))
        return parts

    return part_of


def _start_of(times: Array, share: float, name: str) -> float:
    """Return the moment from which the share of the times is closest to the one that is wanted."""
    moments, counts = np.unique(times, return_counts=True)
    if len(moments) < 2:
        raise DataError(f"the rows cannot be ordered by {name!r}: it is the same in all of them; choose another column")
    later = 1 - np.cumsum(counts)[:-1] / len(times)
    return float(moments[1:][np.argmin(np.abs(later - share))])
