"""Numbers as people write them: decimal commas, thousands, currencies and percent signs."""

from __future__ import annotations

import re
from typing import Any

from glassnet_tables.polars_import import nulled, polars

_UNIT = r"(?:US\$|€|\$|£|¥|₹|%|(?i:eur|usd|gbp|chf|jpy|sek|nok|dkk|pln|zł|kr))"
_SPACE = "[ \u00a0\u202f'’]"
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_POINT = rf"^[+-]?(?:\d+|[1-9]\d{{0,2}}(?:,\d{{3}})+)?(?:\.\d*)?{_EXPONENT}$"
_COMMA = rf"^[+-]?(?:\d+|[1-9]\d{{0,2}}(?:\.\d{{3}})+)?(?:,\d*)?{_EXPONENT}$"
_GROUPED = rf"^[+-]?\d{{1,3}}(?:{_SPACE}\d{{3}})+(?:[.,]\d+)?$"


def is_number(cell: str) -> bool:
    """Return whether a cell is a number in one of the ways that people write numbers."""
    text = re.sub(rf"^([+-]?){_UNIT}\s*|\s*{_UNIT}$", r"\1", cell.strip())
    if re.match(_GROUPED, text):
        return True
    return bool(re.search(r"\d", text)) and bool(re.match(_POINT, text) or re.match(_COMMA, text))


def plain_numerals(cells: Any) -> Any:
    """Return a column of text without units, spaces between thousands, and brackets around what is negative."""
    bare = cells.str.replace_all("[\u2212\u2013]", "-")
    bare = bare.str.replace(r"^\((.*)\)$", "-$1")
    bare = bare.str.replace(rf"^([+-]?)\s*{_UNIT}\s*", "$1").str.replace(rf"\s*{_UNIT}$", "")
    grouped = bare.str.contains(_GROUPED)
    without = bare.str.replace_all(rf"{_SPACE}(\d{{3}})", "$1")
    return without.zip_with(grouped.fill_null(False), bare)


def unit_of(cells: Any) -> str:
    """Return the unit in which most cells of a column of text are, such as ``€`` or ``%``; nothing if there is none."""
    found = cells.str.extract(rf"^[+-]?\s*({_UNIT})|({_UNIT})$", 1)
    behind = cells.str.extract(rf"({_UNIT})$", 1)
    both = found.fill_null(behind) if found.null_count() else found
    known = both.drop_nulls()
    if len(known) * 2 < len(cells.drop_nulls()) or len(known) == 0:
        return ""
    return str(known.mode().sort()[0])


def decimal_votes(numerals: Any) -> int:
    """Return how many more cells can only be read with a decimal comma than only with a decimal point."""
    has_digit = numerals.str.contains(r"\d")
    point, comma = numerals.str.contains(_POINT) & has_digit, numerals.str.contains(_COMMA) & has_digit
    return int((comma & ~point).sum() or 0) - int((point & ~comma).sum() or 0)


def as_numbers(numerals: Any, decimal: str) -> Any:
    """Return plain numerals as float64, null where a cell is not a number."""
    pl = polars()
    valid = numerals.str.contains(_POINT if decimal == "." else _COMMA) & numerals.str.contains(r"\d")
    written = (
        numerals.str.replace_all(",", "", literal=True)
        if decimal == "."
        else numerals.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    )
    numbers = written.cast(pl.Float64, strict=False)
    return nulled(numbers, ~valid | ~numbers.is_finite())
