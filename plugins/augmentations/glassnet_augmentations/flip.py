"""The augmentation flip: images are mirrored."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_augmentations.augmentation import Augmentation


class Flip(Augmentation):
    """Mirrors each image with a probability: left and right by default.

    Krizhevsky, Sutskever and Hinton (2012), ImageNet Classification with Deep Convolutional Neural Networks, NIPS.

    Shapes
    ------
    x
        ``(batch, height, width, channels)``
    """

    formula = "x[:, :, ::-1]  with the probability;  vertical: x[:, ::-1]"
    examples = ("flip", "flip(0.5, vertical=True)")

    probability: float = gn.option(0.5, ge=0, le=1, help="how often an image is mirrored")
    horizontal: bool = gn.option(True, help="whether left and right are exchanged")
    vertical: bool = gn.option(False, help="whether top and bottom are exchanged")

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        self.check_images(x)
        flipped = x.copy()
        if self.horizontal:
            chosen = rng.random(len(x)) < self.probability
            flipped[chosen] = flipped[chosen][:, :, ::-1]
        if self.vertical:
            chosen = rng.random(len(x)) < self.probability
            flipped[chosen] = flipped[chosen][:, ::-1]
        return flipped
