"""Where NumPy keeps what compiled code reads of an array."""

from __future__ import annotations

import ctypes

import numpy as np

# The members of PyArrayObject in numpy/ndarraytypes.h, which begins with the two members of every Python object.
CLASS, DATA, AXES, SHAPE, ELEMENTS, FLAGS = 8, 16, 24, 32, 56, 64
# Of PyArray_Descr in the same file, which `ELEMENTS` points to: eight bytes with kind, byte order and number of a type.
TYPE_NUMBER = 24
# Flags.
IN_ONE_PIECE, ALIGNED, WRITEABLE = 0x1, 0x100, 0x400


def type_number(dtype: np.dtype[np.generic]) -> int:
    """Return what is at `TYPE_NUMBER` of a type."""
    return ctypes.c_int64.from_address(id(dtype) + TYPE_NUMBER).value


def are_where_known() -> bool:
    """Tell whether this NumPy keeps these members in the known places."""
    sample = np.empty(3)
    pointers = [ctypes.c_size_t.from_address(id(sample) + member).value for member in (CLASS, DATA, ELEMENTS)]
    numbers = [ctypes.c_int.from_address(id(sample) + member).value for member in (AXES, FLAGS)]
    shape = ctypes.c_size_t.from_address(id(sample) + SHAPE).value
    return (
        pointers == [id(np.ndarray), sample.ctypes.data, id(sample.dtype)]
        and numbers == [1, sample.flags.num]
        and ctypes.c_int64.from_address(shape).value == 3
    )
