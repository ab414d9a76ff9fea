"""The dataset ``table``: a file with a table of your own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_tables.large_table import LargeTable
from glassnet_tables.pieces import LARGE_BYTES, TIMES_IN_MEMORY, is_large, pieces_of
from glassnet_tables.plan import Plan, Wishes, column_named, plan_of
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.readers import ONE_READER, Readers
from glassnet_tables.recipe import recipe_for
from glassnet_tables.row_order import group_names, time_format, times_of
from glassnet_tables.row_parts import Shares
from glassnet_tables.sample_files import rows_of_all
from glassnet_tables.splits import fold_of_rows, held_out_rows
from glassnet_tables.table_cells import TableCells
from glassnet_tables.table_file import ENDINGS, read_file
from glassnet_tables.table_folds import FoldsInMemory, TableFolds, folds_in_pieces

# Above this size of the inputs, a table is read in pieces though its file is small.
_MOST_INPUT_BYTES = 2**30
_EXAMPLE = str(Path(__file__).parent / "example.csv")


class Table(gn.DataSource):
    """The rows of a table: a column to predict, and columns to predict it from.

    Reads CSV and other text with any separator, quotes, encoding and decimal sign; Parquet, Feather, Excel, JSON
    lines, and the result of a query of SQLite or DuckDB. Files may be packed (.gz, .zip).

    Each column becomes inputs by its transforms, which are fitted to the training rows: numbers are imputed and
    standardized, categories become one-hot, dates become parts, sentences hashed words. Columns that name rows, and
    columns with one value, are left out. The transforms are saved with the network that is trained, so that
    ``net.predict(new_frame)`` and ``glassnet predict RUN new.csv`` apply them by the names of the columns.

    The target is classified if it is text, or whole numbers of which there are few: at most 20 different ones, and no
    more than the square root of the number of rows. Else it is a regression, and the target is standardized. The loss
    is in standard deviations, metrics and predictions are in the units of the column.

    A part of the rows is kept to test with: of each class its share, whole groups, or the latest rows.

    Source: Shafranovich (2005), Common Format and MIME Type for Comma-Separated Values (CSV) Files, RFC 4180.

    Raises
    ------
    FileError
        If the file cannot be read.
    DataError
        If the file is not a table, or the target cannot be predicted.
    """

    examples = (f"table({_EXAMPLE!r}, 'kind')", f"table({_EXAMPLE!r}, 'weight')")
    overlap = "rows of a table may be alike"

    file_endings = ENDINGS

    path: str = gn.option(path=True, help="the file")
    target: str = gn.option(help="name of the column to predict")
    task: str = gn.option(
        "auto", choices=("auto", "classification", "regression"), help="what to predict: a class or a number"
    )
    categorical: tuple[str, ...] = gn.option((), help="columns of numbers to read as categories")
    ignore: tuple[str, ...] = gn.option((), help="columns to leave out")
    transforms: tuple[str, ...] = gn.option((), help="transforms of some columns: 'age: impute log standardize'")
    missing: tuple[str, ...] = gn.option((), help="values that mean there is none, such as -999")
    test: float = gn.option(0.2, gt=0, lt=1, help="part of the rows that is kept to test with")
    group: str | None = gn.option(None, help="column whose groups of rows stay together")
    time: str | None = gn.option(None, help="column by which the latest rows are the test")
    delimiter: str = gn.option(
        "auto", choices=("auto", ",", ";", "\t", "|", " "), help="what separates the cells of a line"
    )
    header: str = gn.option("auto", choices=("auto", "yes", "no"), help="whether the first line has names")
    query: str = gn.option("", help="what to read of a database, in SQL")
    in_memory: int = gn.option(LARGE_BYTES, ge=0, help="size in bytes above which a file is read in pieces")
    seed: int = gn.option(0, ge=0, help="where the choice of test rows comes from")

    @classmethod
    def of_file(cls, path: str, **options: Any) -> Table:
        if "target" not in options:
            columns = ", ".join(cls(path, "", **options).frame().columns)
            raise gn.OptionError(
                f"{path} does not say which column to predict; name it with --target NAME, or write "
                f"table({path!r}, target=NAME) (its columns: {columns})"
            )
        return cls(path, **options)

    def frame(self) -> Any:
        """Return all rows as a frame of polars."""
        path = Path(os.path.expanduser(self.path))
        header, separator = self._dialect()
        if self._is_large():
            advice = "load it as a dataset, which reads it in pieces, or give a part of it"
            gn.check_memory(TIMES_IN_MEMORY * path.stat().st_size, f"{self.path} as a whole", advice)
        return read_file(path, separator=separator, header=header, query=self.query)

    def plan(self, frame: Any = None) -> Plan:
        """Return what becomes of each column, by all rows or by those of a frame."""
        ignore = tuple({*self.ignore, *([self.group] if self.group else [])})
        wishes = Wishes(self.target, self.task, self.categorical, ignore, _by_column(self.transforms), self.missing)
        return plan_of(self.frame() if frame is None else frame, wishes, self.path)

    def load(self) -> gn.Dataset:
        return self.load_with(None)

    def load_with(self, validation: float | None, readers: Readers = ONE_READER) -> gn.Dataset:
        """Return the data, with a share of the training rows as validation data that the transforms do not know.

        Of a table that is read in pieces, each of several processes has its part; of any other, each has all.
        """
        if self._is_large():
            return self._load_in_pieces(validation or 0.0, readers)
        plan = self.plan()
        if self._is_wide(plan):
            return self._load_in_pieces(validation or 0.0, readers)
        advice = "leave columns out (--ignore), or give a table as CSV or Parquet, which is read in pieces"
        gn.check_memory(plan.input_bytes, f"{self.path} with the transforms of its columns", advice)
        train_rows, test_rows = self.rows(plan)
        held = np.arange(0)
        if validation is not None:
            kept, chosen = self._held_out(plan, train_rows, validation)
            train_rows, held = train_rows[kept], train_rows[chosen]
        made, train = plan.fitted_split(train_rows)
        test, _ = made.read_split(plan.frame[test_rows])
        return gn.Dataset(
            train=self._with_cells(train, made, train_rows),
            test=self._with_cells(test, made, test_rows),
            validation=self._with_cells(made.read_split(plan.frame[held])[0], made, held) if len(held) else None,
            classes=made.classes,
            task=made.target.task,
            recipe=recipe_for(made.target, len(train)),
        )

    def rows_for(
        self, made: TablePreprocessing, all_rows: bool, readers: Readers = ONE_READER
    ) -> tuple[gn.Split, list[str]]:
        """Return all rows, or those to test with, by transforms that were fitted before; and notes on them."""
        if self._is_large():
            return self._in_pieces(0.0, readers).rows(made, all_rows), []
        if all_rows:
            split, notes = made.read_split(self.frame())
            return self._with_cells(split, made, np.arange(len(split))), notes
        plan = self.plan()
        if self._is_wide(plan):
            return self._in_pieces(0.0, readers).rows(made, all_rows), []
        test_rows = self.rows(plan)[1]
        split, notes = made.read_split(plan.frame[test_rows])
        return self._with_cells(split, made, test_rows), notes

    def _with_cells(self, split: gn.Split, made: TablePreprocessing, rows: gn.Array) -> gn.Split:
        """Return samples that know from which rows they are, of those that have a target."""
        return attrs.evolve(split, cells=TableCells(partial(self._rows_with_target, made), rows))

    def _rows_with_target(self, made: TablePreprocessing) -> Any:
        return made.with_target(self.frame())

    def _is_large(self) -> bool:
        return is_large(Path(os.path.expanduser(self.path)), self.in_memory)

    def _is_wide(self, plan: Plan) -> bool:
        """Return whether a table is read in pieces since its transforms make many inputs of it."""
        return plan.input_bytes > _MOST_INPUT_BYTES and is_large(Path(os.path.expanduser(self.path)), 0)

    def _load_in_pieces(self, validation: float, readers: Readers) -> gn.Dataset:
        splits = self._in_pieces(validation, readers).load(self.plan)
        target = splits["train"].preprocessing.target
        recipe = recipe_for(target, rows_of_all(splits["train"]))
        return gn.Dataset(**splits, classes=target.classes, task=target.task, recipe=recipe)

    def _in_pieces(self, validation: float, readers: Readers = ONE_READER) -> LargeTable:
        path = Path(os.path.expanduser(self.path))
        header, separator = self._dialect()
        shares = Shares(self.test, validation)
        first = next(pieces_of(path, separator, header, self.query)(), None)
        if first is None:
            raise gn.DataError(f"{self.path} has no rows; give a line for each sample")
        target = column_named(first, self.target, self.path)
        read = pieces_of(path, separator, header, self.query, readers)
        return LargeTable(self.path, read, target, shares, self.seed, self.group, self.time, readers)

    def _dialect(self) -> tuple[bool | None, str | None]:
        header = None if self.header == "auto" else self.header == "yes"
        return header, None if self.delimiter == "auto" else self.delimiter

    def rows(self, plan: Plan) -> tuple[gn.Array, gn.Array]:
        """Return the rows of the plan to train on, and those to test with."""
        return self._held_out(plan, np.arange(len(plan.frame)), self.test)

    def _held_out(self, plan: Plan, rows: gn.Array, fraction: float) -> tuple[gn.Array, gn.Array]:
        """Return the places in `rows` of those to keep, and of a share that is held out."""
        apart = {name: each[rows] for name, each in self._kept_apart(plan).items()}
        times = None
        if self.time is not None:
            times = times_of(plan.frame, self.time, time_format(plan.frame, self.time))[rows]
        return held_out_rows(len(rows), fraction, self.seed, times=times, **apart)

    def folds(self, count: int) -> TableFolds:
        """Return the parts of a cross-validation."""
        if self._is_large():
            return folds_in_pieces(self._in_pieces(0.0), self.plan, count)
        plan = self.plan()
        if self._is_wide(plan):
            return folds_in_pieces(self._in_pieces(0.0), self.plan, count)
        return FoldsInMemory(plan, fold_of_rows(len(plan.frame), count, self.seed, **self._kept_apart(plan)))

    def _kept_apart(self, plan: Plan) -> dict[str, gn.Array]:
        """Return the groups of the rows, or the classes of which each part gets its share."""
        if self.group is not None:
            return {"groups": group_names(plan.frame, self.group)}
        labels = plan.target.targets(plan.frame[plan.target.name], self.missing) if plan.target.classes else None
        return {} if labels is None else {"labels": labels}


def load_data(source: gn.DataSource, validation: float | None, readers: Readers = ONE_READER) -> gn.Dataset:
    """Return the data of any source; the transforms of a table do not know the rows to validate with."""
    return source.load_with(validation, readers) if isinstance(source, Table) else source.load()


def _by_column(transforms: Sequence[str]) -> dict[str, str]:
    """Return the transforms of columns by the name of the column: ``"age: log standardize"``."""
    for each in transforms:
        if ":" not in each:
            raise gn.OptionError(f"transforms are written 'COLUMN: SPECS', such as 'age: impute log', got {each!r}")
    return {name.strip(): specs.strip() for name, _, specs in (each.partition(":") for each in transforms)}
