"""Targets that answer yes-or-no questions."""

from __future__ import annotations

import numpy as np

import glassnet as gn


def check_yes_or_no(loss: gn.Loss, y: gn.Array) -> None:
    """Refuse targets that are neither 0 for no, 1 for yes, nor a probability between them.

    Raises
    ------
    DataError
        When a target is outside 0..1.
    """
    outside = ~((y >= 0) & (y <= 1))
    if outside.any():
        place = tuple(np.argwhere(outside)[0])
        raise gn.DataError(
            f"{loss!r}: target {y[place]} at sample {place[0]} is outside 0..1; "
            "give 0 for no and 1 for yes, or a probability between them"
        )
