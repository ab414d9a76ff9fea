"""The labels that rows of pandas have: samples, targets and weights are matched by place, and not by label."""

from __future__ import annotations

from typing import Any

from glassnet.errors import warn


def check_order(x: Any, y: Any, name: str = "y") -> None:
    """Warn if the rows of samples and of targets, or weights, have the same labels in another order."""
    labels: Any = getattr(x, "index", None)
    others: Any = getattr(y, "index", None)
    # Lists have a method of this name.
    if not (hasattr(labels, "equals") and hasattr(others, "isin")) or labels.equals(others):
        return
    if len(labels) == len(others) and labels.is_unique and others.is_unique and others.isin(labels).all():
        warn(
            f"the rows of x and {name} have the same index in another order, and they are matched by place; bring them "
            f"into one order: {name} = {name}.loc[x.index], or, if their places are right, give {name}.to_numpy()"
        )
