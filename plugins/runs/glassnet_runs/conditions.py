"""Conditions on rows, such as ``accuracy>0.9``, and their order."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

import attrs

import glassnet as gn
from glassnet_runs.run_row import Row

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "==": operator.eq,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "~": lambda found, part: part.lower() in found.lower(),
}
_FORM = re.compile(r"\s*(\w+)\s*(<=|>=|!=|==|=|<|>|~)\s*(.*?)\s*", re.DOTALL)


@attrs.frozen
class Condition:
    """A condition on the value of a column: ``loss<0.1``, ``dataset=mnist``, ``optimizer~adam`` (contains)."""

    column: str
    operator: str
    value: str

    @classmethod
    def of(cls, text: str) -> Condition:
        """Return the condition that a text says.

        Raises
        ------
        OptionError
            If it does not have this form.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise gn.OptionError(
                f"{text!r} is not a condition; write a column, one of {' '.join(_OPERATORS)} and a value, "
                "such as 'accuracy>0.9'"
            )
        return cls(*found.groups())

    def holds(self, row: Row) -> bool:
        """Return whether a row fulfils it; a row without the value does not."""
        found = row.get(self.column)
        if found is None:
            return False
        compare = _OPERATORS[self.operator]
        number = _number(self.value)
        if self.operator == "~" or number is None or not isinstance(found, (int, float)):
            return compare(str(found), self.value)
        return compare(found, number)


def chosen(rows: Sequence[Row], conditions: Sequence[Condition]) -> list[Row]:
    """Return the rows that fulfil all conditions.

    Raises
    ------
    OptionError
        If no row has a column of that name.
    """
    for each in conditions:
        check_column(each.column, rows)
    return [row for row in rows if all(each.holds(row) for each in conditions)]


def ordered(rows: Sequence[Row], by: str) -> list[Row]:
    """Return rows in the order of a column, or the other way round if its name begins with ``-``.

    Rows without the value, and those with NaN, come last both ways.

    Raises
    ------
    OptionError
        If no row has a column of that name.
    """
    column = by.removeprefix("-")
    check_column(column, rows)
    with_value = [row for row in rows if _is_known(row.get(column))]
    without = [row for row in rows if not _is_known(row.get(column))]
    with_value.sort(key=lambda row: _key(row[column]), reverse=by.startswith("-"))
    return with_value + without


def check_column(name: str, rows: Sequence[Row]) -> None:
    """Raise `OptionError` if no row has a column of a name."""
    known = list(dict.fromkeys(column for row in rows for column in row))
    if name not in known:
        raise gn.OptionError(
            f"there is no column {name!r}{gn.did_you_mean(name, known)}; choose from {', '.join(known)}"
        )


def _is_known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _key(value: Any) -> tuple[bool, Any]:
    return (isinstance(value, str), value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
