"""Which moments of a training an animation shows."""

from __future__ import annotations

import numpy as np

# Each frame takes a few tenths of a second to draw.
MOST_FRAMES = 30


def frame_places(moments: int) -> list[int]:
    """Return which of a number of moments an animation shows, evenly far apart, with the first and the last one."""
    return sorted({round(each) for each in np.linspace(0, moments - 1, min(moments, MOST_FRAMES))})
