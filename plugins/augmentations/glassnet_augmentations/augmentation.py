"""The base class of augmentations."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import glassnet as gn


class Augmentation(gn.Component):
    """Changes a batch of samples at random. The callback ``augment`` applies it in training, and nowhere else.

    An author writes `apply`; or `apply_with_targets`, if the targets change too.

    Attributes
    ----------
    changes_targets
        Whether targets are changed. Then integer labels come as rows, which are 1 at the label.
    """

    kind = "augmentation"
    changes_targets: ClassVar[bool] = False

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        """Return changed samples in a new array of the same shape and type; `x` stays as it is."""
        raise NotImplementedError(f"{type(self).__name__} needs apply() or apply_with_targets()")

    def apply_with_targets(self, x: gn.Array, y: gn.Array, rng: np.random.Generator) -> tuple[gn.Array, gn.Array]:
        """Return changed samples and their targets in new arrays; by default the targets are not changed."""
        return self.apply(x, rng), y

    def check_images(self, x: gn.Array) -> None:
        """Raise `ShapeError` if samples are not images, ``(batch, height, width, channels)``."""
        if x.ndim != 4:
            raise gn.ShapeError(
                f"{self.title()} takes images, (batch, height, width, channels) (got the shape {x.shape})"
            )
