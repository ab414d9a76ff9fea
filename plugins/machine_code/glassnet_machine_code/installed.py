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
TYPE, DATA, DIMENSIONS, FLAGS = 8, 16, 32, 64


@cache
def is_installed() -> bool:
    """Tell whether the compiler is there, and this is a Python whose objects compiled code knows."""
    is_known = sys.implementation.name == "cpython" and object.__basicsize__ == _OBJECT and sys.platform != "win32"
    return is_known and find_spec("llvmlite") is not None


@cache
def knows_arrays() -> bool:
    """Tell whether NumPy keeps arrays in the form that compiled code reads."""
    sample = np.empty(3)
    data = ctypes.c_size_t.from_address(id(sample) + DATA).value
    flags = ctypes.c_int.from_address(id(sample) + FLAGS).value
    return (data, flags) == (sample.ctypes.data, sample.flags.num)


@cache
def has_team() -> bool:
    """Tell whether threads can run compiled code here: they wait for each other by semaphores of Linux."""
    return sys.platform == "linux" and is_installed() and knows_arrays()
