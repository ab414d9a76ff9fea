"""Weights that may not be negative."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class NonNegative(gn.Constraint):
    """Puts negative values back to zero, the nearest value that is allowed.

    Lee and Seung (1999), Learning the parts of objects by non-negative matrix factorization, Nature 401.
    """

    checks = gn.Checks(counterpart="torch.relu(w)")
    formula = "w = max(w, 0)"

    def project(self, w: gn.Array) -> None:
        np.maximum(w, 0, out=w)
