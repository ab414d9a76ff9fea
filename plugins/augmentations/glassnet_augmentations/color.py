"""The augmentation color: brightness, contrast and saturation are changed."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_augmentations.augmentation import Augmentation

# The grey of red, green and blue, by ITU-R BT.601.
_GREY = np.array([0.299, 0.587, 0.114])


class Color(Augmentation):
    """Changes brightness, contrast and saturation of each image by random factors. Values stay between 0 and 1.

    A factor is drawn between 1 less the option and 1 plus the option. Grey images have no saturation.

    Howard (2013), Some Improvements on Deep Convolutional Neural Network Based Image Classification, arXiv:1312.5402.

    Shapes
    ------
    x
        ``(batch, height, width, channels)``, from 0 to 1
    """

    formula = "b x;  then m + c (x - m), m = mean of the image;  then g + s (x - g), g = grey of the pixel"
    examples = ("color", "color(0.4, contrast=0, saturation=0)")

    brightness: float = gn.option(0.2, ge=0, le=1, help="most that brightness changes by")
    contrast: float = gn.option(0.2, ge=0, le=1, help="most that contrast changes by")
    saturation: float = gn.option(0.2, ge=0, le=1, help="most that saturation changes by")

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        self.check_images(x)
        brighter, starker, richer = (
            rng.uniform(1 - most, 1 + most, (len(x), 1, 1, 1)).astype(x.dtype)
            for most in (self.brightness, self.contrast, self.saturation)
        )
        changed: gn.Array = brighter * x
        mean = changed.mean(axis=(1, 2, 3), keepdims=True)
        changed = mean + starker * (changed - mean)
        if x.shape[3] == 3:
            grey = (changed * _GREY.astype(x.dtype)).sum(axis=3, keepdims=True)
            changed = grey + richer * (changed - grey)
        np.clip(changed, 0, 1, out=changed)
        return changed
