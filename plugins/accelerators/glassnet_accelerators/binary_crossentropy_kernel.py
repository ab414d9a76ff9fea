"""The kernels of sigmoid and binary cross-entropy; between them NumPy takes exponentials and logarithms."""

from __future__ import annotations

import glassnet as gn
from glassnet_accelerators.compiled import compiled


@compiled("void(f4[::1], f4[::1])", "void(f8[::1], f8[::1])", reads="z")
def take_below_zero(z: gn.Array, below: gn.Array) -> None:
    """Write -|z| to `below`."""
    for i in range(z.size):
        below[i] = -abs(z[i])


@compiled("void(f4[::1], f4[::1], f4[::1], f4[::1])", "void(f8[::1], f8[::1], f8[::1], f8[::1])", reads="z t")
def finish(z: gn.Array, t: gn.Array, losses: gn.Array, dz: gn.Array) -> None:
    """Make losses of ``log(1 + e)``, and dz of e, which is ``exp(-|z|)``."""
    zero, one, outputs = z.dtype.type(0), z.dtype.type(1), z.dtype.type(z.size)
    for i in range(z.size):
        e = dz[i]
        positive_part = z[i] if z[i] > zero else zero
        losses[i] = positive_part - z[i] * t[i] + losses[i]
        # The sigmoid: its numerator is 1 on the right of zero and e on the left.
        dz[i] = ((one if z[i] >= zero else e) / (one + e) - t[i]) / outputs
