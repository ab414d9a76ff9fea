"""Weights of each unit that may not grow longer than a limit."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class MaxNorm(gn.Constraint):
    """Shortens the weight vector of each unit to `limit` where it is longer; its direction stays.

    Srivastava et al. (2014), Dropout: A Simple Way to Prevent Neural Networks from Overfitting, JMLR 15,
    section 5.1.

    A unit's weights are those along every axis but the last: a column of dense weights, a filter of a
    convolution. For a vector, such as a bias, each value is its unit's.

    Conventions
    -----------
    Keras' MaxNorm has ``axis=0``, the same for dense weights. PyTorch's ``renorm`` does it with 1e-7 added to the
    norms, and to weights that are as long as the limit too.
    """

    limit: float = gn.option(2.0, gt=0, help="the longest a unit's weights may be")

    checks = gn.Checks(counterpart="torch.renorm(w, 2, w.ndim - 1, limit)")
    formula = "w_j = w_j min(1, limit / |w_j|)  for each unit j"

    def project(self, w: gn.Array) -> None:
        norms = np.sqrt(np.sum(np.square(w), axis=tuple(range(w.ndim - 1)), keepdims=True))
        # A norm of zero is below any limit: dividing by the larger of both is safe.
        w *= self.limit / np.maximum(norms, self.limit)
