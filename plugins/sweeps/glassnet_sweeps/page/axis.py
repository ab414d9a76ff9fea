"""An axis of a chart: where a value is, and which values are written beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import attrs

from glassnet_sweeps.setting import Setting

_TICKS, _FEWEST = 5, 3
# Numbers further apart than by this factor are drawn by their logarithms.
_SPREAD = 30
_LONGEST = 16
_ROOM = 0.05
# The quotient of two numbers that are drawn is finite.
_HUGE = 1e150
_SMALLEST_SPAN = 1e-9


@attrs.frozen
class Axis:
    """An axis.

    Attributes
    ----------
    setting
        A setting whose values the axis has; a range for other numbers.
    """

    setting: Setting

    @property
    def name(self) -> str:
        """What the axis shows."""
        return self.setting.name

    def place(self, value: Any) -> float:
        """Return where a value is, from 0 to 1."""
        return min(max(self.setting.place_of(value), 0.0), 1.0)

    def ticks(self) -> list[tuple[float, str]]:
        """Return values with their places and their texts."""
        setting = self.setting
        values = list(setting.values) if setting.values else _numbers(setting)
        return [(self.place(value), text_of(value)) for value in values]


def axis_of(name: str, values: Iterable[float]) -> Axis:
    """Return an axis for numbers, with some room on both sides: what is huge or no number is drawn at the edge."""
    drawn = [value if abs(value) > 1 / _HUGE else 0.0 for value in values if abs(value) < _HUGE]
    low, high = min(drawn, default=0.0), max(drawn, default=1.0)
    if low == high:
        half = max(0.5, abs(low) * _SMALLEST_SPAN)
        low, high = low - half, high + half
    if low > 0 and high / low > _SPREAD:
        room = (high / low) ** _ROOM
        return Axis(Setting(name, low=low / room, high=high * room, log=True))
    room = (high - low) * _ROOM
    return Axis(Setting(name, low=low - room if low < 0 else max(low - room, 0.0), high=high + room))


def text_of(value: Any) -> str:
    """Return a value as an axis shows it."""
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _numbers(setting: Setting) -> list[float]:
    """Return round numbers within a range."""
    if setting.log:
        exponents = range(math.floor(math.log10(setting.low)), math.ceil(math.log10(setting.high)) + 1)
        for digits in ((1,), (1, 3), (1, 2, 5)):
            values = [float(f"{digit}e{exponent}") for exponent in exponents for digit in digits]
            within = [each for each in values if setting.low * (1 - 1e-9) <= each <= setting.high * (1 + 1e-9)]
            if len(within) >= _FEWEST:
                break
        return within[:: math.ceil(len(within) / _TICKS)]
    rough = (setting.high - setting.low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.7)
    step = max(step, 1.0) if setting.whole else step
    first, last = math.ceil(setting.low / step - 1e-9), math.floor(setting.high / step + 1e-9)
    return [float(f"{number * step:.6g}") for number in range(first, last + 1)]
