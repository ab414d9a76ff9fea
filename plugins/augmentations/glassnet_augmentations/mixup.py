"""The augmentation mixup: samples and their targets are mixed in pairs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import glassnet as gn
from glassnet_augmentations.augmentation import Augmentation


class Mixup(Augmentation):
    """Mixes each sample with another one of the batch, and the targets of the two in the same proportion.

    Zhang, Cisse, Dauphin and Lopez-Paz (2018), mixup: Beyond Empirical Risk Minimization, ICLR, arXiv:1710.09412.

    Shapes
    ------
    x
        ``(batch, …)``
    y
        ``(batch, …)``, values or a row of probabilities for each sample
    """

    formula = "x = m x_i + (1 - m) x_j,  y = m y_i + (1 - m) y_j,  m ~ Beta(alpha, alpha),  one m for a batch"
    examples = ("mixup", "mixup(1.0)")
    changes_targets: ClassVar[bool] = True

    alpha: float = gn.option(0.2, gt=0, help="how much is mixed: near 0 little, from 1 on much")

    def apply_with_targets(self, x: gn.Array, y: gn.Array, rng: np.random.Generator) -> tuple[gn.Array, gn.Array]:
        share = rng.beta(self.alpha, self.alpha)
        others = rng.permutation(len(x))
        mixed_x, mixed_y = ((share * values + (1 - share) * values[others]).astype(values.dtype) for values in (x, y))
        return mixed_x, mixed_y
