"""The format of a column: what its cells are, and how they become numbers, dates or text."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_tables.dates import as_dates, date_format_of
from glassnet_tables.numerals import as_numbers, decimal_votes, plain_numerals, unit_of
from glassnet_tables.polars_import import nulled, polars

MISSING = ("", "?", "-", "na", "n/a", "#n/a", "nan", "null", "<na>", "nat")
# The two words of a column of yes and no, in several languages.
_PAIRS = (
    ("true", "false"),
    ("t", "f"),
    ("yes", "no"),
    ("y", "n"),
    ("on", "off"),
    ("ja", "nein"),
    ("j", "n"),
    ("ja", "nee"),
    ("ja", "nej"),
    ("oui", "non"),
    ("sí", "no"),
    ("si", "no"),
    ("sì", "no"),
    ("sim", "não"),
    ("tak", "nie"),
    ("wahr", "falsch"),
    ("vrai", "faux"),
)
_YES = tuple(dict.fromkeys(yes for yes, _ in _PAIRS))
_NO = tuple(dict.fromkeys(no for _, no in _PAIRS))
_COMPACT_DATES = r"^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"
# Words for yes and no that one column may have.
_MOST_SPELLINGS = 12
# What may be a postal code, or a date without separators.
_CODE_OR_DATE = r"^0\d|^(19|20)\d{6}$"
# The share of a column that has to be readable in one way. The rest counts as missing, and is told.
_LEAST = 0.9
# What a day is in the units in which polars holds dates, and the days of 8,000 years.
_A_DAY = {None: 1, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_MOST_DAYS = 8000 * 365


@attrs.frozen
class ColumnFormat:
    """What the cells of a column are.

    Attributes
    ----------
    type
        ``"number"``, ``"boolean"``, ``"date"`` or ``"text"``.
    decimal
        What separates the decimals of numbers: ``"."`` or ``","``.
    unit
        The currency or the percent sign that the numbers are written with.
    dates
        The format of dates, as `strptime` takes it; empty where they were read as dates.
    """

    type: str
    decimal: str = "."
    unit: str = ""
    dates: str = ""


def without_missing(column: Any, missing: tuple[str, ...] = ()) -> Any:
    """Return a column whose missing values are null; text is stripped of the spaces around it.

    Parameters
    ----------
    column
        A series of polars.
    missing
        Values that stand for a missing one beside those that always do, such as ``"-999"``.
    """
    pl = polars()
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64)
        numbers = nulled(numbers, ~numbers.is_finite())
        asked = [float(each) for each in missing if _is_float(each)]
        return nulled(numbers, numbers.is_in(asked)) if asked else numbers
    if column.dtype in (pl.Date, pl.Datetime):
        # Beyond these years, which damaged files have, polars cannot convert dates.
        a_day = _A_DAY[getattr(column.dtype, "time_unit", None)]
        return nulled(column, column.to_physical().cast(pl.Float64).abs() > _MOST_DAYS * a_day)
    if column.dtype == pl.Boolean:
        return column
    text = column.cast(pl.String).str.strip_chars()
    words = [*MISSING, *(each.lower() for each in missing)]
    is_missing = text.str.to_lowercase().is_in(words)
    asked = [float(each) for each in missing if _is_float(each)]
    if asked:  # -999 is also -999.0
        is_missing |= text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False).is_in(asked)
    return nulled(text, is_missing)


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def format_of(column: Any, decimal: str = ".") -> ColumnFormat:
    """Return what the cells of a column without missing values are.

    Parameters
    ----------
    column
        What `without_missing` returned.
    decimal
        What separates decimals where the column itself does not tell.
    """
    pl = polars()
    if column.dtype.is_numeric():
        return ColumnFormat("number")
    if column.dtype == pl.Boolean:
        return ColumnFormat("boolean")
    if column.dtype in (pl.Date, pl.Datetime):
        return ColumnFormat("date")
    known = column.drop_nulls()
    if len(known) == 0:
        return ColumnFormat("number")
    if decimal == "." and _are_plain_numbers(known):
        return ColumnFormat("number")
    if _are_yes_and_no(known.str.to_lowercase().unique().head(_MOST_SPELLINGS + 1).to_list()):
        return ColumnFormat("boolean")
    if known.str.contains(_COMPACT_DATES).all():
        return ColumnFormat("date", dates="%Y%m%d")
    # A postal code or a telephone number, not an amount.
    is_code = known.str.contains(r"^0\d+$").any() and known.str.contains(r"^\d+$").all()
    if not is_code:
        numerals = plain_numerals(known)
        votes = decimal_votes(numerals)
        used = "," if votes > 0 else "." if votes < 0 else decimal
        if 1 - as_numbers(numerals, used).null_count() / len(known) >= _LEAST:
            return ColumnFormat("number", used, unit_of(known))
    dates = None if is_code else date_format_of(known, _LEAST)
    return ColumnFormat("text") if dates is None else ColumnFormat("date", dates=dates)


def _are_plain_numbers(known: Any) -> bool:
    """Return whether all cells are numbers as programs write them, which takes a tenth of the time of other numbers."""
    numbers = known.cast(polars().Float64, strict=False)
    if numbers.null_count() or not numbers.is_finite().all():
        return False
    return not known.str.contains(_CODE_OR_DATE).any()


def _are_yes_and_no(words: list[str]) -> bool:
    """Return whether the different words of a column, in small letters, are yes and no, in one or several spellings."""
    if len(words) == 2:
        return any(set(words) == {yes, no} for yes, no in _PAIRS)
    # Several letters may be marks of any kind.
    is_known = set(words) <= {*_YES, *_NO, "1", "0"} and any(len(word) > 1 for word in words)
    return (
        2 < len(words) <= _MOST_SPELLINGS
        and is_known
        and not set(words).isdisjoint(_YES)
        and not set(words).isdisjoint(_NO)
    )


def values_of(column: Any, form: ColumnFormat) -> tuple[Array, Any]:
    """Return the values of a column as transforms take them, and which cells cannot be read in its format.

    Parameters
    ----------
    column
        What `without_missing` returned.
    form
        What the cells of the training rows were.

    Returns
    -------
    tuple
        ``(rows, 1)`` float64 for numbers and truth values, ``(rows,)`` datetime64 for dates, ``(rows,)`` of str or
        None for text; and a series of the cells that cannot be read, which count as missing.
    """
    pl = polars()
    read = {"number": _numbers, "boolean": _truth, "date": _dates, "text": _text}[form.type](column, form)
    unreadable = column.filter(read.is_null() & column.is_not_null()) if len(column) else column
    if form.type == "text":
        return np.array([*read.to_list(), None], object)[:-1], unreadable
    if form.type == "date":
        return read.cast(pl.Datetime("us")).to_numpy().astype("datetime64[us]"), unreadable
    numbers: Array = read.cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)
    return numbers[:, np.newaxis], unreadable


def _numbers(column: Any, form: ColumnFormat) -> Any:
    pl = polars()
    if column.dtype.is_numeric():
        return column
    if column.dtype == pl.Boolean:
        return column.cast(pl.Float64)
    if column.dtype != pl.String:
        return pl.Series([None] * len(column), dtype=pl.Float64)
    if form.decimal == "." and not form.unit:  # by far the most numbers, and ten times as fast
        plain = column.cast(pl.Float64, strict=False)
        if plain.null_count() == column.null_count() and plain.is_finite().all():
            return plain
    numerals = plain_numerals(column)
    votes = decimal_votes(numerals.drop_nulls())
    return as_numbers(numerals, "," if votes > 0 else "." if votes < 0 else form.decimal)


def _truth(column: Any, form: ColumnFormat) -> Any:
    pl = polars()
    if column.dtype == pl.Boolean or column.dtype.is_numeric():
        return column.cast(pl.Float64)
    lower = column.cast(pl.String).str.to_lowercase()
    words = {**dict.fromkeys((*_YES, "1"), 1.0), **dict.fromkeys((*_NO, "0"), 0.0)}
    return lower.replace_strict(words, default=None, return_dtype=pl.Float64)


def _dates(column: Any, form: ColumnFormat) -> Any:
    pl = polars()
    if column.dtype in (pl.Date, pl.Datetime):
        return column.cast(pl.Datetime("us"))
    if column.dtype != pl.String:
        return pl.Series([None] * len(column), dtype=pl.Datetime("us"))
    used = form.dates or "%Y-%m-%d"
    read = as_dates(column, used)
    if read.null_count() == len(column) > 0:  # another file may write dates in another way
        used = date_format_of(column, _LEAST) or used
        read = as_dates(column, used)
    return read


def _text(column: Any, form: ColumnFormat) -> Any:
    pl = polars()
    if column.dtype.is_numeric():  # 3 and 3.0 are one category
        whole = (column == column.round(0)).fill_null(True).all()
        return column.cast(pl.Int64 if whole else pl.Float64, strict=False).cast(pl.String)
    if column.dtype == pl.Boolean:
        return column.cast(pl.String).replace({"true": "True", "false": "False"})
    return column.cast(pl.String)
