"""From the losses of single outputs to the loss of each sample."""

from __future__ import annotations

import numpy as np

import glassnet as gn


def by_sample(losses: gn.Array, samples: int) -> gn.Array:
    """Return the mean loss of each sample, ``(samples,)``, from one loss or several for each of them."""
    if losses.size == samples:
        return losses.reshape(samples)
    means: gn.Array = losses.reshape(samples, -1).mean(axis=1, dtype=np.float64)
    return means
