"""The augmentation crop: a part of each image is enlarged."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_augmentations.augmentation import Augmentation
from glassnet_augmentations.sampling import bilinear


class Crop(Augmentation):
    """Cuts a random part out of each image and enlarges it to the size of the image.

    The part has the proportions of the image. Pixels are interpolated.

    Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke and Rabinovich (2015), Going Deeper with Convolutions,
    CVPR, section 6.

    Shapes
    ------
    x
        ``(batch, height, width, channels)``
    """

    formula = "y[i, j] = x(a + s (i + 1/2) - 1/2, b + s (j + 1/2) - 1/2),  smallest <= s <= 1"
    examples = ("crop", "crop(0.5)")

    smallest: float = gn.option(0.8, gt=0, le=1, help="side of the smallest part, compared with that of the image")

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        self.check_images(x)
        batch, height, width = x.shape[:3]
        side = rng.uniform(self.smallest, 1, (batch, 1, 1))
        top, left = ((1 - side) * size * rng.random((batch, 1, 1)) for size in (height, width))
        rows = top + side * (np.arange(height)[:, None] + 0.5) - 0.5
        columns = left + side * (np.arange(width) + 0.5) - 0.5
        return bilinear(x, rows, columns, "edge")
