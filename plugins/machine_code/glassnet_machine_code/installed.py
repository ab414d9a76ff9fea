"""Whether code can be compiled here, and reads the arrays of this NumPy."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from importlib.util import find_spec

import numpy as np

# The bytes that every object of Python begins with, where threads share one interpreter lock.
_OBJECT = 16
# The members of PyArrayObject in numpy/ndarraytypes.h, which begins with the two members of every Python object.
TYPE, DATA, AXES, SHAPE, ELEMENTS, FLAGS = 8, 16, 24, 32, 56, 64
# Of PyArray_Descr in the same file, which ELEMENTS points to: eight bytes with kind, byte order and number of a type.
TYPE_NUMBER = 24
# Flags.
IN_ONE_PIECE, ALIGNED, WRITEABLE = 0x1, 0x100, 0x400


@cache
def is_installed() -> bool:
    """Tell whether the compiler is there, and this is a Python whose objects compiled code knows."""
    is_known = sys.implementation.name == "cpython" and object.__basicsize__ == _OBJECT and sys.platform != "win32"
    return is_known and find_spec("llvmlite") is not None


@cache
def knows_arrays() -> bool:
    """Tell whether NumPy keeps arrays in the form that compiled code reads."""
    sample = np.empty(3)
    data, shape, elements = (
        ctypes.c_size_t.from_address(id(sample) + member).value for member in (DATA, SHAPE, ELEMENTS)
    )
    axes, flags = (ctypes.c_int.from_address(id(sample) + member).value for member in (AXES, FLAGS))
    is_known = (data, elements, axes, flags) == (sample.ctypes.data, id(sample.dtype), 1, sample.flags.num)
    return is_known and ctypes.c_int64.from_address(shape).value == 3


def type_number(dtype: np.dtype[np.generic]) -> int:
    """Return what compiled code finds at TYPE_NUMBER of a type."""
    return ctypes.c_int64.from_address(id(dtype) + TYPE_NUMBER).value


@cache
def has_team() -> bool:
    """Tell whether threads can run compiled code here: they wait for each other by semaphores of Linux."""
    return sys.platform == "linux" and is_installed() and knows_arrays()
