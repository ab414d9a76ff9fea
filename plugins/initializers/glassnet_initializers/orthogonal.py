"""Orthogonal: weights that turn what they read, and make nothing of it longer or shorter."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class Orthogonal(gn.Initializer):
    """A random matrix with orthonormal columns, or rows where there are fewer of them, times `gain`.

    Each of all such matrices is equally likely. Signals and gradients keep their length through a deep stack of
    square ones, and through the steps of a recurrent layer.

    The columns are the weights of the units: those along every axis but the last are one column. A vector counts as a
    single row.

    Saxe, McClelland and Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks, ICLR, arXiv:1312.6120. That the signs make all equally likely: Mezzadri (2007), How to generate random
    matrices from the classical compact groups, Notices of the AMS 54.

    Conventions
    -----------
    PyTorch's units are on the first axis, so its rows are our columns.
    """

    gain: float = gn.option(1.0, gt=0, log=True, help="length of each column, or row where there are fewer")

    formula = "W = gain Q,  Q^T Q = I or Q Q^T = I;  Q R = a matrix of N(0, 1), with R's diagonal positive"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        rows, columns = _as_matrix(shape)
        q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
        q *= self.gain * np.where(np.diagonal(r) < 0, -1.0, 1.0)
        return (q if rows >= columns else q.T).reshape(shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        # The squares of each of the fewer rows or columns sum to gain^2.
        return 0.0, self.gain**2 / max(_as_matrix(shape))


def _as_matrix(shape: gn.Shape) -> tuple[int, int]:
    """Return the number of weights of a unit and the number of units."""
    return math.prod(shape[:-1]), shape[-1]
