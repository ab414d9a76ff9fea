"""The kernels of dense for small networks: the products of its formulas, written out."""

from __future__ import annotations

import glassnet as gn
from glassnet_accelerators.compiled import compiled


@compiled(
    "void(f4[:,::1], f4[:,::1], f4[::1], f4[:,::1])",
    "void(f8[:,::1], f8[:,::1], f8[::1], f8[:,::1])",
    reads="x weights bias",
)
def outputs(x: gn.Array, weights: gn.Array, bias: gn.Array, y: gn.Array) -> None:
    """Put ``x W + b`` into `y`; a bias without numbers is none."""
    for i in range(x.shape[0]):
        for j in range(weights.shape[1]):
            y[i, j] = bias[j] if bias.size > 0 else 0
        for k in range(weights.shape[0]):
            for j in range(weights.shape[1]):
                y[i, j] += x[i, k] * weights[k, j]


@compiled(
    "void(f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], f4[::1], f4[:,::1])",
    "void(f8[:,::1], f8[:,::1], f8[:,::1], f8[:,::1], f8[::1], f8[:,::1])",
    reads="x weights dy",
)
def gradients(x: gn.Array, weights: gn.Array, dy: gn.Array, dweights: gn.Array, dbias: gn.Array, dx: gn.Array) -> None:
    """Put ``x^T dy`` into `dweights`, the sum of dy over the batch into `dbias`, and ``dy W^T`` into `dx`.

    A bias without elements means no bias, and a dx without rows is not computed.
    """
    dweights[:] = 0
    dbias[:] = 0
    for i in range(x.shape[0]):
        for j in range(dbias.size):
            dbias[j] += dy[i, j]
        for k in range(x.shape[1]):
            for j in range(dy.shape[1]):
                dweights[k, j] += x[i, k] * dy[i, j]
    for i in range(dx.shape[0]):
        for k in range(dx.shape[1]):
            dx[i, k] = 0
            for j in range(dy.shape[1]):
                dx[i, k] += dy[i, j] * weights[k, j]
