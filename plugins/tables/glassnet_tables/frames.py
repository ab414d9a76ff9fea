"""What users give as rows: data frames, lists of dicts and names of files, as frames of polars."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.components.services import check_memory
from glassnet.errors import DataError
from glassnet_splits.split import Split
from glassnet_tables.nested import flattened
from glassnet_tables.pieces import LARGE_BYTES, TIMES_IN_MEMORY, is_large
from glassnet_tables.polars_import import polars
from glassnet_tables.table_file import is_table_file, read_file


def is_rows(x: Any) -> bool:
    """Return whether `x` has named columns: a frame, a dict, dicts, named tuples, or the path of a table."""
    if isinstance(x, str | os.PathLike):
        return is_table_file(Path(x))
    if isinstance(x, Mapping):
        return not hasattr(x, "shape")  # a sparse matrix of SciPy may be a dict of its elements
    if isinstance(x, list | tuple):
        return len(x) > 0 and (isinstance(x[0], Mapping) or hasattr(x[0], "_asdict"))
    if isinstance(x, np.ndarray):
        return x.dtype.names is not None
    if hasattr(x, "with_format") and len(x.column_names) == 1:  # a dataset of Hugging Face with images or arrays
        return False
    if hasattr(x, "collect_schema"):  # the columns of a lazy frame of polars cost a warning
        return True
    return not isinstance(x, Split) and (hasattr(x, "columns") or hasattr(x, "column_names"))


def as_frame(x: Any) -> Any:
    """Return rows as a frame of polars.

    Raises
    ------
    DataError
        If `x` has no rows, or columns of the same name.
    """
    pl = polars()
    if isinstance(x, pl.DataFrame):
        objects = [column.name for column in x if column.dtype == pl.Object]
        frame = x.with_columns(_series(name, x[name]) for name in objects)
    elif isinstance(x, pl.LazyFrame):
        frame = x.collect()
    elif isinstance(x, str | os.PathLike):
        frame = _of_file(Path(os.path.expanduser(x)))
    elif isinstance(x, Mapping):
        frame = _of_mapping(x)
    elif isinstance(x, list | tuple):
        frame = _of_rows([row._asdict() if hasattr(row, "_asdict") else row for row in x])
    elif isinstance(x, np.ndarray):
        frame = _of_columns({name: x[name] for name in x.dtype.names or ()})
    elif hasattr(x, "column_names") and hasattr(x, "__arrow_c_stream__"):
        frame = pl.DataFrame(x)
    else:
        frame = _of_pandas(x)
    if len(frame) == 0 or frame.width == 0:
        raise DataError(f"the {type(x).__name__} has no rows; give at least one")
    return flattened(frame)


def as_column(y: Any, name: str) -> Any:
    """Return targets that were given apart as a series of polars."""
    pl = polars()
    if isinstance(y, pl.Series):
        return y.alias(name)
    if hasattr(y, "columns"):
        frame = as_frame(y)
        if frame.width != 1:
            raise DataError(f"y has the columns {', '.join(frame.columns)}; give one of them")
        return frame.to_series().alias(name)
    return _series(name, y)


def name_of_column(y: Any) -> str:
    """Return the name of targets that were given apart: their own, or ``"target"``."""
    names = list(y.columns) if hasattr(y, "columns") else []
    own = names[0] if len(names) == 1 else getattr(y, "name", None)
    return str(own) if isinstance(own, str) and own else "target"


def _of_file(path: Path) -> Any:
    if is_large(path, LARGE_BYTES):
        advice = f"gn.datasets.table({str(path)!r}, TARGET) and glassnet predict read it in pieces"
        check_memory(TIMES_IN_MEMORY * path.stat().st_size, f"{path} as a whole", advice)
    return read_file(path)


def _of_pandas(x: Any) -> Any:
    given = list(x.column_names if hasattr(x, "column_names") else x.columns)
    names = [str(name) for name in given]
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise DataError(f"the frame has several columns {repeated[0]!r}; give each column a name of its own")
    frame = polars().DataFrame([_series(str(name), x[name]) for name in given])
    return frame.with_columns(_with_class_names(frame[name], x.features[name].names) for name in _classes_in(x))


def _classes_in(x: Any) -> list[str]:
    """Return the columns of a dataset of Hugging Face whose numbers stand for the names of classes."""
    features = getattr(x, "features", None)
    if not isinstance(features, Mapping):
        return []
    return [str(name) for name, feature in features.items() if hasattr(feature, "int2str")]


def _with_class_names(labels: Any, names: Sequence[str]) -> Any:
    pl = polars()
    return labels.replace_strict(dict(enumerate(names)), default=None, return_dtype=pl.String).alias(labels.name)


def _of_mapping(x: Mapping[Any, Any]) -> Any:
    """Return a dict of columns, or one row as a dict, as a frame."""
    if hasattr(next(iter(x.values()), None), "column_names"):
        raise DataError(f"the {type(x).__name__} has several parts ({', '.join(map(str, x))}); give one of them")
    if x and all(value is None or np.isscalar(value) or hasattr(value, "isoformat") for value in x.values()):
        return _of_rows([x])
    return _of_columns({str(name): _listed(str(name), column) for name, column in x.items()})


def _of_rows(rows: Sequence[Mapping[Any, Any]]) -> Any:
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    return _of_columns({name: [row.get(name) for row in rows] for name in names})


def _of_columns(columns: Mapping[str, Any]) -> Any:
    series = [_series(name, values) for name, values in columns.items()]
    lengths = {each.name: len(each) for each in series}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name!r} has {length}" for name, length in list(lengths.items())[:5])
        raise DataError(f"columns must have one value for each row: {told}")
    return polars().DataFrame(series)


def _listed(name: str, column: Any) -> Any:
    if hasattr(column, "__array__"):
        return column
    if isinstance(column, str | bytes | Mapping) or not isinstance(column, Iterable):
        raise DataError(f"column {name!r} is of type {type(column).__name__}; give a list with one value for each row")
    return list(column)


def _series(name: str, values: Any) -> Any:
    """Return values of any library as a series: numbers, truth values and dates as they are, the rest as text."""
    try:
        return _as_series(name, values)
    except UnicodeEncodeError as error:
        code = ord(error.object[error.start])
        raise DataError(
            f"column {name!r} has the code {code:#x}, half of a pair, in a text or in its name, and that is not a "
            "character; leave it out"
        ) from None


def _as_series(name: str, values: Any) -> Any:
    pl = polars()
    if isinstance(values, pl.Series):
        return _of_objects(name, values.to_list()) if values.dtype == pl.Object else values.alias(name)
    if hasattr(values, "to_pylist"):
        return pl.Series(name, values.to_pylist(), strict=False)
    if hasattr(values, "astype") and str(getattr(values, "dtype", "")).startswith(("category", "str", "string")):
        values = values.astype(object)
    try:
        array = np.asarray(values if hasattr(values, "__array__") else list(values))
    except (ValueError, TypeError) as error:
        raise DataError(f"column {name!r} cannot be read ({error}); give one value for each row") from None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(
            f"column {name!r} has an array of shape {array.shape[1:]} in each row, and a table has one value there; "
            f"give the column and the targets as arrays: net.fit(data[{name!r}], data[TARGET], …)"
        )
    if array.dtype.kind in "fiub":
        # polars does not know longer floats than float64.
        return pl.Series(name, array.astype(np.float64) if array.dtype.itemsize > 8 else array)
    if array.dtype.kind == "M":
        return pl.Series(name, array.astype("datetime64[us]"))
    if array.dtype.kind == "m":
        return pl.Series(name, array.astype("timedelta64[us]"))
    return _of_objects(name, list(values))


def _of_objects(name: str, values: list[Any]) -> Any:
    pl = polars()
    known = [None if _is_missing(value) else value for value in values]
    if all(value is None or isinstance(value, bool | np.bool_) for value in known):
        return pl.Series(name, known, dtype=pl.Boolean)
    if all(value is None or isinstance(value, int | float | np.number) for value in known):
        return pl.Series(name, [None if value is None else float(value) for value in known], dtype=pl.Float64)
    if all(value is None or isinstance(value, date) for value in known):
        days = [np.datetime64("NaT" if value is None else _without_zone(value).isoformat(), "us") for value in known]
        return pl.Series(name, np.array(days, "datetime64[us]"))
    if all(value is None or isinstance(value, timedelta) for value in known):
        return pl.Series(name, known, dtype=pl.Duration("us"))
    return pl.Series(name, [None if value is None else str(value) for value in known], dtype=pl.String)


def _without_zone(value: Any) -> Any:
    """Return a date, or a time of UTC, which NumPy takes without a warning of zones."""
    return value.astimezone(UTC).replace(tzinfo=None) if getattr(value, "tzinfo", None) else value


def _is_missing(value: Any) -> bool:
    # NaN, NaT and the missing value of pandas differ from themselves, or do not tell.
    if value is None or isinstance(value, str):
        return value is None
    try:
        return bool(value != value)
    except TypeError:
        return True
