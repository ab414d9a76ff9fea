"""The form that the images of a folder get if their user does not say it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet_images.decoding import bombs_refused, opened
from glassnet_images.pixels import Pixels

# The number of headers that are read, spread over all images: a header takes a tenth of a millisecond.
_LOOKED_AT = 1000
# Images that differ in size get this one, and so do larger ones: a network of NumPy learns from them in minutes.
_SIDE = 64
_LARGEST_KEPT = 128
# Modes of Pillow without colour: bits, bytes, bytes with transparency, 16 and 32 bits.
_GREY = ("1", "L", "La", "LA", "I", "F")
# EXIF: orientations that swap height and width.
_ORIENTATION, _TURNED = 0x0112, (5, 6, 7, 8)


def detected_form(paths: Sequence[Path], size: int | tuple[int, int] | None, colors: str, resize: str) -> Pixels:
    """Return the form for some images.

    Parameters
    ----------
    paths
        The images of the training. Broken ones tell nothing.
    size
        Height and width, one number for both, or None for those of the images.
    colors
        ``"grey"``, ``"rgb"``, or ``"auto"``: grey if all images are.
    resize
        See `Pixels`.
    """
    sizes: set[tuple[int, int]] = set()
    is_grey = True
    if size is None or colors == "auto":
        for path in _spread(paths):
            try:
                with bombs_refused(), opened(path) as image:
                    is_turned = image.getexif().get(_ORIENTATION) in _TURNED
                    sizes.add((image.width, image.height) if is_turned else (image.height, image.width))
                    is_grey = is_grey and image.mode.split(";")[0] in _GREY
            except gn.GlassnetError:
                continue
    height, width = _size(size, sizes)
    return Pixels(height, width, 1 if colors == "grey" or (colors == "auto" and is_grey and sizes) else 3, resize)


def _spread(paths: Sequence[Path]) -> list[Path]:
    count = min(len(paths), _LOOKED_AT)
    return [paths[index] for index in np.linspace(0, len(paths) - 1, count).round().astype(int).tolist()]


def _size(size: int | tuple[int, int] | None, found: set[tuple[int, int]]) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    if size is not None:
        return size
    if len(found) == 1 and max(only := next(iter(found))) <= _LARGEST_KEPT:
        return only
    return _SIDE, _SIDE
