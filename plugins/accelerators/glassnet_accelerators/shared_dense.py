"""dense with large products that threads share in compiled code."""

from __future__ import annotations

import math

import glassnet as gn
from glassnet_accelerators import numpy_blas
from glassnet_accelerators.numpy_only.dense import NumpyDense


class NumbaSharedDense(gn.Accelerator):
    """dense, with large products shared between threads that compiled code wakes, to the same bytes.

    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, Nature 323.
    """

    of_kind = "layer"
    speeds_up = "glassnet:dense"
    needs = ("numba",)
    same_bytes_as = NumpyDense
    # Numba takes half a second to be imported, and a hundred billion multiplications take so much less time.
    least_numbers = math.inf
    least_products = 1e11
    # Two threads share no smaller products (see LEAST_FOR_A_THREAD).
    least_products_a_step = 6e6
    formula = "y = x W + b"

    @classmethod
    def why_not(cls) -> str | None:
        return super().why_not() or numpy_blas.why_not()

    def replacement(self, component: gn.Layer) -> gn.Layer:
        from glassnet_accelerators.dense_by_team import DenseByTeam  # compiles, or says that it cannot

        return DenseByTeam(component)
