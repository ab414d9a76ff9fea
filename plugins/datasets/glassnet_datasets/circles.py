"""Circles: one within the other."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_datasets.held_out import POINT_BYTES, held_out


class Circles(gn.DataSource):
    """Points in the plane on two circles around the origin, a class for each; a fifth of them is kept to test with.

    ``x`` is ``(samples, 2)`` float32 and ``y`` is ``(samples,)`` int64: 0 for the outer circle, of radius 1, and 1 for
    the inner one. A network has to draw a closed line, which takes at least three units in a hidden layer.

    Known from ``make_circles`` of scikit-learn: Pedregosa et al. (2011), Scikit-learn: Machine Learning in Python,
    Journal of Machine Learning Research 12. The points are made here, the same ones for the same options.
    """

    samples: int = gn.option(1000, ge=10, help="number of points, a fifth of them to test with")
    noise: float = gn.option(0.1, ge=0, help="standard deviation of each coordinate")
    inner: float = gn.option(0.5, gt=0, lt=1, help="radius of the inner circle")
    seed: int = gn.option(0, ge=0, help="where the random numbers come from")

    sample_shape = (2,)
    target_shape = ()

    formula = "x = r (cos a, sin a) + noise,  r = 1 for class 0 and the inner radius for class 1"

    def load(self) -> gn.Dataset:
        gn.check_memory(POINT_BYTES * self.samples, f"{self!r}", "give fewer samples")
        rng = np.random.default_rng(self.seed)
        y = np.arange(self.samples) % 2
        angle = rng.uniform(0, 2 * np.pi, self.samples)
        radius = np.where(y == 0, 1, self.inner)
        x = radius[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        x += rng.normal(0, self.noise, x.shape)
        train, test = held_out(x.astype(np.float32), y, 0.2, self.seed)
        return gn.Dataset(train=train, test=test, classes=("outer", "inner"), task="classification", recipe=_recipe())


def _recipe() -> gn.Recipe:
    return gn.Recipe(
        layers=["dense(16)", "tanh", "dense(2)", "softmax"],
        loss="categorical_crossentropy",
        optimizer="adam(lr=0.03)",
        schedule="cosine",
        epochs=30,
        batch_size=32,
        metrics=["accuracy"],
    )
