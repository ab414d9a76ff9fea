"""Moons: two half circles that reach into each other."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_datasets.held_out import POINT_BYTES, held_out


class Moons(gn.DataSource):
    """Points in the plane on two half circles, a class for each; a fifth of them is kept to test with.

    ``x`` is ``(samples, 2)`` float32 and ``y`` is ``(samples,)`` int64: 0 for the half circle that is open downwards,
    around the origin, and 1 for the one that is open upwards, around (1, 1/2). Each has radius 1, so each one's end
    is in the other one's hollow, and no line separates them.

    Known from ``make_moons`` of scikit-learn: Pedregosa et al. (2011), Scikit-learn: Machine Learning in Python,
    Journal of Machine Learning Research 12. The points are made here, the same ones for the same options.
    """

    samples: int = gn.option(1000, ge=10, help="number of points, a fifth of them to test with")
    noise: float = gn.option(0.1, ge=0, help="standard deviation of each coordinate")
    seed: int = gn.option(0, ge=0, help="where the random numbers come from")

    sample_shape = (2,)
    target_shape = ()

    formula = "class 0: x = (cos a, sin a) + noise,  class 1: x = (1 - cos a, 1/2 - sin a) + noise,  a = 0 to pi"

    def load(self) -> gn.Dataset:
        gn.check_memory(POINT_BYTES * self.samples, f"{self!r}", "give fewer samples")
        rng = np.random.default_rng(self.seed)
        y = np.arange(self.samples) % 2
        angle = rng.uniform(0, np.pi, self.samples)
        upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        x = np.where(y[:, np.newaxis] == 0, upper, (1, 0.5) - upper) + rng.normal(0, self.noise, (self.samples, 2))
        train, test = held_out(x.astype(np.float32), y, 0.2, self.seed)
        return gn.Dataset(train=train, test=test, classes=("0", "1"), task="classification", recipe=_recipe())


def _recipe() -> gn.Recipe:
    return gn.Recipe(
        layers=["dense(32)", "relu", "dense(32)", "relu", "dense(2)", "softmax"],
        loss="categorical_crossentropy",
        optimizer="adam(lr=0.01)",
        schedule="cosine",
        epochs=30,
        batch_size=32,
        metrics=["accuracy"],
    )
