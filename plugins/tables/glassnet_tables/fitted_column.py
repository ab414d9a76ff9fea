"""One column of a table and the transforms that were fitted to it."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from glassnet.errors import DataError, OptionError
from glassnet.registry.registry import create
from glassnet.registry.spec import split_specs
from glassnet.types import Array
from glassnet_tables.column_format import ColumnFormat, values_of, without_missing
from glassnet_tables.notes import CountedNote
from glassnet_tables.transform import State, Transform


@attrs.frozen(eq=False)
class FittedColumn:
    """A column, the chain of its transforms, and what each has learnt of the training rows.

    Attributes
    ----------
    name, format
        The column, and what its cells are.
    kind
        What it is, in the words of the report.
    missing
        Number of training rows without a value.
    chain, states
        The transforms in order, and the state of each.
    outputs
        The names of the inputs of the network that it becomes.
    """

    name: str
    format: ColumnFormat
    kind: str
    missing: int
    chain: tuple[Transform, ...]
    states: tuple[State, ...]
    outputs: tuple[str, ...]

    def transformed(self, column: Any, missing: tuple[str, ...] = ()) -> tuple[Array, list[str]]:
        """Return the inputs ``(rows, outputs)`` for a series of cells, and notes on what could not be read.

        Raises
        ------
        DataError
            If an input is not finite.
        """
        clean = without_missing(column, missing)
        values, unreadable = values_of(clean, self.format)
        notes = unreadable_notes(self.name, unreadable, self.format)
        for transform, state in zip(self.chain, self.states, strict=True):
            unknown = transform.unknown(values, state)
            if unknown:
                notes.append(_unknown_note(self.name, unknown, values, state))
            values = transform.transform(values, state)
        if not np.isfinite(values).all():
            raise DataError(
                f"column {self.name!r} gives NaN or infinity after its transforms {self.chain}; "
                "put impute in front of them, or scale the column"
            )
        return values, notes


def fitted_column(
    name: str, column: Any, form: ColumnFormat, kind: str, specs: str, missing: tuple[str, ...] = ()
) -> FittedColumn:
    """Return a column with transforms that are fitted to it.

    Parameters
    ----------
    name, column, form, kind
        The column, its training rows, and what its cells are.
    specs
        The transforms, such as ``"impute standardize"``.
    missing
        Values that stand for a missing one.

    Raises
    ------
    OptionError
        If a transform does not take what the one before it gives.
    """
    chain = tuple(create("transform", spec) for spec in split_specs(specs))
    clean = without_missing(column, missing)
    values, _ = values_of(clean, form)
    names, states = [name], []
    for transform in chain:
        _check_takes(name, transform, values)
        state = transform.fit(values)
        values = transform.transform(values, state)
        names = transform.output_names(names, state)
        states.append(state)
    if values.dtype.kind != "f":
        raise OptionError(
            f"column {name!r} is {form.type}, and its transforms {specs!r} leave it so; end with one that makes "
            "numbers, such as one_hot for text"
        )
    if len(names) != values.shape[1]:
        names = [f"{name} #{place}" for place in range(values.shape[1])]
    return FittedColumn(name, form, kind, clean.null_count(), chain, tuple(states), tuple(names))


def _check_takes(name: str, transform: Transform, values: Array) -> None:
    given = {"O": "text", "M": "dates"}.get(values.dtype.kind, "numbers")
    if transform.takes not in (given, "any") or (transform.takes == "any" and given == "dates"):
        raise OptionError(
            f"the transform {transform!r} takes {transform.takes}, and column {name!r} has {given} there; "
            "choose another one, or say categorical=[…] for numbers that are names"
        )


def unreadable_notes(name: str, unreadable: Any, form: ColumnFormat) -> list[str]:
    """Return a note on the cells of a column that cannot be read, or nothing."""
    if len(unreadable) == 0:
        return []
    one, several = {"number": ("a number", "numbers"), "date": ("a date", "dates")}.get(form.type, ("yes or no",) * 2)
    shown = unreadable.unique(maintain_order=True).head(4).to_list()

    def write(count: int, cells: str) -> str:
        if count == 1:
            return f"column {name!r} has 1 cell that is not {one} ({cells}); it counts as missing"
        return f"column {name!r} has {count} cells that are not {several} ({cells}); they count as missing"

    return [CountedNote(write, len(unreadable), map(str, shown))]


def _unknown_note(name: str, unknown: int, values: Array, state: State) -> CountedNote:
    known = set(state.get("known") or state.get("categories") or ())
    cells = values.reshape(-1)

    def write(count: int, shown: str) -> str:
        listed = f" ({shown})" if shown else ""
        return (
            f"column {name!r} has {count} value{'' if count == 1 else 's'} that the training rows do not have{listed}"
        )

    return CountedNote(write, unknown, (str(cell) for cell in cells if cell is not None and cell not in known))
