"""Figures as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def figure_text(value: Any) -> str:
    """Return a figure with four digits behind the point, or with three that count where those would not tell.

    Figures in the units of a target, such as prices, may be thousands: these are whole numbers.
    A table, such as a confusion matrix, is written in one line.
    """
    if not isinstance(value, (int, float)):
        return " ".join(str(value).split())
    if 1e4 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.3g}"


def finite_or_none(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures as JSON can hold them: it has no word for NaN and infinity; arrays become lists."""
    return {name: _plain(value) for name, value in figures.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) else None
    return [_plain(each) for each in value.tolist()] if hasattr(value, "tolist") else [_plain(each) for each in value]
