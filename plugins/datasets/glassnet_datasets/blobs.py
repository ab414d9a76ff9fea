"""Blobs: round heaps of points."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_datasets.held_out import POINT_BYTES, held_out


class Blobs(gn.DataSource):
    """Points in the plane, scattered around centres, a class for each; a fifth of them is kept to test with.

    ``x`` is ``(samples, 2)`` float32 and ``y`` is ``(samples,)`` int64, the centre. The centres stand on the unit
    circle at equal distances, the first one at (1, 0). A network without a hidden layer can tell them apart, as well
    as can be. The best border between two blobs is the straight line in the middle.

    Source: by definition. The points are made here, the same ones for the same options.
    """

    samples: int = gn.option(1000, ge=10, help="number of points, a fifth of them to test with")
    noise: float = gn.option(0.25, ge=0, help="standard deviation of each coordinate")
    centers: int = gn.option(3, ge=2, help="number of blobs, which are the classes")
    seed: int = gn.option(0, ge=0, help="where the random numbers come from")

    sample_shape = (2,)
    target_shape = ()

    formula = "x = (cos a, sin a) + noise,  a = 2 pi center / centers"

    def load(self) -> gn.Dataset:
        if self.centers > self.samples:
            raise gn.OptionError(f"{self!r} has more centers than samples; give at most {self.samples} centers")
        gn.check_memory(POINT_BYTES * self.samples, f"{self!r}", "give fewer samples")
        rng = np.random.default_rng(self.seed)
        y = np.arange(self.samples) % self.centers
        angle = 2 * np.pi * y / self.centers
        x = np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, self.noise, (self.samples, 2))
        train, test = held_out(x.astype(np.float32), y, 0.2, self.seed)
        return gn.Dataset(
            train=train,
            test=test,
            classes=tuple(map(str, range(self.centers))),
            task="classification",
            recipe=self._recipe(),
        )

    def _recipe(self) -> gn.Recipe:
        return gn.Recipe(
            layers=[f"dense({self.centers})", "softmax"],
            loss="categorical_crossentropy",
            optimizer="adam(lr=0.1)",
            schedule="cosine",
            epochs=10,
            batch_size=32,
            metrics=["accuracy"],
        )
