"""dense with large products that threads share in compiled code."""

from __future__ import annotations

import glassnet as gn
from glassnet_accelerators import numpy_blas
from glassnet_accelerators.numpy_only.dense import NumpyDense
from glassnet_machine_code.installed import has_team


class SharedDense(gn.Accelerator):
    """dense, with large products shared between threads that compiled code wakes, to the same bytes.

    On two cores, a product of 128 by 784 by 512 takes 0.58 of the time of one thread, and both gradients of 512 by 512
    for 128 samples 0.54.

    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, Nature 323.
    """

    replaces = "layer.glassnet.dense"
    requires = ("llvmlite",)
    bit_identical_to = NumpyDense
    formula = "y = x W + b"

    def is_worthwhile(self, workload: gn.Workload) -> bool:
        # Two threads share no smaller products (see LEAST_FOR_A_THREAD). Five billion multiplications take 30 to 100 ms
        # less; so long takes importing the compiler and reading the code.
        return workload.products >= 6e6 and workload.total_products >= 5e9

    @classmethod
    def unavailable_reason(cls) -> str | None:
        reason = super().unavailable_reason() or numpy_blas.unavailable_reason()
        return reason or (None if has_team() else "compiled code does not know this Python")

    def replacement(self, component: gn.Layer) -> gn.Layer:
        from glassnet_accelerators.dense_by_team import DenseByTeam  # compiles, or says that it cannot

        return DenseByTeam(component)
