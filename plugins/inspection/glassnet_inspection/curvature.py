"""``net.curvature(…)``: the largest second derivative of the loss, and the largest stable learning rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet_arrays.named_arrays import NamedArrays
from glassnet_inspection.gradients import by_name
from glassnet_inspection.inputs import read_batch
from glassnet_inspection.products import hessian_times


@attrs.frozen(eq=False)
class Curvature:
    """The curvature of the loss along the direction in which it is largest.

    Attributes
    ----------
    largest
        The largest eigenvalue of the second derivative by the parameters.
    direction
        The direction, of length 1, under the names of ``net.parameters``.
    error
        A bound of the distance between `largest` and an eigenvalue.
    """

    largest: float
    direction: NamedArrays = attrs.field(repr=False)
    error: float

    @property
    def largest_stable_lr(self) -> float:
        """The step size above which gradient descent leaves a minimum with this curvature: 2 over the curvature.

        LeCun, Simard and Pearlmutter (1992), Automatic Learning Rate Maximization. Infinite without a positive
        curvature.
        """
        return 2 / self.largest if self.largest > 0 else float("inf")

    def largest_stable_lr_with_momentum(self, momentum: float) -> float:
        """Return the same bound for heavy-ball momentum, ``2 (1 + momentum)`` over the curvature.

        Polyak (1964), Some methods of speeding up the convergence of iteration methods.
        """
        return (1 + momentum) * self.largest_stable_lr


@explained
def curvature(
    network: gn.Network,
    x: Any,
    y: Any = None,
    loss: gn.Loss | str | None = None,
    *,
    regularizer: gn.Regularizer | str | None = None,
    sample_weight: Any = None,
    training: bool = False,
    seed: int = 0,
    tolerance: float = 1e-6,
    max_products: int = 100,
) -> Curvature:
    """Return the largest curvature of the loss of a batch, and the step sizes that are stable there.

    Found from products of the second derivative with vectors: Lanczos (1950), An Iteration Method for the Solution
    of the Eigenvalue Problem. Frozen parameters have no part in it.

    Parameters
    ----------
    network, x, y, loss, regularizer, sample_weight, training, seed
        As in `value_and_gradients`. The seed gives the first direction too.
    tolerance
        The error that is accepted, as a part of the curvature.
    max_products
        The number of products after which the search ends in any case.

    Returns
    -------
    Curvature
        With `largest`, `direction`, `error` and `largest_stable_lr`.

    Examples
    --------
    >>> net = gn.Network("dense(1)").build(1)
    >>> net.curvature([[1.0], [-1.0]], [[0.0], [0.0]], "mse").largest_stable_lr
    1.0
    """
    twin = network.copy(dtype="float64")
    batch = read_batch(twin, x, y, loss, regularizer=regularizer, sample_weight=sample_weight)
    trained = np.zeros(twin.layout.size)
    for slice_ in twin.layout.slices:
        slice_.view(trained)[...] = slice_.parameter.trainable
    if not trained.any():
        raise gn.OptionError("the network has no parameters that are trained, so it has no curvature; thaw some")

    def times(v: gn.Array) -> gn.Array:
        return trained * hessian_times(twin, batch, v, training=training, seed=seed)

    first = np.random.default_rng(seed).normal(size=len(trained)) * trained
    largest, direction, error = _largest_eigenvalue(times, first, tolerance, min(max_products, int(trained.sum())))
    return Curvature(largest, by_name(twin, direction), error)


def _largest_eigenvalue(
    times: Callable[[gn.Array], gn.Array], first: gn.Array, tolerance: float, most: int
) -> tuple[float, gn.Array, float]:
    """Return the largest eigenvalue of a symmetric matrix, its eigenvector and an error bound, by Lanczos' iteration.

    Each new direction is made orthogonal to all before it, twice, because rounding brings the first ones back.
    """
    basis = [first / np.linalg.norm(first)]
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        new = times(basis[-1])
        diagonal.append(float(new @ basis[-1]))
        for _ in range(2):
            for each in basis:
                new = new - (new @ each) * each
        length = float(np.linalg.norm(new))
        values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        error = length * abs(float(vectors[-1, -1]))
        if error <= tolerance * abs(values[-1]) or len(basis) >= most:
            return float(values[-1]), np.array(basis).T @ vectors[:, -1], error
        basis.append(new / length)
        beside.append(length)
