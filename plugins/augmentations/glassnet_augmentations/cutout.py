"""The augmentation cutout: a square of each image is covered."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_augmentations.augmentation import Augmentation


class Cutout(Augmentation):
    """Covers a square at a random place of each image; a part of it may be outside of the image.

    DeVries and Taylor (2017), Improved Regularization of Convolutional Neural Networks with Cutout, arXiv:1708.04552.

    Shapes
    ------
    x
        ``(batch, height, width, channels)``
    """

    formula = "y[i, j] = value  if |i - a| and |j - b| < side / 2,  else x[i, j];  (a, b) anywhere in the image"
    examples = ("cutout", "cutout(0.5, value=0.5)")

    part: float = gn.option(0.3, gt=0, le=1, help="side of the square, as a part of the shorter side of the image")
    value: float = gn.option(0.0, help="what covers the square")

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        self.check_images(x)
        batch, height, width = x.shape[:3]
        half = self.part * min(height, width) / 2
        row, column = (rng.uniform(-0.5, size - 0.5, (batch, 1, 1)) for size in (height, width))
        is_covered = (np.abs(np.arange(height)[:, None] - row) < half) & (np.abs(np.arange(width) - column) < half)
        return np.where(is_covered[..., None], x.dtype.type(self.value), x)
