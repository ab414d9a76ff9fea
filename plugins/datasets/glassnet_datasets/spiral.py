"""Spiral: arms that wind around each other."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_datasets.held_out import POINT_BYTES, held_out


class Spiral(gn.DataSource):
    """Points in the plane on the arms of a spiral, a class for each arm; a fifth of them is kept to test with.

    ``x`` is ``(samples, 2)`` float32 within about ±1; ``y`` is ``(samples,)`` int64, the arm. An arm begins at a
    tenth of its length and winds once around the middle. No line separates the classes, and no few lines do.

    After Lang and Witbrock (1988), Learning to Tell Two Spirals Apart, in Proceedings of the 1988 Connectionist Models
    Summer School; with three arms and noise it is known from Stanford's course CS231n. The points are made here,
    the same ones for the same options.
    """

    samples: int = gn.option(1500, ge=10, help="number of points, a fifth of them to test with")
    noise: float = gn.option(0.1, ge=0, help="standard deviation of the angle, in radians")
    arms: int = gn.option(3, ge=2, help="number of arms, which are the classes")
    seed: int = gn.option(0, ge=0, help="where the random numbers come from")

    sample_shape = (2,)
    target_shape = ()

    formula = "x = r (cos a, sin a),  a = 2 pi (r + arm / arms) + noise,  r = 0.1 to 1"

    def load(self) -> gn.Dataset:
        if self.arms > self.samples:
            raise gn.OptionError(f"{self!r} has more arms than samples; give at most {self.samples} arms")
        gn.check_memory(POINT_BYTES * self.samples, f"{self!r}", "give fewer samples")
        rng = np.random.default_rng(self.seed)
        y = np.arange(self.samples) % self.arms
        radius = rng.uniform(0.1, 1, self.samples)
        angle = 2 * np.pi * (radius + y / self.arms) + rng.normal(0, self.noise, self.samples)
        x = radius[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        train, test = held_out(x.astype(np.float32), y, 0.2, self.seed)
        return gn.Dataset(
            train=train,
            test=test,
            classes=tuple(map(str, range(self.arms))),
            task="classification",
            recipe=self._recipe(),
        )

    def _recipe(self) -> gn.Recipe:
        return gn.Recipe(
            layers=["dense(64)", "relu", "dense(64)", "relu", f"dense({self.arms})", "softmax"],
            loss="categorical_crossentropy",
            optimizer="adam(lr=0.01)",
            schedule="cosine",
            epochs=60,
            batch_size=32,
            metrics=["accuracy"],
        )
