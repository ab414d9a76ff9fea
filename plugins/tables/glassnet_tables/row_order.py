"""What keeps rows apart when some are held out: the group of each row, and its time."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.types import Array
from glassnet_names.nearest import did_you_mean
from glassnet_tables.column_format import ColumnFormat, format_of, values_of, without_missing


def group_names(frame: Any, name: str) -> Array:
    """Return the group of each row, ``(rows,)`` of str; rows without one are a group of their own.

    Raises
    ------
    DataError
        If there is no such column.
    """
    _check_has(frame, name, "grouped")
    return np.array(frame[name].cast(str).fill_null("").to_list(), object)


def time_format(frame: Any, name: str) -> ColumnFormat:
    """Return how a column of times is written.

    Raises
    ------
    DataError
        If there is no such column, or it has neither dates nor numbers.
    """
    _check_has(frame, name, "ordered")
    form = format_of(without_missing(frame[name]))
    if form.type not in ("date", "number"):
        raise DataError(f"the rows cannot be ordered by {name!r}, which has no dates and no numbers")
    return form


def times_of(frame: Any, name: str, form: ColumnFormat) -> Array:
    """Return the time of each row, ``(rows,)`` float64; rows without one come first, so that they are not held out."""
    values, _ = values_of(without_missing(frame[name]), form)
    values = values.reshape(len(values))
    if values.dtype.kind != "M":
        return np.where(np.isnan(values), -np.inf, values)
    return np.where(np.isnat(values), -np.inf, values.astype("datetime64[us]").astype(np.int64).astype(np.float64))


def _check_has(frame: Any, name: str, how: str) -> None:
    if name not in frame.columns:
        raise DataError(
            f"the rows cannot be {how} by {name!r}: there is no such column{did_you_mean(name, frame.columns)} "
            f"(the columns: {', '.join(frame.columns)})"
        )
