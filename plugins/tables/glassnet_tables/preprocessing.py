"""What a network that was trained on a table does to new rows: it is saved in the model file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from glassnet.components.component import Component
from glassnet.errors import DataError, ModelFileError, warn
from glassnet.types import Array
from glassnet_names.nearest import did_you_mean
from glassnet_splits.row_labels import check_order
from glassnet_splits.split import Split
from glassnet_tables.column_rows import column_rows, terminal_table
from glassnet_tables.fitted_column import FittedColumn
from glassnet_tables.frames import as_column, as_frame, is_rows
from glassnet_tables.notes import without_target
from glassnet_tables.polars_import import polars
from glassnet_tables.saved import (
    check_chain,
    column_arrays,
    column_made_again,
    plain_column,
    plain_target,
    target_arrays,
    target_made_again,
)
from glassnet_tables.target import Target

if TYPE_CHECKING:
    from rich.console import RenderableType

_MOST_LISTED = 8
_ROWS_LOOKED_AT = 1000
# Half of the numbers of a standardized column are below 1.
_LARGEST_USUAL = 20
# So are those of the table itself once they are transformed, but for rows that are a little unlike the training's.
_LARGEST_AS_IN_TABLE = 4


@attrs.frozen(eq=False)
class TablePreprocessing:
    """The columns of a table, by name, with the transforms that were fitted to the training rows.

    Attributes
    ----------
    features, target
        The columns that become inputs, and the one to predict.
    left_out
        Why each other column is not used: ``"id"``, ``"constant"``, ``"empty"`` or ``"ignored"``.
    missing
        Values that stand for a missing one, beside those that always do.
    rows
        Number of rows that the transforms were fitted to.
    notes
        What there is to say about the table.
    """

    features: tuple[FittedColumn, ...]
    target: Target
    left_out: dict[str, str] = attrs.field(factory=dict)
    missing: tuple[str, ...] = ()
    rows: int = 0
    notes: tuple[str, ...] = ()

    name = "table"

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes in the order of their labels; empty for a regression."""
        return self.target.classes

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the inputs of the network, in order."""
        return tuple(name for each in self.features for name in each.outputs)

    def is_for(self, x: Any) -> bool:
        """Return whether `x` are rows with named columns; an array has to be transformed already.

        Raises
        ------
        DataError
            If `x` is an array of numbers as they are in the table, by their size.
        """
        if isinstance(x, np.ndarray) and x.ndim == 2 and x.dtype.kind in "fiu" and len(x):
            self._check_is_transformed(x)
        return is_rows(x)

    def samples(self, x: Any) -> Array:
        """Return the inputs for some rows, ``(rows, inputs)`` float32.

        Raises
        ------
        DataError
            If a column is missing; the message names it.

        Warns
        -----
        GlassnetWarning
            If there are columns or categories that the training did not have, or cells that cannot be read.
        """
        samples, notes = self.read(as_frame(x))
        for note in notes:
            warn(note)
        return samples

    def read(self, frame: Any) -> tuple[Array, list[str]]:
        """Return the inputs for a frame of polars, and notes on what is unusual in it."""
        self._check_columns(frame)
        notes = self._extra_columns(frame)
        parts = []
        for column in self.features:
            values, told = column.transformed(frame[column.name], self.missing)
            _check_inputs(values, column.name)
            parts.append(values)
            notes += told
        return np.hstack(parts).astype(np.float32), notes

    def split(self, x: Any, y: Any = None) -> Split:
        """Return samples and targets; rows without a target are left out, with a warning."""
        split, notes = self.read_split(self.frame_of(x, y))
        for note in notes:
            warn(note)
        return split

    def frame_of(self, x: Any, y: Any = None) -> Any:
        """Return rows and targets as one frame of polars."""
        check_order(x, y)
        frame = as_frame(x)
        return frame if y is None else frame.with_columns(as_column(y, self.target.name))

    def with_target(self, frame: Any) -> Any:
        """Return the rows of a frame of polars that have a target."""
        self.check_target(frame)
        known = self.target.known(frame[self.target.name], self.missing)
        return frame if known.all() else frame.filter(polars().Series(known))

    def read_split(self, frame: Any) -> tuple[Split, list[str]]:
        """Return samples and targets of a frame of polars, and notes on what is unusual in it."""
        kept = self.with_target(frame)
        notes = [without_target(self.target.name, len(frame) - len(kept))] if len(kept) < len(frame) else []
        frame = kept
        samples, told = self.read(frame)
        y = self.target.targets(frame[self.target.name], self.missing)
        if y.ndim == 2:
            _check_inputs(y, self.target.name)
            y = y.astype(np.float32)
        return Split(samples, y, columns=self.input_names, preprocessing=self), notes + told

    def in_units(self, values: Array) -> Array:
        """Return outputs or targets in the units of the target."""
        return self.target.in_units(values)

    def answers(self, outputs: Array) -> Array:
        """Return numbers ``(rows,)`` in the units of the target, or the probabilities ``(rows, classes)``."""
        if self.target.task == "regression":
            return self.in_units(outputs)[:, 0]
        if outputs.shape[1] == 1 and len(self.classes) == 2:
            return np.hstack([1 - outputs, outputs])
        return outputs

    def components(self) -> tuple[Component, ...]:
        """Return all transforms."""
        return (*(transform for each in self.features for transform in each.chain), *self.target.components())

    def check_target(self, frame: Any) -> None:
        """Raise `DataError` if a frame of polars does not have the column of the target."""
        if self.target.name not in frame.columns:
            raise DataError(
                f"the rows have no column {self.target.name!r}{did_you_mean(self.target.name, frame.columns)}, "
                f"which is the target; their columns: {_listed(frame.columns)}"
            )

    def _check_is_transformed(self, x: Array) -> None:
        names = [(each, name) for each in self.features for name in each.outputs]
        if x.shape[1] != len(names):
            return
        for (column, name), values in zip(names, x[:_ROWS_LOOKED_AT].T, strict=True):
            size, is_standardized = np.median(np.abs(values)), column.chain[-1].title() == "standardize"
            if size > _LARGEST_USUAL and is_standardized and _is_as_in_table(column, values):
                raise DataError(
                    f"x is an array without names, and its numbers are not transformed as in the training (column "
                    f"{name!r} is {size:,.4g} in the middle, and would be below 1); give a data frame or a list of "
                    "dicts with the names of the columns"
                )

    def _check_columns(self, frame: Any) -> None:
        absent = [each.name for each in self.features if each.name not in frame.columns]
        if absent:
            others = [name for name in frame.columns if name not in {each.name for each in self.features}]
            s = "" if len(absent) == 1 else "s"
            raise DataError(
                f"the rows have no column{s} {_listed(map(repr, absent))}{did_you_mean(absent[0], others)}, with which "
                f"the network was trained; give the columns {_listed(each.name for each in self.features)}"
            )

    def _extra_columns(self, frame: Any) -> list[str]:
        used = {*(each.name for each in self.features), self.target.name, *self.left_out}
        extra = [name for name in frame.columns if name not in used]
        if not extra:
            return []
        return [f"the training had no column {_listed(map(repr, extra))}: not used"]

    def shown(self) -> RenderableType:
        """Return the columns as a table of rich."""
        return terminal_table(column_rows(self.features, self.left_out, self.target))

    def described(self) -> dict[str, Any]:
        """Return plain values that, with `arrays`, make it again."""
        return {
            "features": [plain_column(each) for each in self.features],
            "target": plain_target(self.target),
            "left_out": self.left_out,
            "missing": list(self.missing),
            "rows": self.rows,
            "notes": list(self.notes),
        }

    def arrays(self) -> dict[str, Array]:
        """Return the fitted arrays by name."""
        found: dict[str, Array] = {}
        for place, column in enumerate(self.features):
            found |= column_arrays(column, str(place))
        return found | target_arrays(self.target)


def made_again(plain: dict[str, Any], arrays: dict[str, Array]) -> TablePreprocessing:
    """Return the preprocessing of a model file.

    Raises
    ------
    ModelFileError
        If something is missing, or of another type.
    """
    try:
        made = TablePreprocessing(
            features=tuple(column_made_again(each, str(place), arrays) for place, each in enumerate(plain["features"])),
            target=target_made_again(plain["target"], arrays),
            left_out=dict(plain["left_out"]),
            missing=tuple(plain["missing"]),
            rows=plain["rows"],
            notes=tuple(plain["notes"]),
        )
        for each in made.features:
            check_chain(each)
        return made
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise ModelFileError(
            f"what the model file says about the columns of its table is damaged ({error!r}); take another copy, or "
            "train again"
        ) from None


def _listed(names: Any) -> str:
    told = list(names)
    return ", ".join(told[:_MOST_LISTED]) + (f" and {len(told) - _MOST_LISTED} more" if told[_MOST_LISTED:] else "")


def _is_as_in_table(column: FittedColumn, values: Array) -> bool:
    """Return whether the transforms of a column make usual inputs of large numbers.

    Inputs of rows that have drifted far are large too, and the transforms do not bring them back.
    """
    if any(transform.takes in ("dates", "text") for transform in column.chain):
        return True  # numbers are no cells of such a column, and large ones no inputs
    inputs = values.astype(np.float64).reshape(-1, 1)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for transform, state in zip(column.chain, column.states, strict=True):
            inputs = transform.transform(inputs, state)
    return bool(np.median(np.abs(inputs[:, 0])) <= _LARGEST_AS_IN_TABLE)


def _check_inputs(values: Array, column: str) -> None:
    """Raise `DataError` if transformed values of a column are NaN, infinite or too large for float32."""
    if not (np.abs(values) <= np.finfo(np.float32).max).all():
        raise DataError(
            f"column {column!r} is NaN, infinite or too large for float32 after its transforms; clip or leave it out: "
            f"--transforms '{column}: clip standardize', --ignore {column}"
        )
