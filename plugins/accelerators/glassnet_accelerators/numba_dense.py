"""dense for small networks, compiled."""

from __future__ import annotations

import glassnet as gn


class NumbaDense(gn.Accelerator):
    """dense, compiled, for small networks: a product of theirs takes less time than a call of NumPy.

    Forward and backward of 4 samples, 2 to 8, take 0.56 of the formula's time, of 8 samples, 16 to 16, 0.68.

    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, Nature 323.
    """

    replaces = "layer.glassnet.dense"
    requires = ("numba",)
    formula = "y = x W + b"

    def is_worthwhile(self, workload: gn.Workload) -> bool:
        # A layer of up to 128 elements takes 7 µs less a step, forward and backward. Importing Numba takes half a
        # second.
        return workload.elements <= 128 and workload.steps >= 8e4

    def replacement(self, component: gn.Layer) -> gn.Layer:
        from glassnet_accelerators.small_dense import SmallDense  # compiles, or says that it cannot

        return SmallDense(component)
