"""Figures as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping


def figure_text(value: float) -> str:
    """Return a figure with four digits behind the point, or with three that count where those would not tell."""
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.3g}"


def finite_or_none(figures: Mapping[str, float]) -> dict[str, float | None]:
    """Return the figures as JSON can hold them: it has no word for NaN and infinity."""
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}
