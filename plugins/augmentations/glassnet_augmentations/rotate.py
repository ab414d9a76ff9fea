"""The augmentation rotate: images are turned."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_augmentations.augmentation import Augmentation
from glassnet_augmentations.sampling import FILLS, bilinear


class Rotate(Augmentation):
    """Turns each image about its middle by a random angle, to either side. Pixels are interpolated.

    Simard, Steinkraus and Platt (2003), Best Practices for Convolutional Neural Networks Applied to Visual Document
    Analysis, ICDAR.

    Shapes
    ------
    x
        ``(batch, height, width, channels)``
    """

    formula = "y(r, c) = x(r cos a - c sin a, r sin a + c cos a),  r and c from the middle,  |a| <= degrees"
    examples = ("rotate", "rotate(30, fill='zero')")

    degrees: float = gn.option(15.0, ge=0, le=180, help="largest angle")
    fill: str = gn.option("edge", choices=FILLS, help="what comes in: the pixel at the edge, or zero")

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        self.check_images(x)
        batch, height, width = x.shape[:3]
        angle = np.deg2rad(rng.uniform(-self.degrees, self.degrees, (batch, 1, 1)))
        middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
        row, column = np.arange(height)[:, None] - middle_row, np.arange(width) - middle_column
        rows = row * np.cos(angle) - column * np.sin(angle) + middle_row
        columns = row * np.sin(angle) + column * np.cos(angle) + middle_column
        return bilinear(x, rows, columns, self.fill)
