"""Pieces of a batch of images that stay in a core's cache."""

from __future__ import annotations

import math

import glassnet as gn
from glassnet_accelerators.numpy_only.tiles import tiles
from glassnet_accelerators.numpy_only.windows import Windows


def pieces(windows: Windows, images: gn.Array) -> list[slice]:
    """Cut a batch of padded images into pieces to be worked through one at a time."""
    pixels = math.prod(windows.padded_shape) + 2 * math.prod(windows.count) * windows.channels
    return [some for some, _ in tiles(len(images), 1, pixels * images.itemsize)]
