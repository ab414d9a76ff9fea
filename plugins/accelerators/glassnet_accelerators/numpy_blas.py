"""The matrix product of the BLAS library that NumPy's own packages bring."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

from numpy._core import _multiarray_umath

# OpenBLAS with integers of eight bytes and threads of its own, which glassnet limits to one.
_SGEMM = "scipy_cblas_sgemm64_"


@cache
def sgemm() -> int | None:
    """Return the address of OpenBLAS' product of float32 matrices, with which `np.matmul` multiplies, or None."""
    library = ctypes.CDLL(_multiarray_umath.__file__)  # names are looked up in the libraries that it needs too
    function = getattr(library, _SGEMM, None)
    return None if function is None else ctypes.cast(function, ctypes.c_void_p).value


def why_not() -> str | None:
    """Return why compiled code cannot multiply and wait as here needed, or None."""
    if sys.platform != "linux":
        return "its threads wait for each other by semaphores of Linux"
    return "NumPy does not multiply with the OpenBLAS of its own packages" if sgemm() is None else None
