"""All that the ranks tell each other in a step, in one vector: gradients, loss, weights, metrics, state, signals."""

from __future__ import annotations

import numpy as np

from glassnet.types import Array, aligned_zeros

_FIGURES = ("loss", "weight", "samples", "interrupts", "terminations")

LIGHTEST = 2.0**-40
"""The weight of gradients on a rank whose samples all weigh 0, by which `SyncBatchNorm` divides.

These gradients are not 0 where layers of other ranks normalize with these samples.
"""


class StepBuffer:
    """Sums of one step over all ranks.

    The gradient of a rank is the mean over its samples. It is multiplied by their weight, and the sum divided by the
    sum of all weights, so ranks with more samples count for more.

    Parameters
    ----------
    gradients
        The network's vector of gradients, which is read and written.
    states
        The state of layers: their means over all samples replace them.
    totals
        Number of elements of the metrics' totals.

    Attributes
    ----------
    of_gradients, rest
        The two parts of the vector: where gradients are compressed, the rest is not.
    loss, weight
        Of the batches of all ranks, after `read`.
    interrupts, terminations
        How many ranks got a signal, after `read`.
    """

    def __init__(self, gradients: Array, states: list[Array], totals: int) -> None:
        self._gradients, self._states = gradients, states
        parameters, metrics = gradients.size, len(_FIGURES) + totals
        self.vector = aligned_zeros(parameters + metrics + sum(state.size for state in states), gradients.dtype)
        self.of_gradients, self.rest = self.vector[:parameters], self.vector[parameters:]
        self._figures, self.totals, self._of_states = np.split(self.rest, [len(_FIGURES), metrics])
        self.loss = self.weight = 0.0
        self.interrupts = self.terminations = 0

    def fill(self, loss: float, weight: float, samples: int, totals: Array) -> None:
        """Put in what this rank has; zeros if its batch does not count, which is one of 0 `samples`."""
        self.loss = loss
        if samples == 0:
            self.vector[:] = 0
        else:
            np.multiply(self._gradients, self.vector.dtype.type(weight or LIGHTEST), out=self.of_gradients)
            self._figures[:3] = (loss * weight, weight, samples)
            self.totals[:] = totals
            self._of_states[:] = _joined(self._states) * samples
        self._figures[3:] = (self.interrupts, self.terminations)

    def read(self) -> None:
        """Write gradients and state, and note the figures of all ranks."""
        loss, self.weight, samples, interrupts, terminations = self._figures.tolist()
        self.interrupts, self.terminations = round(interrupts), round(terminations)
        if self.weight > 0:  # else the gradient is that of the penalties, which all ranks have alike
            np.multiply(self.of_gradients, self.vector.dtype.type(1 / self.weight), out=self._gradients)
            self.loss = loss / self.weight
        start = 0
        for state in self._states:
            state[...] = (self._of_states[start : start + state.size] / samples).reshape(state.shape)
            start += state.size


def _joined(arrays: list[Array]) -> Array:
    return np.concatenate([np.empty(0), *(array.reshape(-1) for array in arrays)])
