"""A table in parts for a cross-validation: each row is held out once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_splits.split import Split
from glassnet_tables.large_table import LargeTable
from glassnet_tables.plan import Plan
from glassnet_tables.row_parts import TEST, TRAINING, FoldOf, folds_by_chance, folds_by_group
from glassnet_tables.row_sample import RowSample, drawn_rows, sample_of_rows


class TableFolds(Protocol):
    """The folds of a table."""

    @property
    def plan(self) -> Plan:
        """What becomes of each column."""
        ...

    def split(self, fold: int) -> tuple[Split, Split]:
        """Return the samples to train on and those of a fold, by transforms that are fitted to the former."""
        ...

    def frames(self) -> Iterator[tuple[Any, Array]]:
        """Yield the rows with a target in order, in frames of polars, and the fold of each from 0."""
        ...


@attrs.frozen(eq=False)
class FoldsInMemory:
    """The folds of a table that is in memory.

    Attributes
    ----------
    plan, fold_of
        What becomes of each column, and the fold of each row of its frame.
    """

    plan: Plan
    fold_of: Array

    def split(self, fold: int) -> tuple[Split, Split]:
        """Return training rows and held-out rows as samples."""
        is_held = self.fold_of == fold
        made, train = self.plan.fitted_split(np.flatnonzero(~is_held))
        return train, made.read_split(self.plan.frame.filter(is_held))[0]

    def frames(self) -> Iterator[tuple[Any, Array]]:
        """Yield all rows."""
        yield self.plan.frame, self.fold_of


@attrs.frozen(eq=False)
class FoldsInPieces:
    """The folds of a table that is read in pieces, once for each fold.

    Attributes
    ----------
    table, plan, sample
        The table, what becomes of each column, and the rows that the plan was made of.
    fold_of, folds
        Tells the fold of each row of a piece, and the number of folds.
    """

    table: LargeTable
    plan: Plan
    sample: RowSample
    fold_of: FoldOf
    folds: int

    def split(self, fold: int) -> tuple[Split, Split]:
        """Return training rows and held-out rows as samples in temporary files."""
        target, wishes = self.plan.target, self.plan.wishes
        known = target.readable(self.sample.frame[target.name], wishes.missing)
        fold_of_sample = self.fold_of(self.sample.frame, self.sample.draws)[known]
        made, _ = self.plan.fitted_split(np.flatnonzero(fold_of_sample != fold))

        def part_of(frame: Any, draws: Array) -> Array:
            parts: Array = np.where(self.fold_of(frame, draws) == fold, TEST, TRAINING)
            return parts

        splits = self.table.written(made, part_of, [TRAINING, TEST], self.sample.rows)
        return splits["train"], splits["test"]

    def frames(self) -> Iterator[tuple[Any, Array]]:
        """Yield all rows, a piece at a time."""
        target = self.plan.target
        for _, frame, draws in drawn_rows(self.table.read, self.table.seed):
            known = target.readable(frame[target.name], self.plan.wishes.missing)
            yield frame.filter(known), self.fold_of(frame, draws)[known]


def folds_in_pieces(table: LargeTable, plan_of_sample: Callable[[Any], Plan], count: int) -> FoldsInPieces:
    """Return the parts of a cross-validation: rows at random, or whole groups."""
    sample = sample_of_rows(table.read, table.target, table.seed)
    if table.group is None:
        fold_of = folds_by_chance(count)
    else:
        fold_of = folds_by_group(sample.drawn, table.group, count, table.seed)
    return FoldsInPieces(table, plan_of_sample(sample.frame), sample, fold_of, count)
