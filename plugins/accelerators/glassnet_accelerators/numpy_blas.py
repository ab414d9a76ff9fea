"""The matrix product of the BLAS library that NumPy's own packages bring."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

from numpy._core import _multiarray_umath

# OpenBLAS with integers of eight bytes, and with threads of its own, which glassnet limits to one.
_SGEMM, _SDOT = "scipy_cblas_sgemm64_", "scipy_cblas_sdot64_"
_CORE_NAME = "scipy_openblas_get_corename64_"
# Its kernels that compute a block of rows to the same bytes as within the whole product, if the block has a multiple of
# this number of rows (docs/decisions.md).
_ROWS = {b"Haswell": 12, b"Sandybridge": 4, b"SkylakeX": 4, b"Zen": 12}
# Those that do so with a multiple of this number of columns. It is a line of the cache, so no two threads write one.
_OF_COLUMNS, COLUMNS = (b"Sandybridge", b"SkylakeX"), 16


def unavailable_reason() -> str | None:
    """Return why threads cannot share this product in compiled code, to the same bytes, or None."""
    if sys.platform != "linux":
        return "its threads wait for each other by semaphores of Linux"
    if sgemm() is None:
        return "NumPy does not multiply with the OpenBLAS of its own packages"
    if core_name() not in _ROWS:
        return "OpenBLAS' kernels for this processor may round a part of a product otherwise than the whole"
    return None


@cache
def rows_of_equal_bytes() -> int:
    """Return the number of rows of which a block must have a multiple, to have the bytes of the whole product."""
    return _ROWS[core_name()]


@cache
def columns_have_equal_bytes() -> bool:
    """Tell whether a block of a multiple of `COLUMNS` columns has the bytes of the whole product."""
    return core_name() in _OF_COLUMNS


def sgemm() -> int | None:
    """Return the address of OpenBLAS' product of float32 matrices, with which `np.matmul` multiplies, or None."""
    return _address(_SGEMM)


def sdot() -> int | None:
    """Return the address of OpenBLAS' product of float32 vectors, or None."""
    return _address(_SDOT)


@cache
def _address(name: str) -> int | None:
    function = getattr(_library(), name, None)
    return None if function is None else ctypes.cast(function, ctypes.c_void_p).value


def core_name() -> bytes:
    """Return the name of the processors whose kernels OpenBLAS has chosen."""
    function = getattr(_library(), _CORE_NAME)
    function.restype = ctypes.c_char_p
    name: bytes = function()
    return name


@cache
def _library() -> ctypes.CDLL:
    """Return NumPy's own library, by which names of the libraries that it needs are found too."""
    return ctypes.CDLL(_multiarray_umath.__file__)
