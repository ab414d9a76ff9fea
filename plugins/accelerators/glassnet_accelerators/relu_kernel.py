"""The kernels of relu."""

from __future__ import annotations

import glassnet as gn
from glassnet_accelerators.compiled import compiled


@compiled("void(f4[::1], f4[::1])", "void(f8[::1], f8[::1])", reads="x")
def positive_part(x: gn.Array, y: gn.Array) -> None:
    """Write x to `y` where it is above zero, or no number, and zero elsewhere."""
    for i in range(x.size):
        y[i] = x[i] if x[i] > 0 or x[i] != x[i] else x.dtype.type(0)


@compiled("void(f4[::1], f4[::1], f4[::1])", "void(f8[::1], f8[::1], f8[::1])", reads="dy x")
def where_positive(dy: gn.Array, x: gn.Array, dx: gn.Array) -> None:
    """Write dy to `dx` where x is above zero, and dy times zero elsewhere."""
    for i in range(x.size):
        dx[i] = dy[i] * (x.dtype.type(1) if x[i] > 0 else x.dtype.type(0))
