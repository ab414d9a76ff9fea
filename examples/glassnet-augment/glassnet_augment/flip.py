"""The augmentation flip: images are mirrored."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_augment.augmentation import Augmentation


class Flip(Augmentation):
    """Mirrors the columns of each image with a probability.

    Krizhevsky, Sutskever and Hinton (2012), ImageNet Classification with Deep Convolutional Neural Networks.

    Shapes
    ------
    x
        ``(batch, height, width, channels)``
    """

    formula = "x[:, :, ::-1]"

    probability: float = gn.option(0.5, ge=0, le=1, help="how often an image is mirrored")

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        if x.ndim != 4:
            raise gn.ShapeError(f"flip takes images, (batch, height, width, channels) (got the shape {x.shape})")
        is_mirrored = rng.random(len(x)) < self.probability
        return np.where(is_mirrored[:, None, None, None], x[:, :, ::-1], x)
