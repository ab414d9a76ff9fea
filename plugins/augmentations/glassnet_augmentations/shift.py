"""The augmentation shift: images are moved."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_augmentations.augmentation import Augmentation
from glassnet_augmentations.sampling import FILLS, pixels_at


class Shift(Augmentation):
    """Moves each image by a random number of whole pixels, up or down and to the left or right.

    Simard, Steinkraus and Platt (2003), Best Practices for Convolutional Neural Networks Applied to Visual Document
    Analysis, ICDAR.

    Shapes
    ------
    x
        ``(batch, height, width, channels)``
    """

    formula = "y[i, j] = x[i - a, j - b],  |a| <= part * height,  |b| <= part * width"
    examples = ("shift", "shift(0.2, fill='zero')")

    part: float = gn.option(0.1, ge=0, le=1, help="farthest shift, as a part of height and width")
    fill: str = gn.option("edge", choices=FILLS, help="what comes in: the pixel at the edge, or zero")

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        self.check_images(x)
        batch, height, width = x.shape[:3]
        down, right = (
            rng.integers(-most, most + 1, (batch, 1, 1)) for most in (int(self.part * height), int(self.part * width))
        )
        return pixels_at(x, np.arange(height)[:, None] - down, np.arange(width) - right, self.fill)
