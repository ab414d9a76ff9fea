"""A setting that varies: its name, and the values that it takes."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from typing import Any

import attrs

import glassnet as gn

# A range has this number of values in a grid, unless it says how many.
_POINTS = 5
# Digits of a drawn value: more of them make no difference to a training, and would be tedious to type.
_DIGITS = 4
_RANGE = re.compile(r"(?P<low>[^.:][^:]*?)\.\.(?P<high>[^:]+)(?P<flags>(?::[^:]*)*)")
_SIGNS = re.compile(r"\"[^\"]*\"|'[^']*'|.", re.DOTALL)


@attrs.frozen
class Setting:
    """One setting: a list of values, or a range of numbers.

    Attributes
    ----------
    name
        How it is called, such as ``lr`` or ``dropout.rate``.
    values
        The values, if it is a list.
    low, high
        The bounds, if it is a range; both may be taken.
    log
        Whether values are spread evenly by their logarithms.
    whole
        Whether the values of a range are whole numbers.
    points
        The number of values that a grid takes of a range.
    """

    name: str
    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False
    points: int = _POINTS

    @property
    def is_range(self) -> bool:
        """Whether the setting is a range of numbers."""
        return not self.values

    @property
    def is_numeric(self) -> bool:
        """Whether all values are numbers, so that they have an order."""
        return self.is_range or all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in self.values)

    @property
    def grid(self) -> tuple[Any, ...]:
        """The values that a grid takes; those of a range are spread evenly, bounds included."""
        if not self.is_range:
            return self.values
        places = [0.5] if self.points == 1 else [place / (self.points - 1) for place in range(self.points)]
        return tuple(dict.fromkeys(self._number(place) for place in places))

    @property
    def count(self) -> float:
        """The number of different values; infinity for a range of numbers that are not whole."""
        if not self.is_range:
            return len(self.values)
        return self.high - self.low + 1 if self.whole else math.inf

    def at(self, place: float) -> Any:
        """Return the value at a place from 0 to 1."""
        if not self.is_range:
            return self.values[min(int(place * len(self.values)), len(self.values) - 1)]
        return self._number(place)

    def place_of(self, value: Any) -> float:
        """Return the place of a value from 0 to 1; the inverse of `at` for ranges, the middle of its part for lists."""
        if not self.is_range:
            return (self.values.index(value) + 0.5) / len(self.values)
        scale = math.log if self.log else float
        return (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low))

    def _number(self, place: float) -> float:
        if self.log:
            value = math.exp(math.log(self.low) + place * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + place * (self.high - self.low)
        value = min(max(float(f"{value:.{_DIGITS}g}"), self.low), self.high)
        return round(value) if self.whole else value

    def as_plain(self) -> dict[str, Any]:
        """Return the setting as JSON holds it."""
        if not self.is_range:
            return {"name": self.name, "values": list(self.values)}
        return attrs.asdict(self, filter=lambda field, _: field.name != "values")

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> Setting:
        """Return the setting that `as_plain` describes."""
        return cls(**{**plain, "values": tuple(plain.get("values", ()))})


def setting(text: str) -> Setting:
    """Return the setting that ``NAME=VALUES`` describes, such as ``lr=1e-4..1e-1:log`` or ``batch_size=16,64``.

    Raises
    ------
    OptionError
        If the text is not of that form.
    """
    name, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not values:
        raise gn.OptionError(
            f"{text!r} does not say what varies; write a setting and its values, such as batch_size=16,64, or a range, "
            "such as lr=1e-4..1e-1:log"
        )
    return named(name, values)


def named(name: str, values: Any) -> Setting:
    """Return a setting of a name, and its values as text, or as a list.

    Raises
    ------
    OptionError
        If the values cannot be used.
    """
    if isinstance(values, str):
        match = _RANGE.fullmatch(values)
        if match is not None:
            return _range(name, match)
        parts = _split(values)
        found: list[Any] = [_value(each) for each in parts]
    elif isinstance(values, (Sequence, range)):
        found = [repr(each) if isinstance(each, gn.Component) else _plain(each) for each in values]
    else:
        raise gn.OptionError(f"the values of {name} are {values!r}; give a list, or a text such as '1e-4..1e-1:log'")
    if len(set(map(repr, found))) < len(found):
        raise gn.OptionError(f"{name} has a value twice ({values}); give each value once")
    if len(found) < 2:
        raise gn.OptionError(f"{name} has one value ({values}), so nothing varies; give two or more, or a range")
    return Setting(name, tuple(found))


def _range(name: str, match: re.Match[str]) -> Setting:
    low, high = (_value(match[bound].strip()) for bound in ("low", "high"))
    whole_text = match[0]
    for bound in (low, high):
        if isinstance(bound, bool) or not isinstance(bound, (int, float)) or not math.isfinite(bound):
            raise gn.OptionError(f"{name}={whole_text} is not a range: {bound!r} is not a number; write low..high")
    if not low < high:
        raise gn.OptionError(f"{name}={whole_text} is empty: give the lower bound first, as in {name}={high}..{low}")
    log, points = False, _POINTS
    for flag in filter(None, match["flags"].split(":")):
        if flag == "log":
            log = True
        elif flag.isdecimal() and int(flag) > 0:
            points = int(flag)
        else:
            raise gn.OptionError(
                f"{name}={whole_text}: {flag!r} is not known; a range may end in :log, and in the number of values "
                f"that a grid takes, such as :{_POINTS}"
            )
    if log and low <= 0:
        raise gn.OptionError(f"{name}={whole_text}: a logarithmic range begins above 0 (got {low})")
    return Setting(
        name, low=low, high=high, log=log, whole=isinstance(low, int) and isinstance(high, int), points=points
    )


def _split(text: str) -> list[str]:
    """Split a text at the commas that are outside brackets and quotes."""
    parts, depth = [""], 0
    for match in _SIGNS.finditer(text):
        sign = match[0]
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def _value(text: str) -> Any:
    """Return a number, a truth value or None if a text is one, else the text: a name or a spec."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {"none": None, "true": True, "false": False}.get(text.lower(), text)
    return _plain(value)


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise gn.OptionError(f"{value!r} is not a value that a setting can have; give numbers, text or components")
