"""Other values that an option may have."""

from __future__ import annotations

from typing import Any

from glassnet.options.declaration import Option

_MOST = 3


def drawn(declared: Option, value: Any) -> list[Any]:
    """Return a few other values than `value` within an option's bounds: below, above and of the other sign."""
    if declared.choices is not None:
        return [choice for choice in declared.choices if choice != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        lowest = [int(declared.ge)] if declared.ge is not None else []
        candidates: list[Any] = [value + 1, *lowest, value - 1, value + 2]
    elif isinstance(value, float) and is_tiny(value):
        candidates = [10 * value, value / 10]
    elif isinstance(value, float):
        candidates = [0.6 * value + 0.07, 1.7 * value + 0.3, -value - 0.3, 0.3 * value, value / 2]
    else:
        return []
    return [other for other in dict.fromkeys(candidates) if other != value and declared.allows(other)][:_MOST]


def is_tiny(value: Any) -> bool:
    """Tell whether a number is an epsilon, which keeps a division finite and changes no other result."""
    return isinstance(value, float) and 0 < abs(value) < 1e-3
