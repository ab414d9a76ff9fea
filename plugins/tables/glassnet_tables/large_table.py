"""Tables that are larger than the memory: transforms from a sample of the rows, and samples in a temporary file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from glassnet.errors import DataError
from glassnet.types import Array
from glassnet_splits.split import Split
from glassnet_tables.pieces import Pieces
from glassnet_tables.plan import Plan
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.readers import ONE_READER, Readers
from glassnet_tables.row_parts import (
    TEST,
    TRAINING,
    VALIDATION,
    PartOf,
    Shares,
    by_chance,
    by_group,
    by_time,
)
from glassnet_tables.row_sample import RowSample, drawn_rows, sample_of_rows
from glassnet_tables.sample_files import SampleFiles, large_folder

_NAMES = {TRAINING: "train", TEST: "test", VALIDATION: "validation"}


@attrs.frozen(eq=False)
class LargeTable:
    """A table that is read in pieces.

    Attributes
    ----------
    where
        The name of the table in messages.
    read
        Reads the table from its beginning.
    target
        The column to predict.
    shares, seed
        How many rows are held out, and where their choice comes from.
    group, time
        The column whose groups stay together, and the one by which the latest rows are held out.
    readers
        The processes that read the table together. Each keeps the samples of the pieces that it reads.
    """

    where: str
    read: Pieces
    target: str
    shares: Shares
    seed: int
    group: str | None = None
    time: str | None = None
    readers: Readers = ONE_READER

    def load(self, plan_of_sample: Callable[[Any], Plan]) -> dict[str, Split]:
        """Return the samples of each part, as arrays in temporary files; the table is read twice.

        Raises
        ------
        DataError
            If it is not a table, or no row is left to train or to test with.
        """
        sample = sample_of_rows(self.read, self.target, self.seed, self.readers)
        part_of = self._part_of(sample)
        plan = plan_of_sample(sample.frame)
        # Rows without a target are not in the frame of the plan.
        known = plan.target.readable(sample.frame[plan.target.name], plan.wishes.missing)
        parts = part_of(sample.frame, sample.draws)[known]
        made, _ = plan.fitted_split(np.flatnonzero(parts == TRAINING))
        if sample.rows > len(sample.frame):
            of_sample = f"the columns are described by {len(sample.frame):,} of {sample.rows:,} rows"
            made = attrs.evolve(made, notes=(of_sample, *made.notes))
        wanted = [part for part in _NAMES if part != VALIDATION or self.shares.validation]
        splits = self.written(made, part_of, wanted, sample.rows)
        for name in ("train", "test"):
            if name not in splits:
                raise DataError(
                    f"{self.where} has no row to {name} with where test={self.shares.test:g}; choose another share, "
                    "group or seed"
                )
        return splits

    def rows(self, made: TablePreprocessing, all_rows: bool) -> Split:
        """Return the samples of all rows, or of those to test with, by transforms that were fitted before."""
        if all_rows:
            part_of: PartOf = _all_in_test
        elif self.group is None and self.time is None:
            part_of = by_chance(self.shares)
        else:
            part_of = self._part_of(sample_of_rows(self.read, "", self.seed, self.readers))
        splits = self.written(made, part_of, [TEST], 0)
        if not splits:
            raise DataError(f"{self.where} has no row with a value of {made.target.name!r}; give rows with a target")
        return splits["test"]

    def _part_of(self, sample: RowSample) -> PartOf:
        if self.group is not None:
            return by_group(sample.drawn, self.group, self.shares, self.seed)
        if self.time is not None:
            return by_time(sample.drawn, self.time, self.shares)
        return by_chance(self.shares)

    def written(self, made: TablePreprocessing, part_of: PartOf, wanted: list[int], rows: int) -> dict[str, Split]:
        """Return the samples of some parts of the rows, transformed a piece at a time into files for each part."""
        own_bytes = rows * (4 * len(made.input_names) + 8) // self.readers.size
        with large_folder(self.where, own_bytes) as folder:
            files = {part: SampleFiles(folder.path, _NAMES[part]) for part in wanted}
            for number, frame, draws in drawn_rows(self.read, self.seed):
                made.check_target(frame)
                parts = part_of(frame, draws)
                known = made.target.readable(frame[made.target.name], made.missing)
                for part, file in files.items():
                    chosen = known & (parts == part)
                    if chosen.any():
                        file.append(made.read_split(frame.filter(chosen))[0], number)
            told = [file.split(made, self.readers) for file in files.values()]
            splits = {_NAMES[part]: split for part, split in zip(files, told, strict=True) if split is not None}
            folder.keep_for([split.x for split in splits.values()])
        return splits


def _all_in_test(_: Any, draws: Array) -> Array:
    return np.full(len(draws), TEST)
