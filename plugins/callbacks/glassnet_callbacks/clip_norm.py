"""Gradients that may not be longer than a limit."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class ClipNorm(gn.Callback):
    """Shortens the gradient of the whole network to `limit` where it is longer; its direction stays.

    Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks,
    arXiv:1211.5063, Algorithm 1.

    Conventions
    -----------
    PyTorch's clip_grad_norm_ with its default norm, but without the 1e-6 that it adds to the norm. With
    ``accumulate`` each batch's gradient is clipped, not their mean.
    """

    limit: float = gn.option(1.0, gt=0, help="the longest that the gradient may be")

    def on_after_backward(self, run: gn.Run) -> None:
        gradients = run.network.gradients
        with np.errstate(over="ignore"):
            norm = math.sqrt(float(np.dot(gradients, gradients)))
        if math.isinf(norm):
            # The squares of a gradient that explodes are soon too large for float32. Divided by infinity it would be
            # zero, and the network would stand still from then on.
            norm = float(np.linalg.norm(gradients.astype(np.float64)))
        # What is infinite or NaN has no direction to keep: it is left as it is, and ends the run.
        if self.limit < norm < math.inf:
            gradients *= self.limit / norm
