"""Which samples are images."""

from __future__ import annotations

import glassnet as gn


def is_image(shape: gn.Shape) -> bool:
    """Tell whether samples of `shape` are images: ``(height, width, channels)``, grey or in colour."""
    return len(shape) == 3 and shape[2] in (1, 3) and min(shape[:2]) > 1
