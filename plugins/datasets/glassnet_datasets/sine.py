"""Sine: noisy waves, whose next value is to be predicted."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Sine(gn.DataSource):
    """Pieces of sine waves, each with its own period, phase and height, and noise; the next value is asked for.

    ``x`` is ``(samples, length, 1)``: `length` values of a wave, each plus normal noise. ``y`` is ``(samples, 1)``:
    the value of the wave itself one step later, without noise. Both are float32. Periods are uniform between 8 and
    32 steps, heights between 0.5 and 1.5, phases over the whole circle. There are a fourth as many samples to test
    with as to train with, drawn apart.

    By default noise has a standard deviation of 0.1. The root mean squared error on the test data is 0.31 for
    repeating the last value, 0.15 for the best linear function of all values, and below 0.06 for the recipe, an
    LSTM. It finds out which wave it sees, and half of the noise averages out.

    Source: by definition; the values are drawn from the seed.
    """

    samples: int = gn.option(4000, ge=4, help="number of samples to train with")
    length: int = gn.option(40, ge=1, help="number of values in a sample")
    noise: float = gn.option(0.1, ge=0, help="standard deviation of the noise")
    seed: int = gn.option(0, ge=0, help="seed of the waves and of the noise")

    def load(self) -> gn.Dataset:
        values = self.samples * (self.length + 1)
        # Waves, noise and their sum, in float64.
        gn.check_memory(24 * values, f"{self!r}", "give fewer or shorter samples")
        training, testing = np.random.default_rng(self.seed).spawn(2)
        return gn.Dataset(
            train=self._waves(self.samples, training),
            test=self._waves(self.samples // 4, testing),
            task="regression",
            recipe=_recipe(),
        )

    def _waves(self, samples: int, rng: np.random.Generator) -> gn.Split:
        period = rng.uniform(8, 32, (samples, 1))
        height = rng.uniform(0.5, 1.5, (samples, 1))
        phase = rng.uniform(0, 2 * np.pi, (samples, 1))
        waves = height * np.sin(2 * np.pi * np.arange(self.length + 1) / period + phase)
        read = waves[:, :-1] + rng.normal(0, self.noise, (samples, self.length))
        return gn.Split(read[..., np.newaxis].astype(np.float32), waves[:, -1:].astype(np.float32))


def _recipe() -> gn.Recipe:
    return gn.Recipe(
        layers=["lstm(32)", "dense(1)"],
        loss="mean_squared_error",
        optimizer="adam(lr=0.01)",
        schedule="cosine",
        epochs=10,
        batch_size=32,
        validation=0.1,
        metrics=["mean_absolute_error"],
    )
