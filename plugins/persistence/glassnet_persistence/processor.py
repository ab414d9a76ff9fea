"""What rounding depends on besides the program: NumPy, its BLAS library, and what both use of the processor."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np


def rounding_environment() -> dict[str, Any]:
    """Return NumPy's version, the kernels of its BLAS library, and the instructions that NumPy's own loops use.

    Two programs that differ in one of these may round differently.
    """
    return {"numpy": np.__version__, "blas": list(blas_kernels()), "instructions": _instructions()}


@cache
def blas_kernels() -> tuple[str, ...]:
    """Return the kernels of NumPy's BLAS library, such as ``openblas Haswell``.

    OpenBLAS chooses them by the processor, or by ``OPENBLAS_CORETYPE``.
    """
    from threadpoolctl import ThreadpoolController

    controllers = ThreadpoolController().select(user_api="blas").lib_controllers
    # Other packages bring libraries of their own, and not each process imports these packages.
    of_numpy = [each for each in controllers if "numpy" in each.filepath] or controllers
    return tuple(sorted({f"{each.internal_api} {getattr(each, 'architecture', None)}" for each in of_numpy}))


def _instructions() -> list[str]:
    from numpy._core._multiarray_umath import __cpu_features__  # type: ignore[import-not-found]

    return sorted(name for name, is_used in __cpu_features__.items() if is_used)
