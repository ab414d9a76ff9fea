"""dense with large products that threads share in compiled code."""

from __future__ import annotations

import glassnet as gn
from glassnet_accelerators import numpy_blas
from glassnet_accelerators.numpy_only.dense import NumpyDense


class NumbaSharedDense(gn.Accelerator):
    """dense, with large products shared between threads that compiled code wakes, to the same bytes.

    On two cores, a product of 128 by 784 by 512 takes 0.58 of the time of one thread, and both gradients of 512 by 512
    for 128 samples 0.54.

    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, Nature 323.
    """

    replaces = "layer.glassnet.dense"
    requires = ("numba",)
    bit_identical_to = NumpyDense
    formula = "y = x W + b"

    def is_worthwhile(self, workload: gn.Workload) -> bool:
        # Two threads share no smaller products (see LEAST_FOR_A_THREAD). A hundred billion multiplications take half a
        # second less; so long takes importing Numba.
        return workload.products >= 6e6 and workload.total_products >= 1e11

    @classmethod
    def unavailable_reason(cls) -> str | None:
        return super().unavailable_reason() or numpy_blas.unavailable_reason()

    def replacement(self, component: gn.Layer) -> gn.Layer:
        from glassnet_accelerators.dense_by_team import DenseByTeam  # compiles, or says that it cannot

        return DenseByTeam(component)
